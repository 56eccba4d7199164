using System.Diagnostics;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Kmip;

/// <summary>
/// From the bytes of a request to those of its response: framing, version, batch. What a batch item asks stands in
/// <see cref="KmipRoutes"/>. Thread safe.
/// </summary>
/// <param name="routes">The table of operations.</param>
/// <param name="pipeline">Where everything is decided and recorded.</param>
/// <param name="unknown">Records refusals of whom nobody knows.</param>
/// <param name="options">Limits.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For the operator.</param>
internal sealed class KmipMessageProcessor(
    KmipRoutes routes, OperationPipeline pipeline, UnknownCallers unknown, KmipOptions options, TimeProvider time,
    ILogger<KmipMessageProcessor> logger)
{
    /// <summary>Whether more bytes are needed before these can be executed or refused.</summary>
    public bool NeedsMore(ReadOnlySpan<byte> buffered)
    {
        if (buffered.IsEmpty) return true;
        try
        {
            return !TtlvFraming.TryReadLength(buffered, Tag.RequestMessage, options.MaxMessageSizeInBytes, out var length) || buffered.Length < length;
        }
        catch (TtlvException)
        {
            return false;
        }
    }

    /// <summary>Executes the first message in the buffer; its answer is held until its audit records are durable.</summary>
    public async ValueTask<PendingMessage> ExecuteAsync(KmipSession session, ReadOnlyMemory<byte> buffered, CancellationToken cancellationToken)
    {
        var principal = session.Caller.FindPrincipal();
        var call = NewCall(session, principal);
        RequestMessage message;
        int length;
        try
        {
            TtlvFraming.TryReadLength(buffered.Span, Tag.RequestMessage, options.MaxMessageSizeInBytes, out length);
            if (UnsupportedVersion(buffered[..length]) is { } unsupported) return await RefuseAsync(call, unsupported, cancellationToken);
            message = RequestMessage.Decode(buffered[..length], options.MaxBatchItems);
        }
        catch (TtlvException e)
        {
            return await RefuseAsync(call, Unreadable(e), cancellationToken);
        }

        var pending = new PendingMessage(message.Header, length);
        if (principal is null)
        {
            var refusal = new KeyreeveException(KeyreeveError.AuthenticationFailed, "The certificate belongs to no enabled principal. Enrol it, or ask a security officer.");
            await unknown.RefuseAsync(OperationName.Authenticate, call, refusal, cancellationToken);
            pending.RefuseAll(message, refusal);
            return pending;
        }

        await ExecuteBatchAsync(message, new KmipCall(call, pending), cancellationToken);
        return pending;
    }

    /// <summary>Refuses what could not be turned into a message at all.</summary>
    public ValueTask<PendingMessage> RefuseUnreadableAsync(KmipSession session, TtlvException fault, CancellationToken cancellationToken) =>
        RefuseAsync(NewCall(session, session.Caller.FindPrincipal()), Unreadable(fault), cancellationToken);

    /// <summary>Waits for the audit records of a message and writes its response.</summary>
    public async ValueTask WriteAsync(PendingMessage pending, TtlvWriter output, CancellationToken cancellationToken)
    {
        var writer = new ResponseWriter(output);
        writer.Begin(new ResponseHeader
        {
            ProtocolVersion = pending.Version,
            TimeStamp = time.GetUtcNow(),
            ClientCorrelationValue = pending.ClientCorrelationValue,
        });
        foreach (var item in pending.Items)
        {
            await WriteItemAsync(item, writer, pending, cancellationToken);
            // spec: KMIP 1.4 §6.3 "Maximum Response Size": the server SHALL return an error instead of a longer response.
            if (pending.MaximumResponseSize is not { } maximum || writer.Length <= maximum) continue;
            writer.RollBackItem();
            var tooLarge = new KeyreeveException(KeyreeveError.ResponseTooLarge, $"The response is longer than the Maximum Response Size of {maximum} bytes.");
            writer.WriteItem(item.Failure(tooLarge, pending.Version));
        }

        writer.Complete();
        pending.Dispose();
    }

    private static async ValueTask WriteItemAsync(PendingItem item, ResponseWriter writer, PendingMessage pending, CancellationToken cancellationToken)
    {
        try
        {
            await item.WriteAsync(writer, pending.Version, cancellationToken);
        }
        catch (KeyreeveException refusal)
        {
            writer.WriteItem(item.Failure(refusal, pending.Version));
        }
    }

    // spec: KMIP 1.4 §4.18 and §6.14: items are executed in order; after a failure the rest is not, unless Continue was asked for.
    private async ValueTask ExecuteBatchAsync(RequestMessage message, KmipCall call, CancellationToken cancellationToken)
    {
        var continues = message.Header.BatchErrorContinuationOption == BatchErrorContinuationOption.Continue;
        if (Unsupported(message) is { } refusal)
        {
            await pipeline.RefuseAsync(OperationName.ReadMessage, call.Call, refusal, cancellationToken);
            call.Message.RefuseAll(message, refusal);
            return;
        }

        foreach (var item in message.Items)
        {
            var result = await ExecuteItemAsync(item, call, cancellationToken);
            call.Message.Items.Add(result);
            if (result is FailedItem && !continues) return;
        }
    }

    private async ValueTask<PendingItem> ExecuteItemAsync(RequestBatchItem item, KmipCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await routes.RunAsync(item, call, cancellationToken);
        }
        catch (KeyreeveException refusal)
        {
            return new FailedItem(item, refusal);
        }
        catch (Exception defect) when (defect is not OperationCanceledException)
        {
            logger.LogError(defect, "KMIP: {Operation} failed by a defect; correlation id {CorrelationId}.", item.Operation, call.Call.CorrelationId);
            return new FailedItem(item, new KeyreeveException(
                KeyreeveError.InternalError, $"Internal error; the server's log has the details under {call.Call.CorrelationId}.", defect));
        }
    }

    private async ValueTask<PendingMessage> RefuseAsync(Call call, KeyreeveException refusal, CancellationToken cancellationToken)
    {
        if (call.Principal.IsUnknown) await unknown.RefuseAsync(OperationName.ReadMessage, call, refusal, cancellationToken);
        else await pipeline.RefuseAsync(OperationName.ReadMessage, call, refusal, cancellationToken);
        return PendingMessage.Refused(ProtocolVersion.Kmip10, refusal);
    }

    private Call NewCall(KmipSession session, Principal? principal) => new()
    {
        Principal = principal ?? Principal.Unknown(session.Caller.Fingerprint),
        Protocol = Protocol.Kmip,
        SourceAddress = session.Address,
        SourcePort = session.Port,
        CorrelationId = ActivitySpanId.CreateRandom().ToHexString(),
        Time = time.GetUtcNow(),
        Purpose = session.Purpose,
    };

    private static KeyreeveException Unreadable(TtlvException fault) =>
        new(KeyreeveError.InvalidMessage, $"The message cannot be read: {fault.Reason} (at byte {fault.Offset}).");

    // spec: KMIP 2.1 §9.16 "if the protocol version is not supported … the server SHALL return an error".
    private static KeyreeveException? UnsupportedVersion(ReadOnlyMemory<byte> message)
    {
        if (!RequestMessage.TryReadVersion(message, out var version) || KmipRoutes.SupportedVersions.Contains(version)) return null;
        return new KeyreeveException(
            KeyreeveError.InvalidMessage, $"KMIP {version} is not supported; {string.Join(", ", KmipRoutes.SupportedVersions)} are.");
    }

    private static KeyreeveException? Unsupported(RequestMessage message)
    {
        if (message.ItemCount > 1 && message.Header.BatchErrorContinuationOption == BatchErrorContinuationOption.Undo)
            return new KeyreeveException(KeyreeveError.FeatureNotSupported, "Batches cannot be undone; ask for Stop or Continue.");
        if (message.Header.AsynchronousIndicator == AsynchronousIndicator.Mandatory)
            return new KeyreeveException(KeyreeveError.FeatureNotSupported, "Requests are answered at once; asynchronous answers are not offered.");
        foreach (var item in message.Items)
        {
            if (item.MessageExtensions.IsDefaultOrEmpty) continue;
            foreach (var extension in item.MessageExtensions)
                if (extension.CriticalityIndicator)
                    return new KeyreeveException(KeyreeveError.FeatureNotSupported, $"The critical extension of {extension.VendorIdentification} is not known.");
        }

        return null;
    }
}
