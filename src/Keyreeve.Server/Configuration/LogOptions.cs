using System.Collections.Immutable;
using Keyreeve.Server.Forwarding.Formats;

namespace Keyreeve.Server.Configuration;

/// <summary>How much the server says of what it does.</summary>
public enum LogDetail
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>What an operator has to know.</summary>
    Basic,

    /// <summary>What happens on the way as well.</summary>
    Verbose,

    /// <summary>Everything; never a secret.</summary>
    Debug,
}

/// <summary>The system log: what the server says of itself. It is not the audit trail.</summary>
public sealed record LogOptions
{
    /// <summary>How much is said.</summary>
    public LogDetail Detail { get; init; } = LogDetail.Basic;

    /// <summary>Components that say more or less than that, by name.</summary>
    public ImmutableSortedDictionary<string, LogDetail> Components { get; init; } = ImmutableSortedDictionary<string, LogDetail>.Empty;

    /// <summary>A file with numbered and hashed messages; null: standard error alone.</summary>
    public string? File { get; init; }

    internal RecordFormatName Format { get; init; } = RecordFormatName.KeyValue;
}
