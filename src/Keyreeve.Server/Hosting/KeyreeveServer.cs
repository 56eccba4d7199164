using System.Net;
using Keyreeve.Core;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Identity;
using Keyreeve.Server.Kmip;
using Keyreeve.Server.Kmip.Https;
using Keyreeve.Server.Rest;
using Keyreeve.Server.Rest.Handlers;
using Keyreeve.Server.Rest.Routing;
using Keyreeve.Server.Telemetry;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>The server: opens what it stands on, then its doors; closes the doors, then the rest.</summary>
public sealed class KeyreeveServer : IAsyncDisposable
{
    private readonly KeyreeveOptions _options;
    private readonly ILogger<KeyreeveServer> _logger;
    private readonly ServerFoundation _foundation;
    private readonly UnknownCallers _unknown;
    private RestServices? _restServices;
    private RestListener? _rest;
    private KmipListener? _kmip;
    private KmipServices? _kmipServices;
    private DestructionSweeper? _sweeper;
    private AuditForwarding? _forwarding;
    private MetricsPage? _metrics;
    private bool _isStopped;

    private KeyreeveServer(KeyreeveOptions options, ServerFoundation foundation, ILogger<KeyreeveServer> logger)
    {
        _options = options;
        _foundation = foundation;
        _logger = logger;
        _unknown = new UnknownCallers(foundation.Pipeline, logger);
    }

    /// <summary>Where the REST API listens; null if it is not enabled.</summary>
    public IPEndPoint? RestEndPoint => _rest?.EndPoint;

    /// <summary>Where KMIP listens; null if it is not enabled.</summary>
    public IPEndPoint? KmipEndPoint => _kmip?.Endpoint;

    /// <summary>What answers KMIP's messages, whichever door they came through; for tests that want no connection in between.</summary>
    internal KmipMessageProcessor? Kmip { get; private set; }

    /// <summary>The authority by which clients recognise the server.</summary>
    public CertificateAuthority Authority => _foundation.Identity.Authority;

    /// <summary>Starts the server. When it returns, every door is open.</summary>
    /// <exception cref="KeyreeveException">Store, root key, audit trail or identities cannot be opened; the message says why.</exception>
    /// <exception cref="IOException">A port cannot be had, or another process has the data directory.</exception>
    public static async Task<KeyreeveServer> StartAsync(
        KeyreeveOptions options, ILoggerFactory logging, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logging);
        ArgumentNullException.ThrowIfNull(time);
        var foundation = await ServerFoundation.OpenAsync(options, logging, time, cancellationToken);
        var server = new KeyreeveServer(options, foundation, logging.CreateLogger<KeyreeveServer>());
        try
        {
            await server.OpenDoorsAsync(logging, time, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the server: no new requests, those in flight are finished within the configured limit, all is closed.</summary>
    public async Task StopAsync()
    {
        if (_isStopped) return;
        _isStopped = true;
        var limit = _options.Server.StopTimeLimit;
        await Task.WhenAll(_rest?.StopAsync(limit) ?? Task.CompletedTask, _kmip?.StopAsync(limit) ?? Task.CompletedTask);
        if (_kmipServices is not null) await _kmipServices.DisposeAsync();
        if (_sweeper is not null) await _sweeper.DisposeAsync();
        await RecordStopAsync();
        if (_forwarding is not null) await _forwarding.DisposeAsync();
        if (_rest is not null) await _rest.DisposeAsync();
        if (_kmip is not null) await _kmip.DisposeAsync();
        _restServices?.Dispose();
        _metrics?.Dispose();
        _unknown.Dispose();
        await _foundation.DisposeAsync();
        _logger.LogInformation("Keyreeve has stopped.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => new(StopAsync());

    private async Task OpenDoorsAsync(ILoggerFactory logging, TimeProvider time, CancellationToken cancellationToken)
    {
        SayWhatIsInsecure();
        ServerGauges.AddTo(_foundation, () => _forwarding?.Statuses ?? []);
        var tls = new ServerTls(_foundation.Identity, logging.CreateLogger<ServerTls>());
        _kmipServices = new KmipServices(_foundation.Engine, _foundation.Pipeline, _unknown, _options.Kmip, logging.CreateLogger("Keyreeve.Kmip"));
        var processor = Kmip = new KmipMessageProcessor(_kmipServices);
        if (_options.Kmip.Enabled)
        {
            _kmip = new KmipListener(
                _options.Kmip, tls.DemandingCertificate, shown => KmipCaller.Of(_foundation.Identity.Clients.Identify(shown, out _)), processor, time,
                 logging.CreateLogger<KmipListener>());
            _kmip.Start();
        }

        if (_options.Rest.Enabled)
        {
            var log = logging.CreateLogger("Keyreeve.Rest");
            _metrics = new MetricsPage(_foundation.Engine.Metrics.Meter);
            _restServices = new RestServices(_foundation, _unknown, _options.Rest, log) { Kmip = new KmipOverHttps(processor, _options.Kmip), Metrics = _metrics };
            _rest = await RestListener.StartAsync(_options.Rest, _restServices, RouteTable.Served(_options.Kmip), tls.ForWeb, logging, cancellationToken);
        }

        var doors = new[] { _kmip?.Endpoint, _rest?.EndPoint }.OfType<IPEndPoint>().ToList();
        _forwarding = await StartForwardingAsync(logging, time, doors);
        await ServerEvents.StartedAsync(_foundation.Engine, ServerRoutes.Version.Version, doors);
        _sweeper = new DestructionSweeper(
            _foundation.Pipeline, _foundation.Engine, _options.Server.SweepInterval, logging.CreateLogger<DestructionSweeper>());
        if (_kmip is not null) _logger.LogInformation("KMIP listens on {EndPoint}.", _kmip.Endpoint);
        if (_rest is not null) _logger.LogInformation("REST listens on https://{EndPoint}.", _rest.EndPoint);
    }

    private ValueTask<AuditForwarding> StartForwardingAsync(ILoggerFactory logging, TimeProvider time, List<IPEndPoint> doors)
    {
        var address = doors.Count > 0 ? doors[0].Address : IPAddress.Loopback;
        return AuditForwarding.StartAsync(_options.Sinks, new SinkParts
        {
            Feed = _foundation.Trail.Feed,
            Audit = _foundation.Trail,
            CursorDirectory = Path.Combine(_options.Server.DataDirectory, AuditForwarding.DirectoryName),
            Source = new RecordSource(Dns.GetHostName(), address.ToString(), ServerRoutes.Version.Version),
            Time = time,
            Logger = logging.CreateLogger("Keyreeve.Audit"),
        });
    }

    private void SayWhatIsInsecure()
    {
        _logger.LogWarning(
            "The root key is opened by a passphrase file, {Path}: good for trying out, since whoever reads that file and the data has every key. "
            + "For production, an HSM will take its place over PKCS#11 as another seal slot.", _options.Seal.PassphraseFile);
        foreach (var group in _foundation.Engine.Modes.InteropGroups)
            _logger.LogWarning("INSECURE: key group '{Group}' is in insecure-interop mode: weak algorithms are allowed there.", group);
    }

    private async Task RecordStopAsync()
    {
        try
        {
            await ServerEvents.StoppedAsync(_foundation.Engine);
        }
        catch (KeyreeveException unrecorded)
        {
            _logger.LogError("The audit trail has no record of this stop: {Reason}", unrecorded.Message);
        }
    }
}
