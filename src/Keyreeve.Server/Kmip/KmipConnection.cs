using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;
using Keyreeve.Server.Kmip.Notifications;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Kmip;

/// <summary>
/// One client: reads messages, has them executed in order, and answers all that were buffered in one write. Its deadline is
/// a number that the listener looks at now and then, so that keeping it costs nothing per message.
/// </summary>
internal sealed class KmipConnection(
    Socket socket, WipedReceiveStream received, KmipOptions options, KmipMessageProcessor processor, TimeProvider time, ILogger logger) : IDisposable
{
    private const int FirstReadInBytes = 4096;

    // Messages that are already buffered are answered in one write, up to so many, so that one client cannot have the server
    // gather answers without end.
    private const int MaxPipelinedMessages = 64;
    private readonly SslStream _stream = new(received, leaveInnerStreamOpen: false);
    private readonly WipedBuffer _input = new(2 * FirstReadInBytes);
    private readonly TtlvWriter _output = new(2 * FirstReadInBytes);
    private readonly List<PendingMessage> _pending = [];
    private readonly ProcessorTurn _work = received.Work;
    private Turn? _turn;
    private KmipCaller? _caller;
    private long _deadline = long.MaxValue;
    private volatile bool _stopping;
    private volatile bool _waiting;
    private volatile bool _wasSomebodys;

    /// <summary>The client's address and port.</summary>
    public IPEndPoint Remote { get; } = (IPEndPoint)socket.RemoteEndPoint!;

    /// <summary>Closes the connection if it is past its deadline.</summary>
    public void CheckDeadline(long now)
    {
        if (now < Volatile.Read(ref _deadline)) return;
        logger.LogInformation("KMIP: {Remote} is closed: it took longer than it may.", Remote);
        Abort();
    }

    /// <summary>Closes the connection if nobody who is trusted issued its certificate any more.</summary>
    public void CheckAuthority()
    {
        if (Volatile.Read(ref _caller)?.IsOfTrustedAuthority() is not false) return;
        logger.LogWarning("KMIP: {Remote} is closed: the authority of its certificate is trusted no more.", Remote);
        Abort();
    }

    /// <summary>
    /// Ends the connection if it was somebody's and is nobody's any more: whoever it was is disabled, or the certificate was revoked or has
    /// ended. So, too, if the server is the client on it, and the tenant is frozen: nobody asks on it who could be told.
    /// </summary>
    public void CheckCaller()
    {
        if (Volatile.Read(ref _caller) is not { } caller) return;
        var principal = caller.FindPrincipal();
        if (principal is not null) _wasSomebodys = true;
        if (principal is null ? !_wasSomebodys : Volatile.Read(ref _turn) is null || processor.IsOpen(principal.Tenant)) return;
        if (!_stopping) logger.LogInformation("KMIP: {Remote} is closed: who connected is not served any more.", Remote);
        RequestStop();
    }

    /// <summary>Ends the connection once the messages it is answering are answered.</summary>
    public void RequestStop()
    {
        _stopping = true;
        if (_waiting) Abort();
    }

    /// <summary>Ends the connection at once.</summary>
    public void Abort() => socket.Close();

    /// <summary>Serves the client until it leaves, errs, or is told to.</summary>
    /// <param name="tls">The server's side of the handshake; it validates the client's certificate.</param>
    /// <param name="identify">Says whose certificate it is; null if it is not trusted.</param>
    /// <param name="admitted">Asked once the client is known, with the SHA-256 of its public key: whether it may stay.</param>
    /// <param name="cancellationToken">Ends everything at once.</param>
    public async Task ServeAsync(
        SslServerAuthenticationOptions tls, Func<X509Certificate2, KmipCaller?> identify, Func<string, bool> admitted, CancellationToken cancellationToken)
    {
        SetDeadline(options.HandshakeTimeLimit);
        await _stream.AuthenticateAsServerAsync(tls, cancellationToken);
        if (_stream.RemoteCertificate is not X509Certificate2 certificate) return;
        // Asked again: a resumed session has a handshake in which nobody judged.
        if (identify(certificate) is not { } caller || !admitted(caller.Fingerprint)) return;

        _wasSomebodys = caller.FindPrincipal() is not null;
        Volatile.Write(ref _caller, caller);
        var session = new KmipSession(caller, Remote.Address.ToString(), Remote.Port) { CanTurn = true };
        while (!_stopping && await ReadAsync(cancellationToken))
        {
            SetDeadline(Timeout.InfiniteTimeSpan);
            var goOn = await AnswerBufferedAsync(session, cancellationToken);
            if (goOn && _turn is not null) goOn = await ServeTurnedAsync(_turn, caller, cancellationToken);
            if (!goOn) return;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var pending in _pending) pending.Dispose();
        _turn?.Dispose();
        _stream.Dispose();
        received.WipeGivenBack();
        socket.Dispose();
        _input.Dispose();
        _output.Dispose();
    }

    // Reads until at least one message is whole, or the bytes cannot become one (which the processor then answers).
    private async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        var begun = _input.Written.Length > 0;
        SetDeadline(begun ? options.MessageTimeLimit : options.IdleTimeLimit);
        while (processor.NeedsMore(_input.Written.Span))
        {
            _waiting = !begun;
            if (_stopping && !begun) return false;
            var count = await _stream.ReadAsync(_input.GetMemory(FirstReadInBytes), cancellationToken);
            received.WipeGivenBack();
            _waiting = false;
            if (count == 0) return false;
            _input.Advance(count);
            if (begun) continue;
            begun = true;
            SetDeadline(options.MessageTimeLimit);
        }

        return true;
    }

    // The server is the client for a while; true once it is the server again.
    private async ValueTask<bool> ServeTurnedAsync(Turn turn, KmipCaller caller, CancellationToken cancellationToken)
    {
        // Who has changed sides does not ask any more.
        if (_input.Written.Length > 0) return false;
        SetDeadline(Timeout.InfiniteTimeSpan);
        _waiting = true;
        if (_stopping || !await turn.ServeAsync(_stream, caller, cancellationToken)) return false;
        _waiting = false;
        turn.Dispose();
        _turn = null;
        return true;
    }

    // What is read comes in turn with other principals; while one waits, nothing more is read from this client.
    private async ValueTask<bool> AnswerBufferedAsync(KmipSession session, CancellationToken cancellationToken)
    {
        _work.Principal = session.Caller.FindPrincipal() ?? Principal.Unknown(session.Caller.Fingerprint);
        await _work.PauseAsync();
        var goOn = await ExecuteBufferedAsync(session, cancellationToken);
        SetDeadline(options.SendTimeLimit);
        await _stream.WriteAsync(_output.WrittenMemory, cancellationToken);
        _output.Clear();
        return goOn;
    }

    // Executed in order, one after the other; their audit records become durable together, and one wait covers them all.
    private async ValueTask<bool> ExecuteBufferedAsync(KmipSession session, CancellationToken cancellationToken)
    {
        var goOn = true;
        var consumed = 0;
        // What a batch returns may be long; it is written before the next message is looked at.
        while (goOn && _pending.Count < MaxPipelinedMessages && (_pending.Count == 0 || _pending[^1] is { IsMeasured: false, Turn: null }))
        {
            var rest = _input.Written[consumed..];
            if (processor.NeedsMore(rest.Span)) break;
            if (consumed > 0) await _work.PauseAsync();
            var pending = await _work.AfterAsync(processor.ExecuteAsync(session, rest, cancellationToken));
            consumed += pending.RequestSizeInBytes;
            goOn = !pending.ClosesConnection;
            _pending.Add(pending);
        }

        foreach (var pending in _pending) _turn = await _work.AfterAsync(processor.WriteAsync(pending, _output, cancellationToken));
        _pending.Clear();
        _input.Consume(consumed);
        return goOn;
    }

    private void SetDeadline(TimeSpan span) =>
        Volatile.Write(ref _deadline, span == Timeout.InfiniteTimeSpan
            ? long.MaxValue
            : time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency));
}

/// <summary>Whose key the certificate of a connection has.</summary>
/// <param name="Fingerprint">SHA-256 of the public key, lower-case hexadecimal.</param>
/// <param name="FindPrincipal">Finds who that is, as it stands now; null if nobody, or nobody that is enabled, or the certificate holds no more.</param>
internal sealed record KmipCaller(string Fingerprint, Func<Principal?> FindPrincipal)
{
    /// <summary>The holder of a certificate.</summary>
    public static KmipCaller? Of(ClientIdentity? identity) =>
        identity is null ? null : new KmipCaller(identity.Fingerprint, () => identity.FindPrincipal() is { IsDisabled: false } found ? found : null)
        {
            FindEnded = () => identity.FindPrincipal() is { HasEnded: true } found ? found : null,
            IsOfTrustedAuthority = () => identity.IsOfTrustedAuthority,
        };

    /// <summary>Finds who it was, if it was disabled: it is refused as nobody is, and the record has its name; null if it is nobody, or enabled.</summary>
    public Func<Principal?> FindEnded { get; init; } = static () => null;

    /// <summary>Says whether an authority that is trusted now issued the certificate.</summary>
    public Func<bool> IsOfTrustedAuthority { get; init; } = static () => true;
}

/// <summary>What is known of a client for as long as it is connected.</summary>
/// <param name="Caller">Who it is; the principal is looked up anew for each message.</param>
/// <param name="Address">Its address.</param>
/// <param name="Port">Its port.</param>
internal sealed record KmipSession(KmipCaller Caller, string Address, int Port)
{
    /// <summary>Whether its connection can be turned, so that the server is the client.</summary>
    public bool CanTurn { get; init; }

    /// <summary>Why the client asks, if its door lets it say so.</summary>
    public string? Purpose { get; init; }
}
