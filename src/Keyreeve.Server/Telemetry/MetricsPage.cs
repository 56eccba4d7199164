using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Keyreeve.Server.Telemetry;

/// <summary>
/// Listens to the server's instruments, to .NET's own and to the web server's, and shows them as a page in Prometheus' text
/// format. Thread safe.
/// </summary>
internal sealed class MetricsPage : IDisposable
{
    // Of .NET's meters, those that an operator looks at.
    private static readonly HashSet<string> RuntimeMeters =
        new(["System.Runtime", "Microsoft.AspNetCore.Server.Kestrel"], StringComparer.Ordinal);

    private readonly ConcurrentDictionary<(Instrument Instrument, MetricLabels Labels), MetricSeries> _series = new();
    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();

    /// <param name="own">The server's meter. Another server in the same process has its own.</param>
    public MetricsPage(Meter own)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, own) || RuntimeMeters.Contains(instrument.Meter.Name)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.SetMeasurementEventCallback<float>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.SetMeasurementEventCallback<int>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.Start();
    }

    /// <summary>The page as it is now.</summary>
    public string Write()
    {
        // Two at once would observe the observable instruments twice.
        lock (_gate)
        {
            foreach (var series in _series) series.Value.BeginObservation(series.Key.Instrument);
            _listener.RecordObservableInstruments();
            return PrometheusText.Write(_series);
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var key = (instrument, MetricLabels.Of(labels));
        if (!_series.TryGetValue(key, out var series)) series = _series.GetOrAdd(key, static k => MetricSeries.For(k.Instrument));
        series.Take(value);
    }
}
