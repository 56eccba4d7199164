using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Alerts.Conditions;
using Keyreeve.Server.Alerts.Delivery;
using Keyreeve.Server.Alerts.Watching;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding;
using Keyreeve.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Alerts;

/// <summary>
/// Watches a running server. It reads the trail at its own pace, with a cursor of its own as the sinks do: it holds up no request, and after a
/// restart goes on where it was. What it finds goes to the log, into the trail, and to the destinations of the configuration.
/// </summary>
internal sealed class AlertService : IAsyncDisposable
{
    private const int MostRecords = 2000;
    private const int MostBytes = 4 * 1024 * 1024;
    private const int RecordsInARow = 100;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ConditionInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan EndInterval = TimeSpan.FromHours(1);
    private static readonly TimeSpan SaveInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FailurePause = TimeSpan.FromSeconds(10);

    private readonly AlertOptions _options;
    private readonly ServerFoundation _foundation;
    private readonly ILogger _logger;
    private readonly AlertFiles _files;
    private readonly KeyWatch _keys;
    private readonly ServerWatch _server;
    private readonly ClockWatch _clock;
    private readonly List<AlertDelivery> _deliveries;
    private readonly TextPool _pool = new();
    private readonly AuditPage _page = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private readonly Action<AlertFinding> _take;
    private AlertWatch _watch;
    private AuditPlace _place;
    private AuditPlace _saved;
    private long _silentUntil;
    private long _watched;
    private long _bookVersion;
    private bool _isSavingTold;
    private long _conditionTime;
    private long _endTime;
    private long _saveTime;

    private AlertService(AlertOptions options, ServerFoundation foundation, string dataDirectory, string name, Func<IReadOnlyList<SinkStatus>> sinks, ILogger logger)
    {
        _options = options;
        _foundation = foundation;
        _logger = logger;
        _files = new AlertFiles(dataDirectory);
        _keys = new KeyWatch(foundation.Engine, options.ExpiryNotice);
        _server = new ServerWatch(foundation, sinks, options.ExpiryNotice);
        _clock = new ClockWatch(foundation.Engine.Time, options.ClockTolerance);
        Book = new AlertBook(options) { Telling = Tell };
        _take = Book.Take;
        _watch = Restore();
        _deliveries = [.. options.Destinations.Select(d => new AlertDelivery(d.Key, d.Value, Book, name, foundation.Engine.Time, logger))];
        foreach (var alert in Book.List().Where(static a => !a.Pending.IsEmpty).Reverse())
            foreach (var delivery in _deliveries.Where(d => alert.Pending.Contains(d.Name, StringComparer.Ordinal))) delivery.Tell(alert);
        _saveTime = Time.GetTimestamp();
        _watching = Task.Run(() => WatchAsync(_stop.Token));
    }

    /// <summary>What is found, and who is told.</summary>
    public AlertOptions Options => _options;

    /// <summary>The alerts of late.</summary>
    public AlertBook Book { get; }

    /// <summary>How many records have yet to be looked at.</summary>
    public long Lag => Math.Max(0, _foundation.Trail.Size - Volatile.Read(ref _watched));

    /// <summary>How destinations stand.</summary>
    public IReadOnlyList<AlertDelivery> Deliveries => _deliveries;

    /// <summary>How many principals are known, and how many of them are still being learned.</summary>
    public (int Known, int Learning) Progress { get; private set; }

    /// <summary>How much is kept in memory.</summary>
    public (int Subjects, int Counts, long Evicted) Size { get; private set; }

    private TimeProvider Time => _foundation.Engine.Time;

    /// <summary>Begins to watch.</summary>
    /// <param name="options">What is found, and who is told.</param>
    /// <param name="foundation">The server's parts.</param>
    /// <param name="dataDirectory">Where what was learned is kept.</param>
    /// <param name="name">How the server is called.</param>
    /// <param name="sinks">How the sinks stand.</param>
    /// <param name="logger">For the operator.</param>
    public static AlertService Start(
        AlertOptions options, ServerFoundation foundation, string dataDirectory, string name, Func<IReadOnlyList<SinkStatus>> sinks, ILogger logger) =>
        new(options, foundation, dataDirectory, name, sinks, logger);

    /// <summary>Ends it; what was learned and what is not told yet is kept.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        await Task.WhenAll(_deliveries.Select(static d => d.DisposeAsync().AsTask()));
        Save(always: true);
        _stop.Dispose();
    }

    private AlertWatch Restore()
    {
        Book.Restore(_files.ReadBook(out var bookFault));
        if (bookFault is not null) _logger.LogWarning("The alerts of late cannot be read and are forgotten: {Fault}", bookFault);
        _bookVersion = Book.Version;
        var kept = _files.ReadWatch(_options, out var fault);
        if (fault is not null) _logger.LogWarning("What the alerts have learned cannot be read, so it is learned anew from the trail: {Fault}", fault);
        if (kept is { } known && known.Place.Sequence <= _foundation.Trail.Size)
        {
            _place = _saved = known.Place;
            _watched = _place.Sequence;
            return known.Watch;
        }

        // What happened before anybody watched is learned from, and no news any more.
        _silentUntil = _foundation.Trail.Size;
        return new AlertWatch(_options);
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        var isBegun = false;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (!isBegun) foreach (var id in await _keys.ListCompromisedAsync(stop)) _watch.SetCompromised(id, isCompromised: true);
                isBegun = true;
                var isIdle = !await TryStepAsync(stop);
                await CheckConditionsAsync(stop);
                Save(always: false);
                if (isIdle) await Task.Delay(Poll, Time, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // A defect in one rule must not end the watch: it is told, and the same records are looked at again.
                _logger.LogError(failure, "The alerts cannot look at the trail after record {Sequence}, and try again.", _place.Sequence);
                await Task.Delay(FailurePause, Time, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    // Looks at one batch of records; false if there is hardly more to come by now: many at a time cost much less than one at a time.
    private async ValueTask<bool> TryStepAsync(CancellationToken stop)
    {
        var next = _place;
        _foundation.Trail.Feed.Follow(ref next, _page, MostRecords, MostBytes);
        if (_page.Count == 0) return false;
        var protecting = new Dictionary<string, AuditSight>(StringComparer.Ordinal);
        for (var i = 0; i < _page.Count; i++)
        {
            // Requests that wait for a thread go first in between.
            if (i % RecordsInARow == RecordsInARow - 1) await Task.Yield();
            var sight = AuditSight.Parse(_page.Line(i), _pool);
            var isSilent = _page.PlaceOf(i).Sequence <= _silentUntil;
            _watch.Take(sight, isSilent ? static _ => { } : _take);
            if (sight is { IsSuccess: true, ObjectId: { } id }) await FollowKeyAsync(sight, id, protecting, stop);
        }

        _place = next;
        Volatile.Write(ref _watched, next.Sequence);
        foreach (var sight in protecting.Values) await _keys.CheckLimitAsync(sight, Book.Take, stop);
        return Lag >= MostRecords / 2;
    }

    private async ValueTask FollowKeyAsync(AuditSight sight, string id, Dictionary<string, AuditSight> protecting, CancellationToken stop)
    {
        if (UseKinds.Protections.Contains(sight.Operation)) protecting[id] = sight;
        if (!UseKinds.Changes.Contains(sight.Operation)) return;
        _keys.Forget(sight.Tenant, id);
        if (sight.Operation is "Revoke") _watch.SetCompromised(id, await _keys.IsCompromisedAsync(sight.Tenant, id, stop));
    }

    private async ValueTask CheckConditionsAsync(CancellationToken stop)
    {
        if (_conditionTime != 0 && Time.GetElapsedTime(_conditionTime) < ConditionInterval) return;
        _conditionTime = Time.GetTimestamp();
        _clock.Check(Book.Take);
        await Book.LookAsync(ServerWatch.Rules, Time.GetUtcNow(), found =>
        {
            _server.Check(_place.Sequence, found);
            return ValueTask.CompletedTask;
        });
        (Progress, Size) = (_watch.Progress(Time.GetUtcNow()), _watch.Size);
        if (_endTime != 0 && Time.GetElapsedTime(_endTime) < EndInterval) return;
        _endTime = Time.GetTimestamp();
        await Book.LookAsync(KeyWatch.EndRules, Time.GetUtcNow(), found => _keys.CheckEndsAsync(found, stop));
    }

    // To the log and the trail at once, to others when they take it.
    private void Tell(Alert alert)
    {
        var level = alert.Severity switch
        {
            AlertSeverity.Critical => LogLevel.Error,
            AlertSeverity.Warning => LogLevel.Warning,
            _ => LogLevel.Information,
        };
        _logger.Log(level, "ALERT {Severity} {Rule}: {Text} ({Id})", alert.Severity, alert.Rule, alert.Text, alert.Id);
        Record(alert);
        foreach (var delivery in _deliveries) delivery.Tell(alert);
    }

    private void Record(Alert alert)
    {
        var now = Time.GetUtcNow();
        try
        {
            _foundation.Trail.Append(new AuditEvent
            {
                Id = UniqueIdentifier.New(now),
                Time = now,
                Tenant = alert.Tenant == 0 ? TenantId.Default : new TenantId(alert.Tenant),
                Principal = ServerEvents.PrincipalName,
                Operation = nameof(OperationName.Alert),
                Protocol = Protocol.Internal,
                CorrelationId = alert.Id.ToString("N"),
                KeyName = alert.Key,
                DecidingRule = alert.Rule,
                Result = AuditResult.Success,
                Detail = $"{alert.Severity}: {alert.Text}",
            });
        }
        catch (KeyreeveException unavailable)
        {
            _logger.LogError("Alert {Id} could not be recorded in the trail: {Reason}", alert.Id, unavailable.Message);
        }
    }

    // The alerts first: what was learned up to a place stands for those found before it.
    private void Save(bool always)
    {
        try
        {
            var version = Book.Version;
            if (version != _bookVersion) _files.WriteBook(Book.List());
            _bookVersion = version;
            if (_place == _saved || (!always && Time.GetElapsedTime(_saveTime) < (_isSavingTold ? FailurePause : SaveInterval))) return;
            _saveTime = Time.GetTimestamp();
            _files.WriteWatch(_watch, _place);
            _saved = _place;
            if (_isSavingTold) _logger.LogInformation("What the alerts have learned can be kept again.");
            _isSavingTold = false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _saveTime = Time.GetTimestamp();
            // Once: it is tried again and again, and a disk that is full may be so for days.
            if (!_isSavingTold) _logger.LogError("What the alerts have learned cannot be kept ({Failure}): after a restart the same records are looked at again.", failure.Message);
            _isSavingTold = true;
        }
    }
}
