using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Server.Kmip.Asynchronous;

/// <summary>
/// Poll. Unlike all others it is not answered by a payload of its own, but by the item of the operation polled for.
/// spec: KMIP 2.1 §6.1.38 "This response SHALL be identical to the response that would have been sent if the operation had completed
/// synchronously."
/// </summary>
internal sealed class PollRoute(KmipServices services) : KmipRoute(Operation.Poll, ProtocolVersion.Kmip10)
{
    // How long a Poll waits for a result before it says that the operation is pending still.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly PollOperation _operation = new(services);

    public override OperationName Name => OperationName.Poll;

    public override async ValueTask<PendingItem> RunAsync(
        OperationPipeline pipeline, RequestBatchItem item, KmipCall call, CancellationToken cancellationToken)
    {
        PollRequest request;
        try
        {
            request = item.RequestPayload.Decode<PollRequest>(call.Version);
        }
        catch (TtlvException e)
        {
            var refusal = MessageFaults.OfPayload(e, item.RequestPayload);
            await pipeline.RefuseAsync(Name, call.Call, refusal, cancellationToken);
            throw refusal;
        }

        DeferredItem? polled = null;
        var held = await pipeline.RunAsync(_operation, call.Call, new Poll(request.AsynchronousCorrelationValue), cancellationToken);
        held = held.Map(found => polled = found);
        // The result goes to one Poll; of two at once the other finds nothing any more.
        if (polled!.Result is not { } result || !services.Pending.Forget(polled)) return new AcceptedItem(item, polled);
        call.Message.Owns(new Delivery(polled));
        return new PolledItem(item, held, result);
    }

    private sealed record Poll(ReadOnlyMemory<byte> CorrelationValue);

    private sealed class PollOperation(KmipServices services) : Operation<Poll, DeferredItem>
    {
        public override OperationName Name => OperationName.Poll;

        public override OperationClass Class => OperationClass.Read;

        protected override ValueTask<OperationTarget> ResolveAsync(OperationScope scope, Poll request, CancellationToken cancellationToken) => default;

        protected override async ValueTask<DeferredItem> ExecuteAsync(
            OperationScope scope, OperationTarget target, Poll request, CancellationToken cancellationToken)
        {
            var item = services.Pending.Require(scope.Call, request.CorrelationValue.Span);
            scope.Audit.Detail = $"{item.Operation} of {item.Message.Call.CorrelationId}";
            await Task.WhenAny(item.Message.StartAsync(), Task.Delay(Patience, services.Time, cancellationToken));
            return item;
        }
    }
}
