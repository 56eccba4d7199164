using Keyreeve.Core.Access;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Set Endpoint Role: the server is the client of a connection, and tells its holder what it may know.</summary>
public sealed class KmipEndpointTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("2.0")]
    [InlineData("2.1")]
    [InlineData("3.0")]
    public async Task Listen_ObjectsAreMadeAndChanged_TheyArePutAndNotified(string version)
    {
        await using var door = await OpenAsync(new KmipOptions { Port = 0 });
        using var certificate = door.Enrol("library");
        using var other = door.Enrol("other");
        await using var listener = door.Client(certificate, new ProtocolVersion(version[0] - (char)48, version[2] - (char)48));
        await using var client = door.Client(other, ProtocolVersion.Kmip14);
        await using var endpoint = await listener.ListenAsync();

        var key = await CreateAsync(client);
        await client.ActivateAsync(key);
        var told = new List<Operation>();
        using var limit = new CancellationTokenSource(Patience);
        await foreach (var pushed in endpoint.ReceiveAsync(limit.Token))
        {
            Assert.Equal(key.ToString(), pushed.UniqueIdentifier.ToString());
            told.Add(pushed.Put is null ? Operation.Notify : Operation.Put);
            if (pushed.Put is { } put)
            {
                Assert.Equal(PutFunction.New, put.PutFunction);
                using var got = await client.GetAsync(key);
                KmipObjects.AssertEqual(got.Payload.Object, put.Object);
            }
            else if (pushed.Notify!.Attributes!.Find(Tag.State) is { } state)
            {
                Assert.Equal((uint)State.Active, state.AsEnumeration());
                break;
            }
        }

        Assert.Equal(Operation.Put, told[0]);
        Assert.Contains(Operation.Notify, told);
    }

    [Fact]
    public async Task Listen_ObjectIsObliterated_ItIsToldToBeDestroyed()
    {
        await using var door = await OpenAsync(new KmipOptions { Port = 0 });
        using var certificate = door.Enrol("library");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip30);
        var key = await CreateAsync(client);
        await using var endpoint = await client.ListenAsync();
        (await client.ObliterateAsync(new ObliterateRequest { UniqueIdentifier = key })).Dispose();
        using var limit = new CancellationTokenSource(Patience);
        await foreach (var pushed in endpoint.ReceiveAsync(limit.Token))
        {
            Assert.Equal(key.ToString(), pushed.UniqueIdentifier.ToString());
            Assert.Equal((uint)State.Destroyed, pushed.Notify!.Attributes!.Find(Tag.State)!.Value.AsEnumeration());
            Assert.NotNull(pushed.Notify.Attributes.Find(Tag.LastChangeDate));
            return;
        }

        Assert.Fail("The server has left.");
    }

    [Fact]
    public async Task Listen_WhatThePrincipalMayNotKnow_IsNotToldAndNotRecordedEither()
    {
        await using var door = await OpenAsync(new KmipOptions { Port = 0 });
        using var outsider = door.Enrol("outsider", "elsewhere");
        using var watcher = door.Enrol("watcher", "default", Role.KeyAdministrator);
        using var owner = door.Enrol("owner");
        await using var client = door.Client(owner, ProtocolVersion.Kmip21);
        await using var outside = door.Client(outsider, ProtocolVersion.Kmip21);
        await using var watching = door.Client(watcher, ProtocolVersion.Kmip21);
        await using var blind = await outside.ListenAsync();
        await using var seeing = await watching.ListenAsync();

        var hidden = await CreateAsync(client);
        await client.ActivateAsync(hidden);
        var own = await CreateAsync(outside);

        // An administrator of keys may know of them and not have them: no Put, but every Notify.
        var notified = await FirstAsync(seeing);
        Assert.Equal((Operation.Notify, hidden.ToString()), notified);
        Assert.Equal((Operation.Put, own.ToString()), await FirstAsync(blind));
    }

    [Fact]
    public async Task SetEndpointRole_NothingToTell_TheRolesChangeBackAndTheConnectionServes()
    {
        await using var door = await OpenAsync(new KmipOptions { Port = 0, TurnedIdleTimeLimit = TimeSpan.FromMilliseconds(50) });
        using var certificate = door.Enrol("library");
        await using var raw = await RawKmipClient.ConnectAsync(door, certificate);
        for (var turn = 0; turn < 2; turn++)
        {
            await raw.SendAsync(AskFor(EndpointRole.Client));
            Assert.Equal(ResultStatus.Success, (await raw.ReceiveAsync())!.Value.ResultStatus);
            var asked = await raw.ReceiveRequestAsync();
            Assert.Equal(Operation.SetEndpointRole, asked.Operation);
            Assert.Equal(EndpointRole.Client, asked.RequestPayload.Decode<SetEndpointRoleRequest>(ProtocolVersion.Kmip21).EndpointRole);
            await raw.SendAsync(RawKmipClient.Answer(asked.Operation, new SetEndpointRoleResponse { EndpointRole = EndpointRole.Client }));
            await raw.SendAsync(RawKmipClient.Query());
            Assert.Equal(ResultStatus.Success, (await raw.ReceiveAsync())!.Value.ResultStatus);
        }

        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        await using var endpoint = await client.ListenAsync();
        await foreach (var pushed in endpoint.ReceiveAsync()) Assert.Fail($"Nothing was to tell, but {pushed}.");
        await UntilNoneIsTurnedAsync(door);
    }

    [Fact]
    public async Task SetEndpointRole_ServerStaysServer_IsConfirmed()
    {
        await using var door = await OpenAsync(new KmipOptions { Port = 0 });
        using var certificate = door.Enrol("library");
        await using var raw = await RawKmipClient.ConnectAsync(door, certificate);
        await raw.SendAsync(AskFor(EndpointRole.Server));
        var answer = (await raw.ReceiveAsync())!.Value;
        Assert.Equal(EndpointRole.Server, answer.ResponsePayload!.Value.Decode<SetEndpointRoleResponse>(ProtocolVersion.Kmip21).EndpointRole);
        await raw.SendAsync(RawKmipClient.Query());
        Assert.Equal(ResultStatus.Success, (await raw.ReceiveAsync())!.Value.ResultStatus);
    }

    [Fact]
    public async Task SetEndpointRole_AsManyAsThereMayBe_TheNextIsRefusedUntilOneLeaves()
    {
        await using var door = await OpenAsync(new KmipOptions { Port = 0, MaxTurnedConnections = 1 });
        using var certificate = door.Enrol("library");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        await using (await client.ListenAsync())
        {
            var refused = await Assert.ThrowsAsync<KmipException>(() => client.ListenAsync());
            Assert.Equal(ResultReason.ServerLimitExceeded, refused.ResultReason);
        }

        await UntilNoneIsTurnedAsync(door);
        await using var again = await client.ListenAsync();
        Assert.Equal(1, door.Services.Turned.Count);
    }

    [Fact]
    public async Task SetEndpointRole_ByATicket_IsRefused()
    {
        await using var door = await OpenAsync(new KmipOptions { Port = 0 });
        using var certificate = door.Enrol("library");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        using var login = await client.DelegatedLoginAsync(new DelegatedLoginRequest { Rights = new Rights { Items = [new Right { Operations = new OperationList { Items = [Operation.SetEndpointRole] } }] } });
        var byTicket = client.With(new KmipRequestOptions { Authentication = new() { Credentials = [Credential.From(new TicketCredential { Ticket = login.Payload.Ticket })] } });
        var refused = await Assert.ThrowsAsync<KmipException>(() => byTicket.ListenAsync());
        Assert.Equal(ResultReason.PermissionDenied, refused.ResultReason);
        Assert.Equal(0, door.Services.Turned.Count);
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task Listen_PrincipalIsDisabled_IsToldNothingMoreAndDisconnected()
    {
        await using var door = await OpenAsync(new KmipOptions { Port = 0 });
        using var certificate = door.Enrol("library");
        using var other = door.Enrol("other");
        await using var listener = door.Client(certificate, ProtocolVersion.Kmip21);
        await using var client = door.Client(other, ProtocolVersion.Kmip21);
        await using var endpoint = await listener.ListenAsync();
        door.Disable(certificate);
        await CreateAsync(client);
        var told = 0;
        var end = await Record.ExceptionAsync(async () =>
        {
            await foreach (var pushed in endpoint.ReceiveAsync()) told++;
        });
        Assert.True(end is null or IOException, $"{end}");
        Assert.Equal(0, told);
        await UntilNoneIsTurnedAsync(door);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Listen_EndpointErrs_IsDisconnectedAndTheServerServesOthers(bool answersWithAnother)
    {
        await using var door = await OpenAsync(new KmipOptions { Port = 0 });
        using var certificate = door.Enrol("library");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        await using var raw = await RawKmipClient.ConnectAsync(door, certificate);
        await raw.SendAsync(AskFor(EndpointRole.Client));
        Assert.Equal(ResultStatus.Success, (await raw.ReceiveAsync())!.Value.ResultStatus);
        if (answersWithAnother)
        {
            // A request where an answer has to be.
            await CreateAsync(client);
            Assert.Equal(Operation.Put, (await raw.ReceiveRequestAsync()).Operation);
        }

        await raw.SendAsync(RawKmipClient.Query());
        Assert.True(await raw.IsClosedAsync());
        await UntilNoneIsTurnedAsync(door);
        Assert.NotEmpty((await client.QueryAsync([QueryFunction.QueryOperations])).Operations);
    }

    private static async Task<KmipDoor> OpenAsync(KmipOptions options)
    {
        var door = new KmipDoor { Options = options };
        await door.InitializeAsync();
        return door;
    }

    private static Task<UniqueIdentifier> CreateAsync(KmipClient client) => client.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES),
        KmipAttribute.CryptographicLength(256),
        KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)));

    private static byte[] AskFor(EndpointRole role) => RawKmipClient.Message(
        ProtocolVersion.Kmip21, null, (Operation.SetEndpointRole, RawKmipClient.Payload(new SetEndpointRoleRequest { EndpointRole = role }, ProtocolVersion.Kmip21)));

    private static async Task<(Operation, string)> FirstAsync(KmipEndpoint endpoint)
    {
        using var limit = new CancellationTokenSource(Patience);
        await foreach (var pushed in endpoint.ReceiveAsync(limit.Token)) return (pushed.Put is null ? Operation.Notify : Operation.Put, pushed.UniqueIdentifier.ToString());
        throw new InvalidOperationException("The server has left.");
    }

    private static async Task UntilNoneIsTurnedAsync(KmipDoor door)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (door.Services.Turned.Count > 0) await Task.Delay(10, limit.Token);
    }
}
