using System.Net;
using System.Net.Security;
using System.Xml.Linq;
using Keyreeve.Kmip.Ttlv;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Hosting;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>A client's door for XML or JSON by HTTPS POST to <c>/kmip</c>.</summary>
internal sealed class HttpsClientEndpoint : ClientEndpoint
{
    private const string Path = "/kmip";

    private readonly Encoding _encoding;
    private readonly WebApplication _web;

    private HttpsClientEndpoint(Encoding encoding, IPEndPoint address, Task<SslServerAuthenticationOptions> tls)
    {
        _encoding = encoding;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(address, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = connection => new(tls.WaitAsync(connection.CancellationToken)) });
        }));
        _web = builder.Build();
        _web.Run(HandleAsync);
    }

    public static async Task<HttpsClientEndpoint> OpenAsync(Encoding encoding, IPEndPoint address, Task<SslServerAuthenticationOptions> tls)
    {
        var endpoint = new HttpsClientEndpoint(encoding, address, tls);
        await endpoint._web.StartAsync();
        return endpoint;
    }

    public override IPEndPoint Address => new(IPAddress.Loopback, new Uri(_web.Urls.Single()).Port);

    public override async ValueTask DisposeAsync()
    {
        await _web.StopAsync();
        await _web.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext exchange)
    {
        var mediaType = EncodedMessage.MediaTypeOf(_encoding);
        if (exchange.Request.Method != HttpMethods.Post || exchange.Request.Path != Path || exchange.Request.ContentType != mediaType)
        {
            exchange.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        using var body = new MemoryStream();
        await exchange.Request.Body.CopyToAsync(body, exchange.RequestAborted);
        XElement request;
        try
        {
            request = EncodedMessage.Decode(_encoding, body.ToArray());
        }
        catch (TtlvException)
        {
            exchange.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        exchange.Response.ContentType = mediaType;
        await exchange.Response.Body.WriteAsync(EncodedMessage.Encode(_encoding, AnswerTo(request)), exchange.RequestAborted);
        Keep(request);
    }
}
