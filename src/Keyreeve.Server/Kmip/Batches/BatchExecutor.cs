using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Kmip.Batches;

/// <summary>Executes the items of a message, in their order. Thread safe.</summary>
internal sealed class BatchExecutor(KmipServices services)
{
    /// <summary>The most that the results of a batch take, in bytes. The item that goes beyond it is still answered, none after it.</summary>
    public const long MostResultsInBytes = 16L << 20;

    private readonly UndoableBatch _undoable = new(services);

    // spec: KMIP 2.1 §9.8 Batch Order Option: "If False, then the server MAY choose to execute the batched operations in any order":
    // their own is one of them.
    public async ValueTask ExecuteAsync(RequestMessage message, KmipCall call, CancellationToken cancellationToken)
    {
        // spec: KMIP 2.1 §9.6 "If not specified, then Stop is assumed."
        var option = message.Header.BatchErrorContinuationOption ?? BatchErrorContinuationOption.Stop;
        if (option == BatchErrorContinuationOption.Undo && message.ItemCount > 1)
        {
            await _undoable.ExecuteAsync(message, call, cancellationToken);
            return;
        }

        foreach (var item in message.Items)
        {
            var result = await ExecuteItemAsync(services, services.Pipeline, item, call, cancellationToken);
            call.Message.Items.Add(result);
            if (result is FailedItem && option != BatchErrorContinuationOption.Continue) return;
        }
    }

    /// <summary>Executes one item; what goes wrong is its result.</summary>
    public static async ValueTask<PendingItem> ExecuteItemAsync(
        KmipServices services, OperationPipeline pipeline, RequestBatchItem item, KmipCall call, CancellationToken cancellationToken)
    {
        try
        {
            if (call.Message.SizeInBytes > MostResultsInBytes)
            {
                var tooMuch = new KeyreeveException(KeyreeveError.ServerLimitExceeded, $"The results of the batch have reached {MostResultsInBytes >> 20} MiB; ask for the others in another request.");
                await pipeline.RefuseAsync(OperationName.ReadMessage, call.Call, tooMuch, cancellationToken);
                throw tooMuch;
            }

            return await services.Routes.RunAsync(pipeline, item, call, cancellationToken);
        }
        catch (KeyreeveException refusal)
        {
            return new FailedItem(item, refusal);
        }
        catch (Exception defect) when (defect is not OperationCanceledException)
        {
            services.Logger.LogError(defect, "KMIP: {Operation} failed by a defect; correlation id {CorrelationId}.", item.Operation, call.Call.CorrelationId);
            return new FailedItem(item, new KeyreeveException(
                KeyreeveError.InternalError, $"Internal error; the server's log has the details under {call.Call.CorrelationId}.", defect));
        }
    }
}
