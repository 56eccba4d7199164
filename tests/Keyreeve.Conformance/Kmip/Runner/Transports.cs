using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Xml.Linq;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>Brings messages to the server and back, in one of the encodings.</summary>
internal interface ITransport : IAsyncDisposable
{
    /// <summary>Sends a request and gives the response, in its one spelling.</summary>
    /// <exception cref="IOException">No response came.</exception>
    /// <exception cref="TtlvException">What came is no message.</exception>
    Task<XElement> ExchangeAsync(XElement request, CancellationToken cancellationToken);
}

internal static class Transports
{
    public static ITransport Open(Encoding encoding, ServerUnderTest server) => encoding switch
    {
        Encoding.Xml or Encoding.Json => new HttpsTransport(encoding, server),
        _ => new TlsTransport(server),
    };
}

/// <summary>TTLV on TLS: one connection, opened anew when the server has closed it.</summary>
internal sealed class TlsTransport(ServerUnderTest server) : ITransport
{
    private SslStream? _stream;

    public async Task<XElement> ExchangeAsync(XElement request, CancellationToken cancellationToken)
    {
        var message = MessageXml.ToTtlv(request);
        try
        {
            _stream ??= await OpenAsync(cancellationToken);
            await _stream.WriteAsync(message, cancellationToken);
            return MessageXml.FromTtlv(await TtlvStream.ReadAsync(_stream, Tag.ResponseMessage, cancellationToken));
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is { } stream) await stream.DisposeAsync();
        _stream = null;
    }

    private async Task<SslStream> OpenAsync(CancellationToken cancellationToken)
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(server.Address.Host, server.Address.Port, cancellationToken);
            var stream = new SslStream(client.GetStream());
            await stream.AuthenticateAsClientAsync(server.ClientTls(), cancellationToken);
            return stream;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }
}

/// <summary>XML or JSON by HTTPS POST to <c>/kmip</c>. spec: KMIP Profiles 2.1 §5.3 "HTTPS".</summary>
internal sealed class HttpsTransport(Encoding encoding, ServerUnderTest server) : ITransport
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { SslOptions = server.ClientTls(), UseProxy = false, AllowAutoRedirect = false });
    private readonly Uri _address = new UriBuilder(Uri.UriSchemeHttps, server.Address.Host, server.Address.Port, "/kmip").Uri;

    public async Task<XElement> ExchangeAsync(XElement request, CancellationToken cancellationToken)
    {
        var mediaType = EncodedMessage.MediaTypeOf(encoding);
        using var content = new ByteArrayContent(EncodedMessage.Encode(encoding, request)) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } };
        try
        {
            using var response = await _http.PostAsync(_address, content, cancellationToken);
            var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (!response.IsSuccessStatusCode) throw new IOException($"HTTP status {(int)response.StatusCode}");
            if (response.Content.Headers.ContentType?.MediaType is var type && type != mediaType) throw new IOException($"content type {type}");
            return EncodedMessage.Decode(encoding, answer);
        }
        catch (HttpRequestException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Messages one after the other in a stream.</summary>
internal static class TtlvStream
{
    private const int LongestMessage = 16 * 1024 * 1024;

    /// <exception cref="EndOfStreamException">The other side has closed.</exception>
    public static async Task<byte[]> ReadAsync(Stream stream, Tag tag, CancellationToken cancellationToken)
    {
        var header = new byte[TtlvFraming.HeaderLengthInBytes];
        await stream.ReadExactlyAsync(header, cancellationToken);
        TtlvFraming.TryReadLength(header, tag, LongestMessage, out var length);
        var message = new byte[length];
        header.CopyTo(message, 0);
        await stream.ReadExactlyAsync(message.AsMemory(header.Length), cancellationToken);
        return message;
    }
}
