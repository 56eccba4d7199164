using System.Collections.Immutable;
using System.ComponentModel;

namespace Keyreeve.Server.Rest.Messages;

[Description("How those who follow the audit trail stand.")]
internal sealed record ServerStatusMessage
{
    [Description("Whether records can be written; if not, nothing is released or changed.")]
    public required bool IsAuditAvailable { get; init; }

    [Description("Records in the trail.")]
    public required long AuditRecords { get; init; }

    [Description("Records that cannot be searched for yet.")]
    public required long IndexLag { get; init; }

    [Description("Records that the alerts have yet to look at; absent if nothing is watched.")]
    public long? AlertLag { get; init; }

    [Description("The sinks, by name.")]
    public required ImmutableArray<SinkStatusMessage> Sinks { get; init; }

    [Description("Files of trust that changed and cannot be used, one sentence each; what was read before stays in force.")]
    public required ImmutableArray<string> FileFaults { get; init; }
}

[Description("How a sink stands.")]
internal sealed record SinkStatusMessage
{
    [Description("Its name in the configuration.")]
    public required string Name { get; init; }

    [Description("Where it is.")]
    public required string Target { get; init; }

    [Description("The serial number of the last record that was passed on.")]
    public required long Passed { get; init; }

    [Description("Records that wait for it.")]
    public required long Lag { get; init; }

    [Description("Since when it takes none; absent if it does.")]
    public DateTimeOffset? FailingSince { get; init; }

    [Description("Why.")]
    public string? Failure { get; init; }
}
