using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;

namespace Keyreeve.Server.Kmip.Asynchronous;

/// <summary>An item that is answered later: by what to ask for it.</summary>
internal sealed class AcceptedItem(RequestBatchItem request, Operation operation, byte[] correlationValue) : PendingItem(request)
{
    /// <summary>The item of a request that was just accepted.</summary>
    public AcceptedItem(RequestBatchItem request, DeferredItem item)
        : this(request, item.Operation, item.CorrelationValue)
    {
    }

    // spec: KMIP 2.1 §8.6 "Asynchronous Correlation Value … REQUIRED if Result Status is Pending"
    public override ValueTask WriteAsync(ResponseWriter writer, ProtocolVersion version, CancellationToken cancellationToken)
    {
        writer.WriteItem(new ResponseBatchItem
        {
            Operation = operation,
            UniqueBatchItemId = Request.UniqueBatchItemId,
            ResultStatus = ResultStatus.OperationPending,
            AsynchronousCorrelationValue = correlationValue,
        });
        return ValueTask.CompletedTask;
    }
}

/// <summary>What a Poll returns: the result of the operation polled for, once the Poll itself is recorded.</summary>
internal sealed class PolledItem(RequestBatchItem request, Held<DeferredItem> held, PendingItem result) : PendingItem(request)
{
    public override async ValueTask WriteAsync(ResponseWriter writer, ProtocolVersion version, CancellationToken cancellationToken)
    {
        await held.ReleaseAsync(cancellationToken);
        // spec: KMIP 2.1 §9.21 "responses to that request SHALL have the same Unique Batch Item ID": the Poll's.
        result.Answers(Request.UniqueBatchItemId);
        await result.WriteAsync(writer, version, cancellationToken);
    }
}

/// <summary>Ends what is kept of an item, once its result has been written.</summary>
internal sealed class Delivery(DeferredItem item) : IDisposable
{
    public void Dispose() => item.Message.Delivered();
}
