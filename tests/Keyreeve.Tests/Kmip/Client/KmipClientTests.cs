using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Tests.Kmip.Client;

public sealed class KmipClientTests
{
    private static readonly UniqueIdentifier Key = UniqueIdentifier.From("k");

    [Fact]
    public async Task GetVersion_ServerOfSeveralVersions_TakesTheNewestBothSpeakAndAsksOnce()
    {
        var server = new ScriptedServer(Versions(ProtocolVersion.Kmip14, ProtocolVersion.Kmip12, ProtocolVersion.Kmip10));
        await using var client = new KmipClient(server.Options);
        var versions = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.GetVersionAsync().AsTask()));
        Assert.All(versions, v => Assert.Equal(ProtocolVersion.Kmip14, v));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task GetVersion_ServerThatHangsUpOnNewHeaders_AsksAgainInKmip11()
    {
        var server = new ScriptedServer((request, response) =>
        {
            if (request.Header.ProtocolVersion > ProtocolVersion.Kmip12) throw new ScriptedServer.HangUpException();
            Versions(ProtocolVersion.Kmip12, ProtocolVersion.Kmip11)(request, response);
        });
        await using var client = new KmipClient(server.Options);
        Assert.Equal(ProtocolVersion.Kmip12, await client.GetVersionAsync());
    }

    [Fact]
    public async Task GetVersion_ServerWithoutDiscoverVersions_IsTakenForKmip10()
    {
        var server = new ScriptedServer((request, response) => Fail(response, ResultReason.OperationNotSupported));
        await using var client = new KmipClient(server.Options);
        Assert.Equal(ProtocolVersion.Kmip10, await client.GetVersionAsync());
    }

    [Fact]
    public async Task GetVersion_NoVersionInCommon_Throws()
    {
        var server = new ScriptedServer(Versions(ProtocolVersion.Kmip10));
        await using var client = new KmipClient(server.Options with { Versions = [ProtocolVersion.Kmip21, ProtocolVersion.Kmip20] });
        var thrown = await Assert.ThrowsAsync<KmipException>(() => client.GetVersionAsync().AsTask());
        Assert.Equal(ResultReason.UnsupportedProtocolVersion, thrown.ResultReason);
    }

    [Fact]
    public async Task GetVersion_ServerThatClosesAndSaysNothing_IsNotOneWithoutACommonVersion()
    {
        var server = new ScriptedServer(static (_, _) => throw new ScriptedServer.HangUpException());
        await using var client = new KmipClient(server.Options with { Versions = [ProtocolVersion.Kmip21, ProtocolVersion.Kmip14] });

        await Assert.ThrowsAsync<EndOfStreamException>(() => client.GetVersionAsync().AsTask());
    }

    [Fact]
    public async Task Send_Failure_ThrowsWhatTheServerSaysAndKeepsTheConnection()
    {
        var server = new ScriptedServer((_, response) => Fail(response, ResultReason.ItemNotFound));
        await using var client = new KmipClient(server.Options with { Versions = [ProtocolVersion.Kmip14] });
        for (var i = 0; i < 3; i++)
        {
            var thrown = await Assert.ThrowsAsync<KmipException>(() => client.ActivateAsync(Key));
            Assert.Equal((ResultStatus.OperationFailed, ResultReason.ItemNotFound, "gone"), (thrown.ResultStatus, thrown.ResultReason, thrown.ResultMessage));
            Assert.Equal("Activate: OperationFailed: ItemNotFound (gone)", thrown.Message);
        }

        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Get_KeyReturned_IsReadableUntilDisposedOf()
    {
        byte[] material = [1, 2, 3, 4];
        var server = new ScriptedServer((request, response) =>
        {
            var block = new KeyBlock { KeyFormatType = KeyFormatType.Raw, KeyValue = KeyValue.FromBytes(material) };
            var payload = new GetResponse { ObjectType = ObjectType.SymmetricKey, UniqueIdentifier = Key, Object = ManagedObject.FromKey(ObjectType.SymmetricKey, block) };
            response.WriteItem(new ResponseBatchItem { Operation = Operation.Get }, payload);
        });
        await using var client = new KmipClient(server.Options with { Versions = [ProtocolVersion.Kmip21] });
        var response = await client.GetAsync(Key);
        var read = response.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes();
        Assert.Equal(material, read.ToArray());

        response.Dispose();
        Assert.False(read.Span.ContainsAnyExcept((byte)0));
        Assert.Throws<ObjectDisposedException>(() => response.Payload);
    }

    [Fact]
    public async Task Query_WhatItReturns_StaysReadable()
    {
        var asked = new QueryResponse
        {
            ServerInformation = KmipValue.Structure((Tag.ServerName, KmipValue.Text("here"))),
            ExtensionInformation = [new ExtensionInformation { ExtensionName = "x", ExtensionTag = 0x540001, ExtensionType = KmipValue.Integer(7) }],
        };
        var server = new ScriptedServer((_, response) => response.WriteItem(new ResponseBatchItem { Operation = Operation.Query }, asked));
        await using var client = new KmipClient(server.Options with { Versions = [ProtocolVersion.Kmip14] });
        var first = await client.QueryAsync([QueryFunction.QueryServerInformation]);
        // The memory of the first answer has been wiped and is that of the second.
        using var second = await client.QueryAsync(new QueryRequest());
        Assert.Equal(asked.ServerInformation, first.ServerInformation);
        Assert.Equal(7, first.ExtensionInformation[0].ExtensionType!.Value.AsInteger());
    }

    [Fact]
    public async Task SendBatch_SecondItemFails_GivesEachItsResult()
    {
        var server = new ScriptedServer((request, response) =>
        {
            var ids = new List<ReadOnlyMemory<byte>>();
            foreach (var item in request.Items) ids.Add(item.UniqueBatchItemId!.Value);
            // Out of order, as a server may answer that was not told to keep it; and the third is missing.
            response.WriteItem(new ResponseBatchItem { Operation = Operation.Activate, UniqueBatchItemId = ids[1], ResultStatus = ResultStatus.OperationFailed, ResultReason = ResultReason.WrongKeyLifecycleState });
            response.WriteItem(
                new ResponseBatchItem { Operation = Operation.Create, UniqueBatchItemId = ids[0] },
                new CreateResponse { ObjectType = ObjectType.SymmetricKey, UniqueIdentifier = Key });
        });
        await using var client = new KmipClient(server.Options with { Versions = [ProtocolVersion.Kmip14] });
        var batch = new KmipBatch { BatchErrorContinuationOption = BatchErrorContinuationOption.Stop };
        var create = batch.Add(new CreateRequest { ObjectType = ObjectType.SymmetricKey });
        var activate = batch.Add(new ActivateRequest());
        var destroy = batch.Add(new DestroyRequest());
        using var response = await client.SendAsync(batch);

        Assert.Equal(Key, response.Get(create).UniqueIdentifier);
        Assert.Equal(ResultReason.WrongKeyLifecycleState, Assert.Throws<KmipException>(() => response.Get(activate)).ResultReason);
        Assert.Throws<KmipException>(() => response.Get(destroy));
        Assert.True(server.Requests.TryPeek(out var header));
        Assert.Equal((BatchErrorContinuationOption.Stop, true, 3), (header.BatchErrorContinuationOption, header.BatchOrderOption, header.BatchCount));
    }

    [Fact]
    public async Task Send_ManyAtOnce_UsesNoMoreConnectionsThanAllowed()
    {
        var server = new ScriptedServer((_, response) => response.WriteItem(
            new ResponseBatchItem { Operation = Operation.Activate }, new IdentifierResponse { UniqueIdentifier = Key }));
        await using var client = new KmipClient(server.Options with { Versions = [ProtocolVersion.Kmip14], MaximumConnections = 3 });
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.ActivateAsync(Key)));
        Assert.InRange(server.Connections, 1, 3);
        Assert.Equal(100, server.Requests.Count);
    }

    [Fact]
    public async Task Send_ServerThatNeverAnswers_TimesOut()
    {
        using var block = new ManualResetEventSlim();
        var server = new ScriptedServer((_, _) => block.Wait());
        await using var client = new KmipClient(server.Options with { Versions = [ProtocolVersion.Kmip14], RequestTimeout = TimeSpan.FromMilliseconds(100) });
        await Assert.ThrowsAsync<TimeoutException>(() => Task.Run(() => client.ActivateAsync(Key)));
        block.Set();
    }

    [Fact]
    public async Task Send_CancelledAfterItWasSent_TheNextConnectionIsNew()
    {
        using var block = new ManualResetEventSlim();
        using var cancelled = new CancellationTokenSource();
        var silent = true;
        var server = new ScriptedServer((_, response) =>
        {
            if (Volatile.Read(ref silent))
            {
                cancelled.CancelAfter(0); // the request has come: only now is there something to give up
                block.Wait();
            }

            response.WriteItem(new ResponseBatchItem { Operation = Operation.Activate }, new IdentifierResponse { UniqueIdentifier = Key });
        });
        await using var client = new KmipClient(server.Options with { Versions = [ProtocolVersion.Kmip14] });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(() => client.ActivateAsync(Key, cancelled.Token)));
        Volatile.Write(ref silent, false);
        block.Set();
        await client.ActivateAsync(Key);
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData(ResultReason.UnsupportedProtocolVersion)]
    [InlineData(ResultReason.InvalidMessage)]
    public async Task GetVersion_ServerThatRefusesNewHeaders_AsksAgainInKmip11(ResultReason reason)
    {
        var server = new ScriptedServer((request, response) =>
        {
            if (request.Header.ProtocolVersion > ProtocolVersion.Kmip12) Fail(response, reason);
            else Versions(ProtocolVersion.Kmip12)(request, response);
        });
        await using var client = new KmipClient(server.Options);
        Assert.Equal(ProtocolVersion.Kmip12, await client.GetVersionAsync());
    }

    [Fact]
    public async Task Send_CancelledOftenWhileWaiting_LeavesThePoolWhole()
    {
        using var block = new SemaphoreSlim(0);
        var server = new ScriptedServer((request, response) =>
        {
            // The answer to a request that nobody waits for any more comes late, on a connection that must not be used again.
            if (request.Header.ClientCorrelationValue is not null) block.Wait();
            response.WriteItem(new ResponseBatchItem { Operation = Operation.Activate }, new IdentifierResponse { UniqueIdentifier = Key });
        });
        await using var client = new KmipClient(server.Options with { Versions = [ProtocolVersion.Kmip14], MaximumConnections = 2 });
        var slow = client.With(new KmipRequestOptions { ClientCorrelationValue = "slow" });
        for (var i = 0; i < 4; i++)
        {
            using var cancelled = new CancellationTokenSource();
            var waiting = Task.Run(() => slow.ActivateAsync(UniqueIdentifier.From($"late-{i}"), cancelled.Token));
            while (server.Requests.Count == i) await Task.Yield();
            await cancelled.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }

        block.Release(4);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.ActivateAsync(Key)));
        Assert.InRange(server.Connections, 5, 6);
    }

    [Fact]
    public async Task With_Options_GoWithRequestsOfTheNewClientOnly()
    {
        var server = new ScriptedServer((_, response) => response.WriteItem(
            new ResponseBatchItem { Operation = Operation.Activate }, new IdentifierResponse { UniqueIdentifier = Key }));
        await using var client = new KmipClient(server.Options with { Versions = [ProtocolVersion.Kmip14] });
        var ticket = Credential.From(new TicketCredential { Ticket = new Ticket { TicketType = TicketType.Login, TicketValue = new byte[] { 1 } } });
        var withMore = client.With(new KmipRequestOptions
        {
            Authentication = new Authentication { Credentials = [ticket] },
            MaximumResponseSize = 4096,
            ClientCorrelationValue = "backup 7",
            AttestationTypes = [AttestationType.TPMQuote],
            SendTimeStamp = true,
        });
        await withMore.ActivateAsync(Key);
        await withMore.DisposeAsync();
        await client.ActivateAsync(Key);

        var headers = server.Requests.ToArray();
        Assert.Equal((4096, true), (headers[0].MaximumResponseSize, headers[0].AttestationCapableIndicator));
        Assert.Equal("backup 7"u8, headers[0].ClientCorrelationValue!.Value.Span);
        Assert.Equal([AttestationType.TPMQuote], headers[0].AttestationTypes);
        Assert.NotNull(headers[0].TimeStamp);
        Assert.Single(headers[0].Authentication!.Credentials);
        Assert.Equal((null, null, null, null), (headers[1].MaximumResponseSize, headers[1].ClientCorrelationValue, headers[1].Authentication, headers[1].TimeStamp));
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Send_Credentials_GoWithEveryRequest()
    {
        var credential = Credential.From(new UsernameAndPasswordCredential { Username = "u", Password = "p"u8.ToArray() });
        string? seen = null;
        var server = new ScriptedServer((request, response) =>
        {
            var sent = request.Header.Authentication!.Credentials[0].As<UsernameAndPasswordCredential>();
            seen = sent.Username + ":" + System.Text.Encoding.UTF8.GetString(sent.Password!.Value.Span);
            response.WriteItem(new ResponseBatchItem { Operation = Operation.Locate }, new LocateResponse { UniqueIdentifiers = [Key] });
        });
        await using var client = new KmipClient(server.Options with { Versions = [ProtocolVersion.Kmip10], Authentication = new() { Credentials = [credential] } });
        Assert.Equal([Key], await client.LocateAsync(new AttributeList(new KmipAttribute(Tag.ObjectGroup, KmipValue.Text("g")))));
        Assert.Equal("u:p", seen);
    }

    private static Action<RequestMessage, ResponseWriter> Versions(params ProtocolVersion[] versions) => (_, response) => response.WriteItem(
        new ResponseBatchItem { Operation = Operation.DiscoverVersions }, new DiscoverVersionsResponse { ProtocolVersions = [.. versions] });

    private static void Fail(ResponseWriter response, ResultReason reason) => response.WriteItem(new ResponseBatchItem
    {
        ResultStatus = ResultStatus.OperationFailed,
        ResultReason = reason,
        ResultMessage = "gone",
    });
}
