using System.Diagnostics;

namespace Keyreeve.Core.Operations;

/// <summary>
/// Where spans come from: requests, operations, the store, the audit trail, the token. They say what was done, how long it took and how
/// it ended, with words of fixed lists and the correlation id: no name of a key, a principal or a tenant, and nothing of what is in a request.
/// Without a listener a span costs nothing.
/// </summary>
public static class Tracing
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "Keyreeve";

    /// <summary>The source.</summary>
    public static ActivitySource Source { get; } = new(SourceName);

    /// <summary>Begins a span of a request, which is nobody's child.</summary>
    public static Activity? BeginRequest(string name, string? correlationId)
    {
        if (!Source.HasListeners()) return null;
        Activity.Current = null;
        var span = Source.StartActivity(name, ActivityKind.Server);
        span?.SetTag("keyreeve.correlation_id", correlationId);
        return span;
    }
}
