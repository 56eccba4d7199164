using System.Diagnostics;

namespace Keyreeve.Core.Operations;

/// <summary>One call of the store, measured from its making to its disposal.</summary>
internal readonly struct StoreCall : IDisposable
{
    private readonly EngineMetrics? _metrics;
    private readonly string _name;
    private readonly long _started;
    private readonly Activity? _span;

    public StoreCall(EngineMetrics? metrics, string name)
    {
        _metrics = metrics;
        _name = name;
        _started = Stopwatch.GetTimestamp();
        _span = Tracing.Source.StartActivity(name, ActivityKind.Internal);
    }

    public void Dispose()
    {
        _metrics?.StoreCalled(_name, Stopwatch.GetElapsedTime(_started));
        _span?.Dispose();
    }
}
