namespace Keyreeve.Server.Configuration;

/// <summary>Where metrics and traces are sent.</summary>
public sealed record TelemetryOptions
{
    /// <summary>The collector's address, to which <c>/v1/metrics</c> and <c>/v1/traces</c> are added; null: nothing is sent.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>A file with a bearer token; null: none is sent.</summary>
    public string? TokenFile { get; init; }

    /// <summary>A file with the authorities by which the collector is recognised; null: the system's.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>How often metrics are sent.</summary>
    public TimeSpan MetricsInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Of so many requests one is traced.</summary>
    public int TraceOneIn { get; init; } = 100;
}
