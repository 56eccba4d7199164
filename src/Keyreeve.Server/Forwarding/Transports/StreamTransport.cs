using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Forwarding.Transports;

/// <summary>
/// Syslog over TCP (RFC 6587, one message a line) or TLS (RFC 5425, each message behind its length, or one a line for
/// collectors that do not know that). Messages hold no line
/// ends of their own. A send that takes too long counts as broken.
/// </summary>
internal sealed class StreamTransport(SinkOptions options) : ISinkTransport
{
    private static readonly TimeSpan ConnectTimeLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SendTimeLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CloseTimeLimit = TimeSpan.FromSeconds(2);

    private readonly byte[] _nothing = new byte[1];
    private Socket? _socket;
    private Stream? _stream;
    private Task<int>? _end;

    private bool IsTls => options.Scheme == SinkScheme.Tls;

    public SinkAssurance Assurance => SinkAssurance.Streamed;

    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        Drop();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConnectTimeLimit);
        try
        {
            _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await _socket.ConnectAsync(options.Host, options.Port, limit.Token);
            _stream = new NetworkStream(_socket, ownsSocket: false);
            if (IsTls) _stream = await SecureAsync(_stream, limit.Token);
            // A sink says nothing: a read ends when it hangs up.
            _end = _stream.ReadAsync(_nothing, CancellationToken.None).AsTask();
        }
        catch (Exception failure) when (failure is SocketException or AuthenticationException or CryptographicException or OperationCanceledException)
        {
            Drop();
            cancellationToken.ThrowIfCancellationRequested();
            throw new IOException(failure is OperationCanceledException ? "no answer" : failure.Message, failure);
        }
        catch
        {
            Drop();
            throw;
        }
    }

    public async ValueTask SendAsync(IReadOnlyList<SinkMessage> messages, CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(SendTimeLimit);
        try
        {
            await _stream!.WriteAsync(Frame(messages), limit.Token);
        }
        catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException)
        {
            Drop();
            cancellationToken.ThrowIfCancellationRequested();
            throw new IOException(failure is OperationCanceledException ? "it takes nothing more" : failure.Message, failure);
        }
    }

    public void ThrowIfClosed()
    {
        if (_end is null) throw new IOException("not connected");
        if (!_end.IsCompleted) return;
        var isOrderly = _end.IsCompletedSuccessfully;
        var reason = _end.Exception?.GetBaseException().Message;
        Drop();
        throw isOrderly ? new SinkClosedException("it hung up") : new IOException(reason ?? "the connection broke");
    }

    // The sink's own orderly end after ours says that it has read everything.
    public async ValueTask<bool> CloseAsync()
    {
        if (_socket is null || _end is null) return true;
        try
        {
            // What waits in front of it may be more than the other side takes.
            if (_stream is SslStream tls) await tls.ShutdownAsync().WaitAsync(CloseTimeLimit);
            _socket.Shutdown(SocketShutdown.Send);
            await _end.WaitAsync(CloseTimeLimit);
            return true;
        }
        catch (Exception failure) when (failure is IOException or SocketException or TimeoutException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            Drop();
        }
    }

    public ValueTask DisposeAsync()
    {
        Drop();
        return ValueTask.CompletedTask;
    }

    private byte[] Frame(IReadOnlyList<SinkMessage> messages)
    {
        if (!IsTls || options.IsLineFramed) return MessageLines.Join(messages);
        using var frames = new MemoryStream(messages.Sum(static m => m.Bytes.Length + 8));
        foreach (var (_, message) in messages)
        {
            // spec: RFC 5425 §4.3 "SYSLOG-FRAME = MSG-LEN SP SYSLOG-MSG"
            frames.Write(Encoding.ASCII.GetBytes(message.Length.ToString(CultureInfo.InvariantCulture) + " "));
            frames.Write(message);
        }

        return frames.ToArray();
    }

    private async ValueTask<Stream> SecureAsync(Stream stream, CancellationToken cancellationToken)
    {
        var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(SinkTls.OptionsFor(options), cancellationToken);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    private void Drop()
    {
        _stream?.Dispose();
        _socket?.Dispose();
        // Whatever way the read ends now, nobody asks any more.
        _ = _end?.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        _stream = null;
        _socket = null;
        _end = null;
    }
}
