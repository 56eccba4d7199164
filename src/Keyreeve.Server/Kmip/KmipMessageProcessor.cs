using System.Diagnostics;
using System.Text;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Kmip.Attestation;
using Keyreeve.Server.Kmip.Batches;
using Keyreeve.Server.Kmip.Notifications;

namespace Keyreeve.Server.Kmip;

/// <summary>
/// From the bytes of a request to those of its response: framing, version, batch. What a batch item asks stands in
/// <see cref="KmipRoutes"/>. Thread safe.
/// </summary>
/// <param name="services">What the door works with.</param>
internal sealed class KmipMessageProcessor(KmipServices services)
{
    private const int LongestRequestIdInBytes = 128;

    // Room for what the server calls a request, filled and written in one go.
    [ThreadStatic]
    private static byte[]? _correlationValue;

    private readonly BatchExecutor _executor = new(services);

    /// <summary>Whose messages are worked on.</summary>
    public ProcessorTurns Turns => services.Engine.Turns;

    /// <summary>Whether a tenant is served.</summary>
    public bool IsOpen(TenantId tenant) => services.Engine.Tenants.IsOpen(tenant);

    /// <summary>Whether more bytes are needed before these can be executed or refused.</summary>
    public bool NeedsMore(ReadOnlySpan<byte> buffered)
    {
        if (buffered.IsEmpty) return true;
        try
        {
            return !TtlvFraming.TryReadLength(buffered, Tag.RequestMessage, services.Options.MaxMessageSizeInBytes, out var length) || buffered.Length < length;
        }
        catch (TtlvException)
        {
            return false;
        }
    }

    /// <summary>Executes the first message in the buffer; its answer is held until its audit records are durable.</summary>
    public async ValueTask<PendingMessage> ExecuteAsync(KmipSession session, ReadOnlyMemory<byte> buffered, CancellationToken cancellationToken)
    {
        using var span = Tracing.BeginRequest("KMIP", null);
        var principal = session.Caller.FindPrincipal();
        Call? read = null;
        RequestMessage message;
        var length = 0;
        try
        {
            TtlvFraming.TryReadLength(buffered.Span, Tag.RequestMessage, services.Options.MaxMessageSizeInBytes, out length);
            RequestMessage.TryReadVersion(buffered[..length], out var version);
            read = NewCall(session, principal, version);
            if (UnsupportedVersion(version) is { } unsupported) return await RefuseAsync(read, unsupported, SizeIfWellFormed(buffered, length), cancellationToken);
            message = RequestMessage.Decode(buffered[..length], services.Options.MaxBatchItems);
        }
        catch (TtlvException e)
        {
            var size = SizeIfWellFormed(buffered, length);
            var refusal = MessageFaults.OfMessage(e, buffered.Span, isWellFormed: size > 0);
            return await RefuseAsync(read ?? NewCall(session, principal, default), refusal, size, cancellationToken);
        }

        var call = message.Header.ClientCorrelationValue is { } named ? read with { RequestId = RequestIdOf(named.Span) } : read;
        if (message.Header.AttestationCapableIndicator == true) call = call with { MayAttest = true };
        var pending = new PendingMessage(message.Header, length) { IsMeasured = message.ItemCount > 1, CanTurn = session.CanTurn, CorrelationId = MayBeNamed(message.Header, call) ? call.CorrelationId : null };
        if (principal is null)
        {
            var refusal = KeyreeveException.NotAuthenticated();
            await services.Unknown.RefuseAsync(OperationName.Authenticate, call, refusal, cancellationToken);
            pending.RefuseAll(message, refusal);
            return pending;
        }

        span?.SetTag("keyreeve.correlation_id", call.CorrelationId).SetTag("kmip.batch_items", message.ItemCount);
        await ExecuteAsync(session, message, buffered[..length], call, pending, cancellationToken);
        return pending;
    }

    /// <summary>Refuses what could not be turned into a message at all.</summary>
    public ValueTask<PendingMessage> RefuseUnreadableAsync(KmipSession session, TtlvException fault, CancellationToken cancellationToken) =>
        RefuseAsync(NewCall(session, session.Caller.FindPrincipal(), default), MessageFaults.OfMessage(fault, default, isWellFormed: false), 0, cancellationToken);

    /// <summary>Waits for the audit records of a message and writes its response.</summary>
    /// <returns>The server's turn to be the client once the response is sent, if every item succeeded; null otherwise.</returns>
    public async ValueTask<Turn?> WriteAsync(PendingMessage pending, TtlvWriter output, CancellationToken cancellationToken)
    {
        var isWhole = true;
        var writer = new ResponseWriter(output);
        writer.Begin(HeaderOf(pending));
        foreach (var item in pending.Items)
        {
            isWhole &= await WriteItemAsync(item, writer, pending, cancellationToken);
            // spec: KMIP 1.4 §6.3 "Maximum Response Size": the server SHALL return an error instead of a longer response.
            if (pending.MaximumResponseSize is not { } maximum || writer.Length <= maximum) continue;
            isWhole = false;
            writer.RollBackItem();
            var tooLarge = new KeyreeveException(KeyreeveError.ResponseTooLarge, $"The response is longer than the Maximum Response Size of {maximum} bytes.");
            writer.WriteItem(item.Failure(tooLarge, pending.Version));
        }

        writer.Complete();
        var turn = isWhole ? pending.TakeTurn() : null;
        pending.Dispose();
        return turn;
    }

    private static async ValueTask<bool> WriteItemAsync(PendingItem item, ResponseWriter writer, PendingMessage pending, CancellationToken cancellationToken)
    {
        try
        {
            await item.WriteAsync(writer, pending.Version, cancellationToken);
            return item is not FailedItem;
        }
        catch (KeyreeveException refusal)
        {
            writer.WriteItem(item.Failure(refusal, pending.Version));
            return false;
        }
    }

    private async ValueTask ExecuteAsync(
        KmipSession session, RequestMessage message, ReadOnlyMemory<byte> bytes, Call call, PendingMessage pending, CancellationToken cancellationToken)
    {
        var concerns = OperationName.ReadMessage;
        try
        {
            if (HeaderRules.Check(message) is { } unacceptable) throw unacceptable;
            concerns = OperationName.Authenticate;
            services.Engine.Tenants.RequireOpen(call.Principal.Tenant);
            call = await services.Gate.IdentifyAsync(call, session.Caller, cancellationToken);
            if (message.Header.Authentication is { } authentication) call = await services.Gate.AuthenticateAsync(call, authentication, pending, cancellationToken);
            concerns = OperationName.ReadMessage;

            if (message.Header.AsynchronousIndicator is not null && services.Pending.Accept(message, bytes.Span, session.Caller, call) is { } accepted)
            {
                pending.AcceptAll(message, accepted);
                return;
            }
        }
        catch (KeyreeveException refusal)
        {
            await services.Pipeline.RefuseAsync(concerns, call, refusal, cancellationToken);
            // A ticket that is used up counts requests, whatever operations they hold. docs/spec-exceptions.md
            if (refusal.Error == KeyreeveError.UsageLimitExceeded) pending.RefuseWhole(refusal);
            else pending.RefuseAll(message, refusal);
            return;
        }

        await _executor.ExecuteAsync(message, new KmipCall(call, pending), cancellationToken);
        if (call.MayAttest && pending.DemandsAttestation) pending.Nonce = services.Attesters.NewNonce(call);
    }

    private static string RequestIdOf(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, LongestRequestIdInBytes)]);

    private bool MayBeNamed(in RequestHeader header, Call call) => !header.ProtocolVersion.Has(VersionTrait.NamesRequestsInInteropAlone)
        || services.Pipeline.Modes.Of(call.Principal.HomeGroup) == GroupMode.InsecureInterop;

    private ResponseHeader HeaderOf(PendingMessage pending)
    {
        ReadOnlyMemory<byte>? name = null;
        if (pending is { NamesRequest: true, CorrelationId: { } id })
        {
            _correlationValue ??= new byte[id.Length];
            name = _correlationValue.AsMemory(0, Encoding.ASCII.GetBytes(id, _correlationValue));
        }

        return new()
        {
            ProtocolVersion = pending.Version,
            TimeStamp = services.Time.GetUtcNow(),
            Nonce = pending.Nonce,
            AttestationTypes = pending.Nonce is null ? [] : Attesters.Types,
            ServerHashedPassword = pending.ServerHashedPassword,
            ServerCorrelationValue = name,
        };
    }

    // Zero: nobody can say where the next message begins.
    private static int SizeIfWellFormed(ReadOnlyMemory<byte> buffered, int length) =>
        length > 0 && MessageFaults.IsWellFormed(buffered.Span[..length]) ? length : 0;

    private async ValueTask<PendingMessage> RefuseAsync(Call call, KeyreeveException refusal, int size, CancellationToken cancellationToken)
    {
        if (call.Principal.IsDisabled) await services.Unknown.RefuseAsync(OperationName.ReadMessage, call, refusal, cancellationToken);
        else await services.Pipeline.RefuseAsync(OperationName.ReadMessage, call, refusal, cancellationToken);
        return PendingMessage.Refused(AnswerIn(call), refusal, size);
    }

    // The version of the request where it could be read and is spoken here; else the one that every client knows.
    private static ProtocolVersion AnswerIn(Call call)
    {
        var asked = new ProtocolVersion(call.ProtocolVersion.Major, call.ProtocolVersion.Minor);
        return KmipRoutes.SupportedVersions.Contains(asked) ? asked : ProtocolVersion.Kmip10;
    }

    private Call NewCall(KmipSession session, Principal? principal, ProtocolVersion version) => new()
    {
        ProtocolVersion = (version.Major, version.Minor),
        Principal = principal ?? session.Caller.FindEnded() ?? Principal.Unknown(session.Caller.Fingerprint),
        FindCaller = session.Caller.FindPrincipal,
        Protocol = Protocol.Kmip,
        SourceAddress = session.Address,
        SourcePort = session.Port,
        CorrelationId = ActivitySpanId.CreateRandom().ToHexString(),
        Time = services.Time.GetUtcNow(),
        Purpose = session.Purpose,
        Work = new RequestWork(),
    };

    // spec: KMIP 2.1 §9.16 "if the protocol version is not supported … the server SHALL return an error".
    private static KeyreeveException? UnsupportedVersion(ProtocolVersion version)
    {
        if (version == default || KmipRoutes.SupportedVersions.Contains(version)) return null;
        return new KeyreeveException(
            KeyreeveError.UnsupportedProtocolVersion, $"KMIP {version} is not supported; {string.Join(", ", KmipRoutes.SupportedVersions)} are.");
    }
}
