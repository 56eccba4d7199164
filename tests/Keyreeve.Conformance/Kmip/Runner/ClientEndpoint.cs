using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading.Channels;
using System.Xml.Linq;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>
/// The client's own door, at which the server puts objects and notifies of changes. It takes every message and answers it, for a
/// server may send of each change that any case makes; who plays a case asks for those of its own objects.
/// </summary>
internal sealed class ClientEndpoint : IAsyncDisposable
{
    private readonly SslServerAuthenticationOptions _tls;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<XElement> _received = Channel.CreateUnbounded<XElement>();
    private readonly Task _listening;

    public ClientEndpoint(IPEndPoint address, SslServerAuthenticationOptions tls)
    {
        _tls = tls;
        _listener = new TcpListener(address);
        _listener.Start();
        _listening = ListenAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Waits for the next message about one of these objects; what comes before about others is passed over.</summary>
    public async Task<XElement> ReceiveAsync(IReadOnlySet<string> objects, CancellationToken cancellationToken)
    {
        while (true)
        {
            var message = await _received.Reader.ReadAsync(cancellationToken);
            var about = message.Descendants("RequestPayload").Select(KnownObjects.Identifier);
            if (about.Any(id => id is not null && objects.Contains(id))) return message;
        }
    }

    public async ValueTask DisposeAsync()
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
                await stream.AuthenticateAsServerAsync(_tls, _stop.Token);
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
        await _received.Writer.WriteAsync(request, _stop.Token);
    }

    private static XElement AnswerTo(XElement request)
    {
        var header = request.Element("RequestHeader")!;
        return new XElement(
            "ResponseMessage",
            new XElement(
                "ResponseHeader",
                header.Element("ProtocolVersion"),
                Item("TimeStamp", "DateTime", TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture)),
                header.Element("BatchCount")),
            request.Elements("BatchItem").Select(item => new XElement(
                "BatchItem", item.Element("Operation"), item.Element("UniqueBatchItemID"), Item("ResultStatus", "Enumeration", "Success"), new XElement("ResponsePayload"))));
    }

    private static XElement Item(string name, string type, string value) => new(name, new XAttribute("type", type), new XAttribute("value", value));
}
