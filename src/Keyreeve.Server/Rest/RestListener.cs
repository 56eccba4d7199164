using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Rest.Routing;
using Keyreeve.Server.Rest.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Rest;

/// <summary>
/// The REST door: Kestrel over TLS, HTTP/1.1 and HTTP/2. Its whole configuration is here; nothing is taken from the
/// environment or from files of the framework's own.
/// </summary>
internal sealed class RestListener : IAsyncDisposable
{
    private const int LargestRequestLineInBytes = RawTarget.MaxLength + 64;
    private const int LargestHeadersInBytes = 16 * 1024;
    private const int MostHeaders = 64;

    private static readonly TimeSpan AuthorityInterval = TimeSpan.FromMilliseconds(250);

    private readonly WebApplication _application;
    private readonly RestServices _services;
    private readonly ITimer _sweep;

    private RestListener(WebApplication application, RestServices services, ITimer sweep)
    {
        _application = application;
        _services = services;
        _sweep = sweep;
    }

    /// <summary>Where it listens; the port is the real one even if 0 was asked for.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>Opens the door.</summary>
    /// <exception cref="IOException">The address or port cannot be had.</exception>
    public static async Task<RestListener> StartAsync(
        RestOptions options, RestServices services, ImmutableArray<RestRoute> routes, Func<SslServerAuthenticationOptions> tls, ILoggerFactory logging, CancellationToken cancellationToken)
    {
        var connections = new ConnectionLimits(options.MaxConnectionsPerIdentity, services.Authenticator.Clients, logging.CreateLogger("Keyreeve.Rest"));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "keyreeve" });
        builder.Services.AddSingleton(logging);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options, tls, connections, services.Engine.Turns, routes.Max(route => route.BodyLimitInBytes)));
        // What follows a read waits for its turn first, so there is nothing to gain by another thread.
        builder.WebHost.UseSockets(static sockets => sockets.UnsafePreferInlineScheduling = true);
        // After Kestrel's own, which it would otherwise replace.
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, WipingMemoryPool.Factory>();

        var application = builder.Build();
        application.Use(next => context => RequestTurn.BeginAsync(context, next));
        application.Use(next => context => services.Surround.HandleAsync(context, next));
        application.UseRouting();
        foreach (var route in routes)
            application.MapMethods(route.Pattern, [route.Method], context => services.Dispatcher.DispatchAsync(route, context)).WithDisplayName(route.Name);

        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            await application.DisposeAsync();
            throw new IOException(
                $"The REST API cannot listen on {options.Listen}:{options.Port}: {Reason(refused)}. "
                + "Stop what uses the port, or choose another: [rest] port, or --set rest.port=N.", refused);
        }

        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var sweep = services.Time.CreateTimer(_ => connections.CheckAuthorities(), null, AuthorityInterval, AuthorityInterval);
        return new RestListener(application, services, sweep) { EndPoint = new IPEndPoint(options.Listen, new Uri(address).Port) };
    }

    /// <summary>Closes the door: no new requests; those in flight are finished, as far as <paramref name="timeLimit"/> goes.</summary>
    public async Task StopAsync(TimeSpan timeLimit)
    {
        using var limit = new CancellationTokenSource(timeLimit);
        _services.AuditReaders.Stop();
        await _application.StopAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync();
        await _application.DisposeAsync();
    }

    private static void Configure(
        KestrelServerOptions kestrel, RestOptions options, Func<SslServerAuthenticationOptions> tls, ConnectionLimits connections, ProcessorTurns turns, int largestBodyInBytes)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        kestrel.DisableStringReuse = true; // header values of one caller are not kept for the next
        SetLimits(kestrel.Limits, options);
        kestrel.Limits.MaxRequestBodySize = largestBodyInBytes;

        kestrel.Listen(options.Listen, options.Port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.Use(next => connection => connections.AdmitAsync(connection, next));
            listen.Use(next => connection => TurnedTransport.TakeTurnsAsync(connection, turns, next));
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = options.HandshakeTimeLimit,
                OnConnection = _ => ValueTask.FromResult(tls()),
            });
            listen.Use(next => connection => connections.IdentifyAsync(connection, next));
        });
    }

    internal static string Reason(Exception refused) => refused.InnerException is AddressInUseException
        ? "the port is in use"
        : (refused.InnerException ?? refused).Message.TrimEnd('.');

    internal static void SetLimits(KestrelServerLimits limits, RestOptions options)
    {
        var slowest = new MinDataRate(options.MinBytesPerSecond, TimeSpan.FromSeconds(5));
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestLineSize = LargestRequestLineInBytes;
        limits.MaxRequestHeadersTotalSize = LargestHeadersInBytes;
        limits.MaxRequestHeaderCount = MostHeaders;
        limits.MaxRequestBufferSize = LargestRequestLineInBytes + LargestHeadersInBytes + (64 * 1024);
        limits.RequestHeadersTimeout = options.HeaderTimeLimit;
        limits.KeepAliveTimeout = options.IdleTimeLimit;
        limits.MinRequestBodyDataRate = slowest;
        limits.MinResponseDataRate = slowest;
        limits.Http2.MaxStreamsPerConnection = 100;
        limits.Http2.MaxRequestHeaderFieldSize = 8 * 1024;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }

    /// <summary>Signals are the process's business, not the web server's.</summary>
    internal sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
