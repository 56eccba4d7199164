using Keyreeve.Kmip;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Tests.Kmip.Client;

public sealed class KmipAsynchronousOperationTests
{
    private static readonly UniqueIdentifier Key = UniqueIdentifier.From("k");

    [Theory]
    [InlineData("1.4", AsynchronousIndicator.Optional, Operation.Activate)]
    [InlineData("2.1", AsynchronousIndicator.Mandatory, Operation.Activate)]
    [InlineData("2.1", AsynchronousIndicator.Mandatory, Operation.Poll)]
    public async Task WaitAsync_PendingAtFirst_GivesTheResultOfThePollThatHasIt(string version, AsynchronousIndicator indicator, Operation named)
    {
        var polls = 0;
        var server = new ScriptedServer((request, response) =>
        {
            if (OperationOf(request) != Operation.Poll) Pend(response);
            else if (++polls < 3) Pend(response);
            else response.WriteItem(new ResponseBatchItem { Operation = named }, new IdentifierResponse { UniqueIdentifier = Key });
        });
        await using var client = Client(server, version);
        using var started = await client.StartAsync(new ActivateRequest { UniqueIdentifier = Key }, mandatory: true);
        Assert.Equal(new byte[] { 7, 7 }, started.CorrelationValue!.Value.ToArray());
        using var result = await started.WaitAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal((Key, 3), (result.Payload.UniqueIdentifier, polls));
        Assert.True(server.Requests.TryPeek(out var header));
        Assert.Equal(indicator, header.AsynchronousIndicator);
    }

    [Fact]
    public async Task PollAsync_AnsweredAtOnce_GivesTheResultWithoutAsking()
    {
        var server = new ScriptedServer((_, response) => response.WriteItem(
            new ResponseBatchItem { Operation = Operation.Activate }, new IdentifierResponse { UniqueIdentifier = Key }));
        await using var client = Client(server, "1.2");
        using var started = await client.StartAsync(new ActivateRequest { UniqueIdentifier = Key });
        Assert.Null(started.CorrelationValue);
        Assert.Equal(CancellationResult.UnableToCancel, await started.CancelAsync());
        using var result = await started.PollAsync();
        Assert.Equal(Key, result!.Payload.UniqueIdentifier);
        await Assert.ThrowsAsync<InvalidOperationException>(() => started.PollAsync());
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task PollAsync_OperationFailed_ThrowsItsReason()
    {
        var server = new ScriptedServer((request, response) =>
        {
            if (OperationOf(request) != Operation.Poll) Pend(response);
            else response.WriteItem(new ResponseBatchItem { Operation = Operation.Activate, ResultStatus = ResultStatus.OperationFailed, ResultReason = ResultReason.PermissionDenied });
        });
        await using var client = Client(server, "2.1");
        using var started = await client.StartAsync(new ActivateRequest { UniqueIdentifier = Key });
        var thrown = await Assert.ThrowsAsync<KmipException>(() => started.PollAsync());
        Assert.Equal((Operation.Activate, ResultReason.PermissionDenied), (thrown.Operation, thrown.ResultReason));
    }

    [Fact]
    public async Task CancelAsync_Pending_SaysWhatBecameOfIt()
    {
        var server = new ScriptedServer((request, response) =>
        {
            if (OperationOf(request) == Operation.Cancel)
                response.WriteItem(new ResponseBatchItem { Operation = Operation.Cancel }, new CancelResponse { AsynchronousCorrelationValue = new byte[] { 7, 7 }, CancellationResult = CancellationResult.Canceled });
            else Pend(response);
        });
        await using var client = Client(server, "2.1");
        using var started = await client.StartAsync(new ActivateRequest { UniqueIdentifier = Key });
        Assert.Equal(CancellationResult.Canceled, await started.CancelAsync());
    }

    [Fact]
    public async Task SendAsync_SetEndpointRole_IsRefusedBecauseConnectionsAreShared()
    {
        var server = new ScriptedServer((_, response) => Pend(response));
        await using var client = Client(server, "2.1");
        await Assert.ThrowsAsync<NotSupportedException>(() => client.SendAsync(new SetEndpointRoleRequest { EndpointRole = EndpointRole.Server }));
        Assert.Throws<NotSupportedException>(() => new KmipBatch().Add(new SetEndpointRoleRequest { EndpointRole = EndpointRole.Server }));
        Assert.Equal(0, server.Connections);
    }

    private static KmipClient Client(ScriptedServer server, string version) =>
        new(server.Options with { Versions = [new(version[0] - '0', version[2] - '0')] });

    private static Operation OperationOf(RequestMessage request)
    {
        foreach (var item in request.Items) return item.Operation;
        throw new InvalidOperationException("A request has at least one item.");
    }

    private static void Pend(ResponseWriter response) => response.WriteItem(new ResponseBatchItem
    {
        Operation = Operation.Activate,
        ResultStatus = ResultStatus.OperationPending,
        AsynchronousCorrelationValue = new byte[] { 7, 7 },
    });
}
