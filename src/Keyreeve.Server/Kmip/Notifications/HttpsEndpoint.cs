using System.Net;
using System.Net.Http.Headers;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Kmip.Https;

namespace Keyreeve.Server.Kmip.Notifications;

/// <summary>
/// A client that takes the server's own requests by HTTPS: one message in the body of a POST, its answer in the body of the answer, in
/// the same encoding. No proxy is asked and no redirection followed, so that keys go where the configuration says. Used by one thread at
/// a time.
/// </summary>
internal sealed class HttpsEndpoint : IEndpointLink
{
    private readonly Uri _address;
    private readonly HttpsEncoding _encoding;
    private readonly HttpClient _http;

    /// <param name="address">Where messages are posted, as configured.</param>
    /// <param name="encoding">How they are written.</param>
    /// <param name="tls">Whom to, and as whom.</param>
    public HttpsEndpoint(Uri address, MessageEncoding encoding, PinnedTls tls)
    {
        _address = address;
        _encoding = HttpsEncoding.Of(encoding);
        var handler = new SocketsHttpHandler
        {
            SslOptions = tls.OptionsFor(address.IdnHost),
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxConnectionsPerServer = 1,
            MaxResponseHeadersLength = 16,
        };
        // How long an exchange may take is the caller's to say.
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = _encoding.BodyLimit(PinnedTls.LargestAnswerInBytes) };
    }

    /// <inheritdoc/>
    /// <exception cref="FormatException">The request holds a character that the encoding cannot carry.</exception>
    public async Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        using var body = Encode(request);
        using var message = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ReadOnlyMemoryContent(body.Written) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue(_encoding.MediaType);
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(_encoding.MediaType));
        // spec: KMIP Additional Message Encodings 1.0 §2.4 "SHALL specify a Cache-Control of no-cache"
        message.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true, NoStore = true };
        try
        {
            using var response = await _http.SendAsync(message, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK) throw new IOException($"The endpoint answers with HTTP status {(int)response.StatusCode}.");
            var type = response.Content.Headers.ContentType?.ToString();
            if (HttpsEncoding.Find(type) != _encoding) throw new IOException($"The endpoint answers in '{type}' and not in {_encoding.MediaType}.");
            return Decode(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (HttpRequestException failure)
        {
            throw new IOException(failure.InnerException?.Message ?? failure.Message, failure);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private WipedBuffer Encode(ReadOnlyMemory<byte> request)
    {
        var body = new WipedBuffer(request.Length);
        try
        {
            _encoding.Encode(request, body);
            return body;
        }
        catch (TtlvException fault)
        {
            body.Dispose();
            throw new FormatException($"{_encoding.MediaType} cannot carry it: {fault.Reason}", fault);
        }
    }

    private byte[] Decode(byte[] answer)
    {
        using var ttlv = new TtlvWriter(answer.Length);
        try
        {
            _encoding.Decode(answer, ttlv);
        }
        catch (TtlvException fault)
        {
            throw new IOException($"The endpoint does not answer with a KMIP response: {fault.Reason}.", fault);
        }

        return ttlv.WrittenSpan.ToArray();
    }
}
