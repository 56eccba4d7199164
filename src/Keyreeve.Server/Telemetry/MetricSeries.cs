using System.Diagnostics.Metrics;

namespace Keyreeve.Server.Telemetry;

/// <summary>What has been measured with one instrument under one set of labels. Thread safe.</summary>
internal sealed class MetricSeries
{
    // From 50 µs to 10 s.
    private static readonly double[] Bounds =
        [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly bool _isSum;
    private readonly long[]? _buckets;
    private double _value;
    private long _count;

    private MetricSeries(bool isSum, bool isHistogram)
    {
        _isSum = isSum;
        _buckets = isHistogram ? new long[Bounds.Length + 1] : null;
    }

    /// <summary>Upper bounds of the buckets, in seconds; one more is without a bound.</summary>
    public static ReadOnlySpan<double> BucketBounds => Bounds;

    /// <summary>Measurements, each in its bucket; null if it is no histogram.</summary>
    public IReadOnlyList<long>? Buckets => _buckets;

    /// <summary>The sum of what was measured, or the last value.</summary>
    public double Value => Volatile.Read(ref _value);

    /// <summary>How often was measured.</summary>
    public long Count => Volatile.Read(ref _count);

    public static MetricSeries For(Instrument instrument) => new(IsCounted(instrument), IsHistogram(instrument));

    /// <summary>Whether its value only ever grows.</summary>
    public static bool IsCounter(Instrument instrument) => NameOf(instrument) is "Counter`1" or "ObservableCounter`1";

    public static bool IsHistogram(Instrument instrument) => NameOf(instrument) is "Histogram`1";

    /// <summary>Before observable instruments are asked: what nobody reports any more is not shown.</summary>
    public void BeginObservation(Instrument instrument)
    {
        if (instrument.IsObservable) Volatile.Write(ref _count, 0);
    }

    public void Take(double value)
    {
        if (_isSum || _buckets is not null) Add(value);
        else Volatile.Write(ref _value, value);
        Interlocked.Increment(ref _count);
        if (_buckets is null) return;
        var bucket = Array.BinarySearch(Bounds, value);
        Interlocked.Increment(ref _buckets[bucket < 0 ? ~bucket : bucket]);
    }

    // Counters report what is added; observable ones and gauges the whole.
    private static bool IsCounted(Instrument instrument) => NameOf(instrument) is "Counter`1" or "UpDownCounter`1";

    private static string NameOf(Instrument instrument) => instrument.GetType().Name;

    private void Add(double value)
    {
        for (var seen = Volatile.Read(ref _value); ;)
        {
            var before = Interlocked.CompareExchange(ref _value, seen + value, seen);
            if (before.Equals(seen)) return;
            seen = before;
        }
    }
}
