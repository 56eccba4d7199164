using System.Globalization;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Keyreeve.Benchmarks;

/// <summary>Bare Kestrel over mutual TLS: no routes, no middleware; it sends back the body it gets.</summary>
internal static class RestEchoServer
{
    public const string Argument = "--rest-echo-server";

    public static async Task RunAsync()
    {
        using var certificate = TlsPeer.NewCertificate();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                    {
                        ServerCertificate = certificate,
                        ClientCertificateRequired = true,
                        RemoteCertificateValidationCallback = (_, remote, _, _) => remote is not null,
                    }),
                });
            });
        });
        await using var application = builder.Build();
        application.Run(EchoAsync);
        await application.StartAsync();
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        await Console.Out.WriteLineAsync(new Uri(address).Port.ToString(CultureInfo.InvariantCulture));
        await ChildServer.ParentGoneAsync();
    }

    private static async Task EchoAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = context.Request.ContentLength;
        await context.Request.BodyReader.CopyToAsync(context.Response.BodyWriter);
    }
}
