using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization.Metadata;
using Keyreeve.Core;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Hosting;
using Keyreeve.Server.Identity;
using Keyreeve.Server.Rest;
using Keyreeve.Server.Rest.Handlers;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;
using Keyreeve.Server.Rest.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Sealing;

/// <summary>
/// The REST door of a sealed server: it lives, it is not ready, it says why, and it takes shares. Everything else is refused
/// with 503, whatever it is: what is stored cannot be read.
/// </summary>
internal sealed class SealedDoor : IAsyncDisposable
{
    private const int MostConnections = 100;
    private static readonly TimeSpan BodyTimeLimit = TimeSpan.FromSeconds(15);

    private readonly WebApplication _application;
    private readonly SealedServer _server;

    private SealedDoor(WebApplication application, SealedServer server)
    {
        _application = application;
        _server = server;
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; private set; } = null!;

    /// <summary>Opens the door.</summary>
    /// <exception cref="IOException">The address or port cannot be had.</exception>
    public static async Task<SealedDoor> StartAsync(
        RestOptions options, SealedServer server, SslStreamCertificateContext certificate, ILoggerFactory logging, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "keyreeve" });
        builder.Services.AddSingleton(logging);
        builder.Services.AddSingleton<IHostLifetime, RestListener.NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.DisableStringReuse = true;
            RestListener.SetLimits(kestrel.Limits, options);
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Limits.MaxRequestBodySize = SealRoutes.ShareBodyInBytes;
            kestrel.Listen(options.Listen, options.Port, listen => listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = options.HandshakeTimeLimit,
                OnConnection = _ => ValueTask.FromResult(ServerTls.ForSealed(certificate, isWeb: true)),
            }));
        });
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, WipingMemoryPool.Factory>();

        var application = builder.Build();
        var door = new SealedDoor(application, server);
        var surround = new RestPipeline(logging.CreateLogger("Keyreeve.Rest"));
        application.Run(context => surround.HandleAsync(context, door.AnswerAsync));
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            await application.DisposeAsync();
            throw new IOException($"The REST API cannot listen on {options.Listen}:{options.Port}: {RestListener.Reason(refused)}.", refused);
        }

        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        door.EndPoint = new IPEndPoint(options.Listen, new Uri(address).Port);
        return door;
    }

    public async ValueTask DisposeAsync()
    {
        // Whoever entered the last share gets his answer.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _application.StopAsync(limit.Token);
        await _application.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context) => (context.Request.Method, context.Request.Path.Value) switch
    {
        ("GET", "/v1/health") => SendAsync(context, new StatusMessage { Status = "ok" }, RestJson.Default.StatusMessage),
        ("GET", "/v1/version") => SendAsync(context, ServerRoutes.Version, RestJson.Default.VersionInformation),
        ("GET", SealRoutes.StatusPattern) => SendAsync(context, Status(), RestJson.Default.SealStatusMessage),
        ("POST", SealRoutes.SharesPattern) => EnterAsync(context),
        ("DELETE", SealRoutes.SharesPattern) => CancelAsync(context),
        _ => throw new KeyreeveException(KeyreeveError.Sealed, "The server is sealed and serves nothing until its root key is open; its log says why, /v1/seal how far it is."),
    };

    private async Task EnterAsync(HttpContext context)
    {
        var fingerprint = CallerOf(context);
        using var limit = new CancellationTokenSource(BodyTimeLimit);
        using var body = await RequestBody.ReadAsync(context, RestJson.Default.ShareBody, SealRoutes.ShareBodyInBytes, limit.Token);
        await SendAsync(context, SealRoutes.MessageOf(_server.Enter(fingerprint, SourceOf(context), SealRoutes.Parse(body))), RestJson.Default.ShareMessage);
    }

    private Task CancelAsync(HttpContext context)
    {
        _server.Cancel(CallerOf(context), SourceOf(context));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    // What a stranger may know of a sealed server: that it is, and how far it is from open. Not why: that names paths.
    private SealStatusMessage Status() => new()
    {
        Sealed = true,
        Generation = _server.Generation,
        Slots = [.. _server.Slots.Where(slot => slot.Generation == _server.Generation).Select(static slot => SealRoutes.MessageOf(slot, isDrillDue: false))],
        Ceremony = SealRoutes.MessageOf(_server.Progress),
    };

    private static string CallerOf(HttpContext context) => context.Connection.ClientCertificate is X509Certificate2 shown
        ? PublicKeyRules.FingerprintOf(shown.PublicKey)
        : throw new KeyreeveException(KeyreeveError.AuthenticationFailed, "A share is entered by its own person, with the client certificate by which the server knows them.");

    private static string SourceOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";

    private static async Task SendAsync<T>(HttpContext context, T message, JsonTypeInfo<T> type)
        where T : class
    {
        using var buffer = new WipedBuffer();
        JsonOutput.Write(buffer, message, type);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.Length;
        await context.Response.BodyWriter.WriteAsync(buffer.Written, context.RequestAborted);
    }
}
