using System.Net;
using Keyreeve.Server.Alerts;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Rest.Handlers;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>
/// Those who follow the audit trail at their own pace: sinks, exporters of signed heads, alerts. None of them holds up a request.
/// </summary>
internal sealed class TrailFollowers : IAsyncDisposable
{
    private readonly KeyreeveOptions _options;
    private readonly ServerFoundation _foundation;
    private readonly ILogger _alertLog;
    private readonly List<CheckpointExporter> _exporters = [];
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly AuditForwarding _forwarding;
    private AlertService? _alerts;
    private bool _isClosed;

    private TrailFollowers(KeyreeveOptions options, ServerFoundation foundation, AuditForwarding forwarding, ILogger alertLog)
    {
        _options = options;
        _foundation = foundation;
        _forwarding = forwarding;
        _alertLog = alertLog;
    }

    /// <summary>How the sinks stand.</summary>
    public IReadOnlyList<SinkStatus> Sinks => _forwarding.Statuses;

    /// <summary>The watch; null if nothing is watched.</summary>
    public AlertService? Alerts => Volatile.Read(ref _alerts);

    /// <summary>Starts sinks and exporters; alerts are begun when the server's start is recorded.</summary>
    /// <exception cref="IOException">How far a sink has come cannot be read.</exception>
    public static async ValueTask<TrailFollowers> StartAsync(KeyreeveOptions options, ServerFoundation foundation, ILoggerFactory logging, TimeProvider time)
    {
        var origin = OwnOrigin.Of(options);
        var parts = new SinkParts
        {
            Feed = foundation.Trail.Feed,
            Audit = foundation.Trail,
            CursorDirectory = Path.Combine(options.Server.DataDirectory, AuditForwarding.DirectoryName),
            Source = new RecordSource(origin.Server, origin.Address, ServerRoutes.Version.Version),
            Time = time,
            Logger = logging.CreateLogger("Keyreeve.Audit"),
        };
        var forwarding = await AuditForwarding.StartAsync(options.Sinks, parts);
        var followers = new TrailFollowers(options, foundation, forwarding, logging.CreateLogger("Keyreeve.Alerts"));
        var trail = Path.Combine(options.Server.DataDirectory, "audit");
        foreach (var (name, target) in options.Checkpoints) followers._exporters.Add(new CheckpointExporter(name, target, parts, trail));
        return followers;
    }

    /// <summary>Begins to watch, or goes on under other rules: what was learned, found and not told yet is kept.</summary>
    public async Task WatchAsync(AlertOptions options)
    {
        await _changing.WaitAsync();
        try
        {
            if (_isClosed) return;
            if (_alerts is { } before) await before.DisposeAsync();
            Volatile.Write(ref _alerts, !options.Enabled ? null : AlertService.Start(
                options, _foundation, _options.Server.DataDirectory, Dns.GetHostName(), () => Sinks, _alertLog));
            foreach (var (name, destination) in options.Destinations.Where(static d => d.Value.IsInClear))
                _alertLog.LogWarning("INSECURE: alerts are told to '{Destination}' ({Target}) in clear.", name, destination.Target);
        }
        finally
        {
            _changing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _changing.WaitAsync();
        _isClosed = true;
        _changing.Release();
        if (_alerts is not null) await _alerts.DisposeAsync();
        // All at once, so that their bounds do not add up.
        await Task.WhenAll([_forwarding.DisposeAsync().AsTask(), .. _exporters.Select(static e => e.DisposeAsync().AsTask())]);
        _changing.Dispose();
    }
}
