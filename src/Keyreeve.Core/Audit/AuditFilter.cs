namespace Keyreeve.Core.Audit;

/// <summary>Which records are wanted; what is null is not asked. Names are compared character by character.</summary>
public sealed record AuditFilter
{
    /// <summary>From this time on.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The tenant's number.</summary>
    public string? Tenant { get; init; }

    /// <summary>The principal's name.</summary>
    public string? Principal { get; init; }

    /// <summary>The key's name.</summary>
    public string? Key { get; init; }

    /// <summary>The object's Unique Identifier.</summary>
    public string? ObjectId { get; init; }

    /// <summary>The operation.</summary>
    public string? Operation { get; init; }

    /// <summary>How it ended: <c>Success</c>, <c>Denied</c>, <c>Failed</c>.</summary>
    public string? Result { get; init; }

    /// <summary>The purpose code.</summary>
    public string? Purpose { get; init; }

    /// <summary>A text that stands somewhere in a field, in any case.</summary>
    public string? Text { get; init; }

    /// <summary>Whether a record is wanted.</summary>
    public bool Matches(AuditRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.Time < From || record.Time >= Until) return false;
        return Is(Tenant, record["tenant"]) && Is(Principal, record["principal"]) && Is(Key, record["keyName"]) && Is(ObjectId, record["objectId"])
            && Is(Operation, record["operation"]) && Is(Result, record["result"]) && Is(Purpose, record["purpose"])
            && (Text is not { } text || record.Fields.Any(f => f.Value.Contains(text, StringComparison.OrdinalIgnoreCase)));
    }

    private static bool Is(string? wanted, string? found) => wanted is null || string.Equals(wanted, found, StringComparison.Ordinal);
}
