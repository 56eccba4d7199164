using System.Collections.Immutable;

namespace Keyreeve.Client;

/// <summary>A token to be made.</summary>
public sealed record NewToken
{
    /// <summary>Whose it is to be; null: the caller's own.</summary>
    public string? Principal { get; init; }

    /// <summary>What it is for.</summary>
    public required string Label { get; init; }

    /// <summary>The rights, as for an enrolment code. What its principal may not, it may not either.</summary>
    public required ImmutableArray<string> Allow { get; init; }

    /// <summary>The key groups it is for; with neither groups nor keys, wherever its principal has rights. An empty list is refused.</summary>
    public ImmutableArray<string>? Groups { get; init; }

    /// <summary>The keys it is for, by identifier; null does not narrow it. An empty list is refused.</summary>
    public ImmutableArray<string>? Keys { get; init; }

    /// <summary>The networks it may be used from; null: from everywhere. An empty list is refused.</summary>
    public ImmutableArray<string>? Networks { get; init; }

    /// <summary>How long it holds; null takes the server's default, one day. At most 90 days.</summary>
    public TimeSpan? ValidFor { get; init; }
}

/// <summary>What a server keeps of a token; the token itself it does not.</summary>
public sealed record ClientToken
{
    /// <summary>By which it can be revoked; the audit trail names it as the credential.</summary>
    public required string Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required string Principal { get; init; }

    /// <summary>What it is for.</summary>
    public required string Label { get; init; }

    /// <summary>The roles that it has of its principal's.</summary>
    public required ImmutableArray<string> Roles { get; init; }

    /// <summary>The key groups it is for.</summary>
    public required ImmutableArray<string> Groups { get; init; }

    /// <summary>The keys it is for.</summary>
    public required ImmutableArray<string> Keys { get; init; }

    /// <summary>The networks it may be used from.</summary>
    public required ImmutableArray<string> Networks { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>From when on it does not hold.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it was used last; null if it never was.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>A new token. The server shows it this once.</summary>
// A class: a record's generated ToString would print the token.
public sealed class IssuedToken
{
    /// <summary>The token.</summary>
    public required string Token { get; init; }

    /// <summary>What the server keeps of it.</summary>
    public required ClientToken Terms { get; init; }
}
