using System.Net.Sockets;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Forwarding.Transports;

/// <summary>
/// Syslog over UDP (RFC 5426) or a Unix socket such as <c>/dev/log</c>, one message a datagram. Over UDP nobody says whether a
/// message arrived; a Unix socket takes it or makes the sender wait.
/// </summary>
internal sealed class DatagramTransport(SinkOptions options) : ISinkTransport
{
    private static readonly TimeSpan SendTimeLimit = TimeSpan.FromSeconds(30);

    private Socket? _socket;

    private bool IsUnix => options.Scheme == SinkScheme.Unix;

    public SinkAssurance Assurance => SinkAssurance.Unconfirmed;

    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        _socket?.Dispose();
        _socket = IsUnix
            ? new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)
            : new Socket(SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (IsUnix) await _socket.ConnectAsync(new UnixDomainSocketEndPoint(options.Path), cancellationToken);
            else await _socket.ConnectAsync(options.Host, options.Port, cancellationToken);
        }
        catch (SocketException failure)
        {
            _socket.Dispose();
            _socket = null;
            throw new IOException(failure.Message, failure);
        }
    }

    public async ValueTask SendAsync(IReadOnlyList<SinkMessage> messages, CancellationToken cancellationToken)
    {
        if (_socket is null) throw new IOException("not connected");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(SendTimeLimit);
        try
        {
            foreach (var (_, message) in messages) await _socket.SendAsync(message, limit.Token);
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            _socket.Dispose();
            _socket = null;
            cancellationToken.ThrowIfCancellationRequested();
            throw new IOException(failure is OperationCanceledException ? "it takes nothing more" : failure.Message, failure);
        }
    }

    public void ThrowIfClosed()
    {
        // Nothing hangs up where nothing is connected.
    }

    public ValueTask<bool> CloseAsync() => ValueTask.FromResult(true);

    public ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        return ValueTask.CompletedTask;
    }
}
