using System.Diagnostics.Metrics;
using Keyreeve.Core.Audit;

namespace Keyreeve.Core.Operations;

/// <summary>
/// What is measured of an engine, as instruments that any listener of .NET's can read. Labels are words of fixed lists: no name
/// of a key, a principal or a tenant. Thread safe.
/// </summary>
public sealed class EngineMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Keyreeve";

    private static readonly string[] Operations = Enum.GetNames<OperationName>();
    private static readonly string[] Protocols = Enum.GetNames<Protocol>();
    private static readonly string[] Results = Enum.GetNames<AuditResult>();

    private readonly Histogram<double> _durations;
    private readonly Histogram<double> _store;
    private readonly Histogram<double> _token;

    /// <summary>Makes the instruments.</summary>
    public EngineMetrics()
    {
        Meter = new Meter(MeterName);
        _durations = Meter.CreateHistogram<double>(
            "keyreeve.operation.duration", "s", "From a request's arrival to the decision to answer, the wait for its audit record not counted.");
        _store = Meter.CreateHistogram<double>("keyreeve.store.duration", "s", "Calls of the store: what was not in memory, searches, and commits until they are durable.");
        _token = Meter.CreateHistogram<double>("keyreeve.hsm.duration", "s", "Calls of the hardware security module, the wait for a session counted.");
    }

    /// <summary>Counts a call of the hardware security module.</summary>
    public void TokenCalled(TimeSpan time, bool isDone) =>
        _token.Record(time.TotalSeconds, new KeyValuePair<string, object?>("result", isDone ? nameof(AuditResult.Success) : nameof(AuditResult.Failed)));

    /// <summary>Counts a call of the store.</summary>
    internal void StoreCalled(string call, TimeSpan time) => _store.Record(time.TotalSeconds, new KeyValuePair<string, object?>("call", call));

    /// <summary>The meter, for the instruments of others.</summary>
    public Meter Meter { get; }

    /// <summary>Counts an operation that ended.</summary>
    public void Ended(OperationName operation, Protocol protocol, AuditResult result, long microseconds)
    {
        if (!_durations.Enabled) return;
        _durations.Record(
            microseconds / 1e6,
            new KeyValuePair<string, object?>("operation", Operations[(int)operation]),
            new KeyValuePair<string, object?>("protocol", Protocols[(int)protocol]),
            new KeyValuePair<string, object?>("result", Results[(int)result]));
    }

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();
}
