using System.Collections.Immutable;
using System.ComponentModel;

namespace Keyreeve.Server.Rest.Messages;

[Description("A record of the audit trail; what does not apply is absent.")]
internal sealed record AuditRecordMessage
{
    [Description("Its number in the trail: 1, 2, 3 … without gaps.")]
    public required long Serial { get; init; }

    [Description("SHA-256 of its line in the trail, hexadecimal.")]
    public required string Hash { get; init; }

    [Description("When the request arrived.")]
    public required DateTimeOffset Time { get; init; }

    [Description("Who asked.")]
    public required string Principal { get; init; }

    [Description("What was asked.")]
    public required string Operation { get; init; }

    [Description("Success, Denied or Failed.")]
    public required string Result { get; init; }

    [Description("Why it did not succeed.")]
    public string? Reason { get; init; }

    [Description("The rule that decided.")]
    public string? Rule { get; init; }

    [Description("The key's name.")]
    public string? KeyName { get; init; }

    [Description("The key's version.")]
    public string? KeyVersion { get; init; }

    [Description("The key group.")]
    public string? Group { get; init; }

    [Description("The object's Unique Identifier.")]
    public string? ObjectId { get; init; }

    [Description("The algorithm.")]
    public string? Algorithm { get; init; }

    [Description("The purpose code that the caller stated.")]
    public string? Purpose { get; init; }

    [Description("The names of the context's pairs, separated by commas.")]
    public string? ContextNames { get; init; }

    [Description("Pairs of the context, name=value, that the configuration has recorded, separated by commas.")]
    public string? ContextValues { get; init; }

    [Description("Allowed or Denied.")]
    public string? Decision { get; init; }

    [Description("How the caller spoke.")]
    public string? Protocol { get; init; }

    [Description("From which address.")]
    public string? SourceAddress { get; init; }

    [Description("From which port.")]
    public string? SourcePort { get; init; }

    [Description("SHA-256 of the caller's public key.")]
    public string? Credential { get; init; }

    [Description("Joins the records and log lines of one request.")]
    public string? CorrelationId { get; init; }

    [Description("The caller's own name for the request.")]
    public string? RequestId { get; init; }

    [Description("The node that served it.")]
    public string? Node { get; init; }

    [Description("The key server's name.")]
    public string? Server { get; init; }

    [Description("The key server's address.")]
    public string? ServerAddress { get; init; }

    [Description("From arrival to the decision to answer, in microseconds.")]
    public string? LatencyMicros { get; init; }

    [Description("Bytes of data processed.")]
    public string? Bytes { get; init; }

    [Description("Objects named or changed beyond the one.")]
    public string? Count { get; init; }

    [Description("More, in words.")]
    public string? Detail { get; init; }
}

[Description("Which records are to leave the trail: the oldest whole segments that are archived, older than that, and passed on to every sink.")]
internal sealed record PruneAuditBody
{
    [Description("Where the verification of the archive ended: the position that 'keyreeve audit verify' prints.")]
    public required string Archived { get; init; }

    [Description("Only records older than this.")]
    public required DateTimeOffset Before { get; init; }
}

[Description("What left the trail.")]
internal sealed record PrunedAuditMessage
{
    [Description("How many of the first records are not in the trail any more.")]
    public required long Records { get; init; }

    [Description("Where they ended; what stays is verified from here.")]
    public required string Position { get; init; }
}

[Description("A page of records, the newest first.")]
internal sealed record AuditPageMessage
{
    [Description("The records.")]
    public required ImmutableArray<AuditRecordMessage> Records { get; init; }

    [Description("What to give as 'before' for the next page; absent on the last.")]
    public long? Next { get; init; }
}
