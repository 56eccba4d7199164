using System.Collections.Immutable;

namespace Keyreeve.Client;

/// <summary>Which audit records are wanted; what is null is not asked.</summary>
public sealed record AuditQuery
{
    /// <summary>From this time on.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Who asked.</summary>
    public string? Principal { get; init; }

    /// <summary>About the key of that name.</summary>
    public string? Key { get; init; }

    /// <summary>About the object with that Unique Identifier.</summary>
    public string? ObjectId { get; init; }

    /// <summary>What was asked, such as <c>Decrypt</c>.</summary>
    public string? Operation { get; init; }

    /// <summary><c>Success</c>, <c>Denied</c> or <c>Failed</c>.</summary>
    public string? Result { get; init; }

    /// <summary>With that purpose code.</summary>
    public string? Purpose { get; init; }

    /// <summary>With that text in one of its names, or as its object or correlation id.</summary>
    public string? Text { get; init; }

    /// <summary>How many at most, 1 to 1000.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Only records with a smaller serial number; null for the newest.</summary>
    public long? Before { get; init; }
}

/// <summary>How audit records are written for use elsewhere.</summary>
public enum AuditExportFormat
{
    /// <summary>None chosen.</summary>
    None = 0,

    /// <summary>A table that spreadsheets open.</summary>
    Csv,

    /// <summary>A JSON object a line, with the trail's own line in it, byte for byte: what a proof of the server's operator is about.</summary>
    Json,
}

/// <summary>A record of the audit trail; what does not apply is null.</summary>
public sealed record ClientAuditRecord
{
    /// <summary>Its number in the trail: 1, 2, 3 … without gaps.</summary>
    public required long Serial { get; init; }

    /// <summary>SHA-256 of its line in the trail, hexadecimal.</summary>
    public required string Hash { get; init; }

    /// <summary>When the request arrived.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Who asked.</summary>
    public required string Principal { get; init; }

    /// <summary>What was asked.</summary>
    public required string Operation { get; init; }

    /// <summary><c>Success</c>, <c>Denied</c> or <c>Failed</c>.</summary>
    public required string Result { get; init; }

    /// <summary>Why it did not succeed.</summary>
    public string? Reason { get; init; }

    /// <summary>The rule that decided.</summary>
    public string? Rule { get; init; }

    /// <summary>The key's name.</summary>
    public string? KeyName { get; init; }

    /// <summary>The key's version.</summary>
    public string? KeyVersion { get; init; }

    /// <summary>The key group.</summary>
    public string? Group { get; init; }

    /// <summary>The object's Unique Identifier.</summary>
    public string? ObjectId { get; init; }

    /// <summary>The purpose code that the caller stated.</summary>
    public string? Purpose { get; init; }

    /// <summary>How the caller spoke.</summary>
    public string? Protocol { get; init; }

    /// <summary>From which address.</summary>
    public string? SourceAddress { get; init; }

    /// <summary>Joins the records and log lines of one request.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>More, in words.</summary>
    public string? Detail { get; init; }
}

/// <summary>A page of audit records, the newest first.</summary>
public sealed record ClientAuditPage
{
    /// <summary>The records.</summary>
    public required ImmutableArray<ClientAuditRecord> Records { get; init; }

    /// <summary>What to give as <see cref="AuditQuery.Before"/> for the next page; null on the last.</summary>
    public long? Next { get; init; }
}

/// <summary>What left the trail.</summary>
public sealed record ClientPrunedAudit
{
    /// <summary>How many of the first records are not in the trail any more.</summary>
    public required long Records { get; init; }

    /// <summary>Where they ended; what stays is verified from here.</summary>
    public required string Position { get; init; }
}
