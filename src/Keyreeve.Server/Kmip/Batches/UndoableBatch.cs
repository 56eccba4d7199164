using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Server.Kmip.Batches;

/// <summary>
/// Executes a batch that is undone as a whole when one of its items fails: see <see cref="BatchTransaction"/>. What has an effect
/// beyond the store cannot be taken back, so that a batch with such an item is refused before it begins.
/// </summary>
internal sealed class UndoableBatch(KmipServices services)
{
    private const int MostAttempts = 8;

    /// <summary>Executes it; the results are added to the message.</summary>
    // spec: KMIP 2.1 §11.5 Undo: "If any operation in the request fails, then the server SHALL undo all the previous operations."
    public async ValueTask ExecuteAsync(RequestMessage message, KmipCall call, CancellationToken cancellationToken)
    {
        if (WhatCannotBeUndone(message) is { } operation)
        {
            var refusal = new KeyreeveException(KeyreeveError.FeatureNotSupported, $"{operation} cannot be undone; ask for Stop or Continue.");
            await services.Pipeline.RefuseAsync(OperationName.ReadMessage, call.Call, refusal, cancellationToken);
            call.Message.RefuseAll(message, refusal);
            return;
        }

        for (var attempt = 1; ; attempt++)
        {
            using var batch = new BatchTransaction(services.Engine);
            call.Message.MeasureAnew();
            var results = await RunAsync(batch, message, new KmipCall(call.Call, call.Message), cancellationToken);
            // Somebody else changed one of the objects meanwhile: nothing happened, and it is done again on what is there now.
            if (await EndAsync(batch, results, isLastAttempt: attempt == MostAttempts, cancellationToken))
            {
                call.Message.Items.AddRange(results);
                return;
            }
        }
    }

    private async ValueTask<List<PendingItem>> RunAsync(
        BatchTransaction batch, RequestMessage message, KmipCall call, CancellationToken cancellationToken)
    {
        var results = new List<PendingItem>(message.ItemCount);
        foreach (var item in message.Items)
        {
            results.Add(await BatchExecutor.ExecuteItemAsync(services, batch.Pipeline, item, call, cancellationToken));
            if (results[^1] is FailedItem) break;
        }

        return results;
    }

    /// <summary>Commits the batch, or undoes it; false if it is worth another attempt.</summary>
    private static async ValueTask<bool> EndAsync(
        BatchTransaction batch, List<PendingItem> results, bool isLastAttempt, CancellationToken cancellationToken)
    {
        if (results[^1] is not FailedItem)
        {
            try
            {
                await batch.CommitAsync();
                return true;
            }
            catch (KeyreeveException lost) when (lost.Error == KeyreeveError.Conflict && !isLastAttempt)
            {
                return false;
            }
            catch (KeyreeveException refusal)
            {
                results[^1] = results[^1].Refused(refusal);
            }
        }

        await batch.UndoAsync(cancellationToken);
        foreach (var result in results) result.Undo();
        return true;
    }

    private static Operation? WhatCannotBeUndone(RequestMessage message)
    {
        foreach (var item in message.Items)
            if (HasEffectsBeyondTheStore(item.Operation) || IsPartOfStream(item.RequestPayload)) return item.Operation;
        return null;
    }

    // The table of what has other effects than the objects it makes and changes.
    private static bool HasEffectsBeyondTheStore(Operation operation) => operation switch
    {
        // Tickets and pending requests are kept in memory, and others may have used them before the batch fails.
        Operation.Login or Operation.DelegatedLogin or Operation.Logout => true,
        Operation.Poll or Operation.Cancel or Operation.Process => true,
        // The log is the audit trail, from which nothing is taken back.
        Operation.Log or Operation.Interop => true,
        // The connection, a random number generator and PKCS#11 sessions have a state of their own.
        Operation.SetEndpointRole or Operation.RNGSeed or Operation.PKCS_11 => true,
        _ => false,
    };

    // Of a message in several parts the server keeps the state between requests in memory.
    private static bool IsPartOfStream(EncodedPayload payload)
    {
        try
        {
            var fields = new TtlvReader(payload.Content.Span);
            while (!fields.IsEmpty)
            {
                fields.ReadAny(out var tag, out _, out _);
                if (tag is Tag.CorrelationValue or Tag.InitIndicator or Tag.FinalIndicator) return true;
            }
        }
        catch (TtlvException)
        {
            // Whoever decodes it says what is wrong with it.
            return false;
        }

        return false;
    }
}
