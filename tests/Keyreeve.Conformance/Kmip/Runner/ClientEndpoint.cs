using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Threading.Channels;
using System.Xml.Linq;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>
/// The client's own door, at which the server puts objects and notifies of changes. It takes every message and answers it, for a
/// server may send of each change that any case makes; who plays a case asks for those of its own objects.
/// </summary>
internal abstract class ClientEndpoint : IAsyncDisposable
{
    private readonly Channel<XElement> _received = Channel.CreateUnbounded<XElement>();

    /// <summary>Where it listens.</summary>
    public abstract IPEndPoint Address { get; }

    /// <summary>Listens, in the encoding in which the cases are played.</summary>
    /// <param name="encoding">That encoding.</param>
    /// <param name="address">Where; port 0 takes a free one.</param>
    /// <param name="tls">As whom: who connects before that is known waits for it.</param>
    public static async Task<ClientEndpoint> StartAsync(Encoding encoding, IPEndPoint address, Task<SslServerAuthenticationOptions> tls) => encoding == Encoding.Ttlv
        ? new TlsClientEndpoint(address, tls)
        : await HttpsClientEndpoint.OpenAsync(encoding, address, tls);

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

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Keeps a message for whoever waits for it. What the server was not answered it may send again.</summary>
    protected void Keep(XElement request) => _received.Writer.TryWrite(request);

    /// <summary>Says to a request that all is well.</summary>
    protected static XElement AnswerTo(XElement request)
    {
        var header = request.Element("RequestHeader")!;
        return new XElement(
            "ResponseMessage",
            new XElement(
                "ResponseHeader",
                header.Element("ProtocolVersion"),
                Item("TimeStamp", "DateTime", TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)),
                header.Element("BatchCount")),
            request.Elements("BatchItem").Select(item => new XElement(
                "BatchItem", item.Element("Operation"), item.Element("UniqueBatchItemID"), Item("ResultStatus", "Enumeration", "Success"), new XElement("ResponsePayload"))));
    }

    private static XElement Item(string name, string type, string value) => new(name, new XAttribute("type", type), new XAttribute("value", value));
}
