using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Storage;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Telemetry;

/// <summary>Counts the objects in the store by state, by age and by when they end, every five minutes: it is no question for every look.</summary>
internal sealed class KeyCensus : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    private static readonly (string Label, TimeSpan Time)[] Ages = [("30d", TimeSpan.FromDays(30)), ("90d", TimeSpan.FromDays(90)), ("365d", TimeSpan.FromDays(365))];
    private static readonly (string Label, TimeSpan Time)[] Ends = [("1d", TimeSpan.FromDays(1)), ("7d", TimeSpan.FromDays(7)), ("30d", TimeSpan.FromDays(30)), ("90d", TimeSpan.FromDays(90))];

    private readonly Engine _engine;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _counting;
    private ImmutableArray<Measurement<long>> _states = [];
    private ImmutableArray<Measurement<long>> _ages = [];
    private ImmutableArray<Measurement<long>> _ends = [];

    public KeyCensus(Engine engine, ILogger logger)
    {
        _engine = engine;
        _logger = logger;
        var meter = engine.Metrics.Meter;
        meter.CreateObservableGauge("keyreeve.objects", () => _states.AsEnumerable(), null, "Managed objects by state; counted every five minutes.");
        meter.CreateObservableGauge("keyreeve.keys.older", () => _ages.AsEnumerable(), null, "Active objects that were made longer ago than that.");
        meter.CreateObservableGauge("keyreeve.keys.expiring", () => _ends.AsEnumerable(), null, "Active objects whose Deactivation Date comes within that time.");
        _counting = Task.Run(() => CountAsync(_stop.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _counting;
        _stop.Dispose();
    }

    private async Task CountAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, _engine.Time);
        try
        {
            do
            {
                await TryCountAsync(stop);
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task TryCountAsync(CancellationToken stop)
    {
        try
        {
            var now = _engine.Time.GetUtcNow();
            var states = new List<Measurement<long>>();
            foreach (var state in Enum.GetValues<State>().Where(static s => s != State.NotSet))
                states.Add(Of(await CountAsync([IsIn(state)], stop), "state", state.ToString()));
            var ages = new List<Measurement<long>>();
            foreach (var (label, age) in Ages)
                ages.Add(Of(await CountAsync([IsIn(State.Active), Between(AttributeName.InitialDate, DateTimeOffset.UnixEpoch, now - age)], stop), "than", label));
            var ends = new List<Measurement<long>>();
            foreach (var (label, time) in Ends)
                ends.Add(Of(await CountAsync([IsIn(State.Active), Between(AttributeName.DeactivationDate, now, now + time)], stop), "within", label));
            (_states, _ages, _ends) = ([.. states], [.. ages], [.. ends]);
        }
        catch (KeyreeveException failure)
        {
            _logger.LogWarning("The keys could not be counted for the metrics: {Reason}", failure.Message);
        }
    }

    private async Task<long> CountAsync(IReadOnlyList<IndexCondition> conditions, CancellationToken stop)
    {
        var count = 0L;
        foreach (var tenant in _engine.Hierarchy.Tenants)
            count += (await _engine.Objects.LocateAsync(new ObjectQuery { Tenant = tenant, Conditions = conditions, Limit = 1, CountAll = true }, stop)).Total ?? 0;
        return count;
    }

    private static IndexCondition IsIn(State state) => IndexTerms.OneOf(AttributeName.State, [AttributeValue.Of(state)]);

    private static IndexCondition Between(AttributeName name, DateTimeOffset from, DateTimeOffset until) => IndexTerms.Range(name, AttributeValue.Of(from), AttributeValue.Of(until));

    private static Measurement<long> Of(long count, string label, string value) => new(count, new KeyValuePair<string, object?>(label, value));
}
