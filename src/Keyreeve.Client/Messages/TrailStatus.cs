using System.Collections.Immutable;

namespace Keyreeve.Client;

/// <summary>How those who follow the audit trail stand.</summary>
public sealed record ClientTrailStatus
{
    /// <summary>Whether records can be written; if not, nothing is released or changed.</summary>
    public required bool IsAuditAvailable { get; init; }

    /// <summary>Records in the trail.</summary>
    public required long AuditRecords { get; init; }

    /// <summary>Records that cannot be searched for yet.</summary>
    public required long IndexLag { get; init; }

    /// <summary>Records that the alerts have yet to look at; null if nothing is watched.</summary>
    public long? AlertLag { get; init; }

    /// <summary>The sinks, by name.</summary>
    public required ImmutableArray<ClientSinkStatus> Sinks { get; init; }

    /// <summary>Files of trust, such as revocation lists, that changed and cannot be used; what was read before stays in force.</summary>
    public ImmutableArray<string> FileFaults { get; init; } = [];
}

/// <summary>How a sink stands.</summary>
public sealed record ClientSinkStatus
{
    /// <summary>Its name in the configuration.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is.</summary>
    public required string Target { get; init; }

    /// <summary>The serial number of the last record that was passed on.</summary>
    public required long Passed { get; init; }

    /// <summary>Records that wait for it.</summary>
    public required long Lag { get; init; }

    /// <summary>Since when it takes none; null if it does.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Why.</summary>
    public string? Failure { get; init; }
}
