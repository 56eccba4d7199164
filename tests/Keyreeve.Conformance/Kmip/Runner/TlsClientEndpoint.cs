using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>A client's door for TTLV on TLS.</summary>
internal sealed class TlsClientEndpoint : ClientEndpoint
{
    private readonly Task<SslServerAuthenticationOptions> _tls;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _listening;

    public TlsClientEndpoint(IPEndPoint address, Task<SslServerAuthenticationOptions> tls)
    {
        _tls = tls;
        _listener = new TcpListener(address);
        _listener.Start();
        _listening = ListenAsync();
    }

    public override IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _listening;
        _stop.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await using var stream = new SslStream(client.GetStream());
                await stream.AuthenticateAsServerAsync(await _tls.WaitAsync(_stop.Token), _stop.Token);
                while (true) await ServeAsync(stream);
            }
            catch (Exception e) when (e is IOException or TtlvException or AuthenticationException or SocketException)
            {
                // The server closes a connection it does not need any more, and opens the next.
                continue;
            }
            catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(SslStream stream)
    {
        var request = MessageXml.FromTtlv(await TtlvStream.ReadAsync(stream, Tag.RequestMessage, _stop.Token));
        await stream.WriteAsync(MessageXml.ToTtlv(AnswerTo(request)), _stop.Token);
        Keep(request);
    }
}
