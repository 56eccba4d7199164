using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Keyreeve.Client;

/// <summary>What a pair of the context has to be like; one of the two is stated.</summary>
public sealed record GrantContextTerm
{
    /// <summary>The pair's name.</summary>
    public required string Name { get; init; }

    /// <summary>The value that it has.</summary>
    [JsonPropertyName("equals")]
    public string? Exactly { get; init; }

    /// <summary>A text that its value contains.</summary>
    public string? Contains { get; init; }
}

/// <summary>A part of one's own rights on a key, for somebody else.</summary>
public sealed record NewGrant
{
    /// <summary>The key, by name or identifier.</summary>
    public required string Key { get; init; }

    /// <summary>The principal who is to have it.</summary>
    public required string To { get; init; }

    /// <summary>The rights, as for an enrolment code; the caller has to have them on this key itself.</summary>
    public required ImmutableArray<string> Allow { get; init; }

    /// <summary>With a context that has all of these.</summary>
    public ImmutableArray<GrantContextTerm> Context { get; init; } = [];

    /// <summary>Whether who has it may hand it on.</summary>
    public bool MayBeHandedOn { get; init; }

    /// <summary>How long it holds; null takes the server's default, seven days. At most 366 days.</summary>
    public TimeSpan? ValidFor { get; init; }
}

/// <summary>A part of a principal's rights on a key in the hands of another. It is worth what the one who gave it has itself.</summary>
public sealed record ClientKeyGrant
{
    /// <summary>By which it can be revoked; the audit trail names it as the rule, <c>grant:ID</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Who gave it.</summary>
    public required string From { get; init; }

    /// <summary>Who has it.</summary>
    public required string To { get; init; }

    /// <summary>The identifier of the key.</summary>
    public required string Key { get; init; }

    /// <summary>The roles that it gives.</summary>
    public required ImmutableArray<string> Roles { get; init; }

    /// <summary>With a context that has all of these; null if with any.</summary>
    public ImmutableArray<GrantContextTerm>? Context { get; init; }

    /// <summary>Whether who has it may hand it on.</summary>
    public required bool MayBeHandedOn { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when on it does not hold.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}
