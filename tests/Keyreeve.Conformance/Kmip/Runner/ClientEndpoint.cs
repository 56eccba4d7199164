using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Xml.Linq;
using Keyreeve.Kmip;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>The client's own door, at which the server puts objects and notifies of changes.</summary>
internal sealed class ClientEndpoint : IAsyncDisposable
{
    private readonly ServerUnderTest _server;
    private readonly TcpListener _listener;
    private SslStream? _stream;

    public ClientEndpoint(IPEndPoint address, ServerUnderTest server)
    {
        _server = server;
        _listener = new TcpListener(address);
        _listener.Start();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Waits for the server's next request.</summary>
    public async Task<XElement> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            _stream ??= await AcceptAsync(cancellationToken);
            try
            {
                return MessageXml.FromTtlv(await TtlvStream.ReadAsync(_stream, Tag.RequestMessage, cancellationToken));
            }
            catch (IOException)
            {
                // The server closes a connection it does not need any more and opens the next.
                await _stream.DisposeAsync();
                _stream = null;
            }
        }
    }

    /// <summary>Answers the request received last.</summary>
    public async Task AnswerAsync(XElement response, CancellationToken cancellationToken) =>
        await _stream!.WriteAsync(MessageXml.ToTtlv(response), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_stream is not null) await _stream.DisposeAsync();
        _listener.Dispose();
    }

    private async Task<SslStream> AcceptAsync(CancellationToken cancellationToken)
    {
        var client = await _listener.AcceptTcpClientAsync(cancellationToken);
        var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsServerAsync(_server.ListenerTls(), cancellationToken);
        return stream;
    }
}
