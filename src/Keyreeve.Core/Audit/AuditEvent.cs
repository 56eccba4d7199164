using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Audit;

/// <summary>What a caller used to speak to the server.</summary>
public enum Protocol
{
    /// <summary>Never recorded.</summary>
    None = 0,

    /// <summary>KMIP over TLS.</summary>
    Kmip,

    /// <summary>The REST API.</summary>
    Rest,

    /// <summary>The server itself: start, stop, timers.</summary>
    Internal,

    /// <summary>The command line, on the server's own machine.</summary>
    Local,
}

/// <summary>What was decided about a request.</summary>
public enum AuditDecision
{
    /// <summary>Nothing: it was refused before there was anything to decide, or nobody had to be asked.</summary>
    None = 0,

    /// <summary>It was allowed.</summary>
    Allowed,

    /// <summary>It was refused.</summary>
    Denied,
}

/// <summary>How a request ended.</summary>
public enum AuditResult
{
    /// <summary>Never recorded.</summary>
    None = 0,

    /// <summary>Allowed and done.</summary>
    Success,

    /// <summary>Refused by policy.</summary>
    Denied,

    /// <summary>Allowed, but refused or failed for the stated reason; nothing changed.</summary>
    Failed,
}

/// <summary>
/// One thing that happened, or was refused. The fields are an allow-list: keys, nonces, tags, hashes of keys, plaintext and
/// ciphertext have no field to land in.
/// </summary>
public sealed class AuditEvent
{
    /// <summary>The record's own identity; one that is written again after a crash is recognised by it.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>When the request arrived.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The tenant in whose trail it stands.</summary>
    public required TenantId Tenant { get; set; }

    /// <summary>Who asked: the principal's name, or <c>anonymous</c>, or <c>server</c>.</summary>
    public required string Principal { get; init; }

    /// <summary>What was asked.</summary>
    public required string Operation { get; init; }

    /// <summary>How the caller spoke.</summary>
    public required Protocol Protocol { get; init; }

    /// <summary>Which server this happened at; null: the trail's own.</summary>
    public AuditOrigin? Origin { get; set; }

    /// <summary>Joins the records and log lines of one request.</summary>
    public required string CorrelationId { get; init; }

    /// <summary>The caller's own name for the request, if it stated one. Not to be relied on: it says what it likes.</summary>
    public string? RequestId { get; init; }

    /// <summary>The fingerprint of the credential that was used (SHA-256 of the public key, hexadecimal), if any.</summary>
    public string? Credential { get; init; }

    /// <summary>The caller's address, if any.</summary>
    public string? SourceAddress { get; init; }

    /// <summary>The caller's port, or 0.</summary>
    public int SourcePort { get; init; }

    /// <summary>The object concerned, if there is one.</summary>
    public UniqueIdentifier? ObjectId { get; set; }

    /// <summary>The key's name, if it has one.</summary>
    public string? KeyName { get; set; }

    /// <summary>The key's version, or 0.</summary>
    public int KeyVersion { get; set; }

    /// <summary>The key group.</summary>
    public string? Group { get; set; }

    /// <summary>The algorithm, in the standard's word.</summary>
    public string? Algorithm { get; set; }

    /// <summary>The purpose code that the caller stated.</summary>
    public string? Purpose { get; init; }

    /// <summary>The names of the context's pairs.</summary>
    public IReadOnlyList<string> ContextNames { get; set; } = [];

    /// <summary>Pairs of the context, <c>name=value</c>: those alone that the configuration names for the key group.</summary>
    public IReadOnlyList<string> ContextValues { get; set; } = [];

    /// <summary>What was decided.</summary>
    public AuditDecision Decision { get; set; }

    /// <summary>The rule that decided.</summary>
    public string? DecidingRule { get; set; }

    /// <summary>How it ended.</summary>
    public AuditResult Result { get; set; }

    /// <summary>Why it did not succeed.</summary>
    public KeyreeveError Reason { get; set; }

    /// <summary>From arrival to the decision to answer, in microseconds.</summary>
    public long LatencyInMicroseconds { get; set; }

    /// <summary>How many bytes of data were processed.</summary>
    public long Bytes { get; set; }

    /// <summary>How many objects a listing named, or a change touched beyond the one named.</summary>
    public int Count { get; set; }

    /// <summary>More about what happened, in plain words for people: for the server's own events and for changes of principals.</summary>
    public string? Detail { get; set; }
}
