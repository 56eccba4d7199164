using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Server.Kmip;

/// <summary>One row of the table of operations.</summary>
/// <param name="operation">The operation as it stands in the message.</param>
/// <param name="since">The first version that has it.</param>
internal abstract class KmipRoute(Operation operation, ProtocolVersion since)
{
    /// <summary>The operation.</summary>
    public Operation Operation { get; } = operation;

    /// <summary>The first version that has it.</summary>
    public ProtocolVersion Since { get; } = since;

    /// <summary>What the roles and the audit trail call it.</summary>
    public abstract OperationName Name { get; }

    /// <summary>Whether it is offered to everybody whose version has it; if not, <see cref="OfferedTo"/> decides.</summary>
    public Func<Engine, Call, bool>? OfferedTo { get; init; }

    /// <summary>Whether this caller can use it at all, so that Query tells it of it.</summary>
    public bool IsOffered(Engine engine, Call call) => (OfferedTo?.Invoke(engine, call) ?? true) && (call.Rights?.Covers(Name) ?? true);

    /// <summary>Runs it.</summary>
    /// <exception cref="KeyreeveException">A refusal; its audit record is durable.</exception>
    public abstract ValueTask<PendingItem> RunAsync(OperationPipeline pipeline, RequestBatchItem item, KmipCall call, CancellationToken cancellationToken);
}

/// <summary>An operation of the wire on an operation of Core: decode, translate, run, translate back.</summary>
/// <typeparam name="TRequestPayload">What the wire brings.</typeparam>
/// <typeparam name="TRequest">What Core takes.</typeparam>
/// <typeparam name="TResponse">What Core returns.</typeparam>
/// <typeparam name="TResponsePayload">What goes back.</typeparam>
internal sealed class KmipRoute<TRequestPayload, TRequest, TResponse, TResponsePayload>(
    Operation operation,
    ProtocolVersion since,
    Operation<TRequest, TResponse> handler,
    Func<TRequestPayload, KmipCall, TRequest> toRequest,
    Func<TResponse, KmipCall, TResponsePayload> toPayload)
    : KmipRoute(operation, since)
    where TRequestPayload : IWireStructure<TRequestPayload>, new()
    where TResponsePayload : IWireStructure<TResponsePayload>, new()
    where TRequest : class
{
    public override OperationName Name => handler.Name;

    public override async ValueTask<PendingItem> RunAsync(
        OperationPipeline pipeline, RequestBatchItem item, KmipCall call, CancellationToken cancellationToken)
    {
        TRequest request;
        try
        {
            WithdrawnAttributes.Refuse(item.RequestPayload, call.Version);
            request = toRequest(item.RequestPayload.Decode<TRequestPayload>(call.Version), call);
        }
        catch (TtlvException e)
        {
            var refusal = MessageFaults.OfPayload(e, item.RequestPayload);
            await pipeline.RefuseAsync(handler.Name, call.Call, refusal, cancellationToken);
            throw refusal;
        }
        catch (KeyreeveException refusal)
        {
            await pipeline.RefuseAsync(handler.Name, call.Call, refusal, cancellationToken);
            throw;
        }

        var held = await pipeline.RunAsync(handler, call.Call, request, cancellationToken);
        return new SucceededItem<TResponsePayload>(item, held.Map(response => call.Message.Measured(toPayload(response, call))), handler.Class is OperationClass.Release or OperationClass.Use);
    }
}
