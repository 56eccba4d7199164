using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Kmip.Encodings;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Integration.Kmip.Https;

/// <summary>An answer of the KMIP route: HTTP's part, and the message if it is one.</summary>
internal sealed record KmipHttpsReply(HttpStatusCode Status, string? ContentType, HttpResponseHeaders Headers, byte[] Body)
{
    /// <summary>The answer as TTLV, whatever encoding it came in.</summary>
    public byte[] Ttlv
    {
        get
        {
            using var writer = new TtlvWriter();
            switch (ContentType)
            {
                case "application/octet-stream":
                    return Body;
                case JsonEncoding.MediaType:
                    JsonEncoding.Decode(Body, writer);
                    break;
                default:
                    XmlEncoding.Decode(Body, writer);
                    break;
            }

            return writer.WrittenSpan.ToArray();
        }
    }

    public ResponseMessage Message => ResponseMessage.Decode(Ttlv, 1000);

    /// <summary>The first item.</summary>
    public ResponseBatchItem Item
    {
        get
        {
            foreach (var item in Message.Items) return item;
            throw new InvalidOperationException("A response without items.");
        }
    }
}

/// <summary>KMIP over HTTPS as any client of the profile would speak it.</summary>
internal sealed class KmipHttpsClient : IDisposable
{
    private readonly HttpClient _http;

    public KmipHttpsClient(ServerFixture server, X509Certificate2? certificate, Version? version = null)
    {
        var handler = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { server.Authority },
        };
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        _http = new HttpClient(handler)
        {
            BaseAddress = server.RestAddress,
            DefaultRequestVersion = version ?? HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    /// <summary>Sends a message in an encoding.</summary>
    public Task<KmipHttpsReply> SendAsync(string mediaType, byte[] ttlv) => SendBodyAsync(mediaType, Encode(mediaType, ttlv));

    /// <summary>Sends whatever bytes.</summary>
    public async Task<KmipHttpsReply> SendBodyAsync(string? contentType, byte[] body, params (string Name, string Value)[] headers)
    {
        using var content = new ByteArrayContent(body);
        if (contentType is not null) content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/kmip") { Content = content };
        foreach (var (name, value) in headers)
            if (!request.Headers.TryAddWithoutValidation(name, value)) content.Headers.TryAddWithoutValidation(name, value);
        return await SendAsync(request);
    }

    public async Task<KmipHttpsReply> SendAsync(HttpRequestMessage request)
    {
        using var response = await _http.SendAsync(request);
        return new KmipHttpsReply(response.StatusCode, response.Content.Headers.ContentType?.ToString(), response.Headers, await response.Content.ReadAsByteArrayAsync());
    }

    public static byte[] Encode(string mediaType, byte[] ttlv) => mediaType switch
    {
        "application/octet-stream" => ttlv,
        JsonEncoding.MediaType => JsonEncoding.Encode(ttlv),
        _ => XmlEncoding.Encode(ttlv),
    };

    public void Dispose() => _http.Dispose();
}
