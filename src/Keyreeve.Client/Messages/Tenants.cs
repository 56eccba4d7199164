using System.Collections.Immutable;

namespace Keyreeve.Client;

/// <summary>A tenant: an isolated owner with a key-encryption key, principals, policy and audit view of its own.</summary>
public sealed record ClientTenant
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its number, by which the audit trail names it.</summary>
    public required int Number { get; init; }

    /// <summary><c>Active</c>, <c>Frozen</c> or <c>Deleted</c>.</summary>
    public required string State { get; init; }

    /// <summary>When it was made; null of the first.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Who made it.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>When it came to its State; null if it has had no other.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>Who brought it there.</summary>
    public string? ChangedBy { get; init; }

    /// <summary>Why, if that was said.</summary>
    public string? Reason { get; init; }

    /// <summary>The authorities and issuers of tokens that vouch for its principals and nobody else's.</summary>
    public ImmutableArray<string> Issuers { get; init; } = [];

    /// <summary>How many enabled principals it has; null in lists.</summary>
    public int? Principals { get; init; }

    /// <summary>How many managed objects it has; null in lists.</summary>
    public long? Objects { get; init; }

    /// <summary>The versions of its key-encryption key that there are; null in lists.</summary>
    public ImmutableArray<int>? KeyVersions { get; init; }
}

/// <summary>A tenant to be made.</summary>
public sealed record NewTenant
{
    /// <summary>Its name: letters, digits, '.', '_' and '-'.</summary>
    public required string Name { get; init; }

    /// <summary>The name of its first administrator.</summary>
    public required string Administrator { get; init; }

    /// <summary>How long the administrator's code can be used; null takes the server's default, one hour.</summary>
    public TimeSpan? ValidFor { get; init; }

    /// <summary>The authorities (SHA-256 of the public key, hexadecimal) and issuers of tokens that vouch for its principals and nobody else's.</summary>
    public ImmutableArray<string> Issuers { get; init; } = [];
}

/// <summary>A tenant that was made.</summary>
public sealed record CreatedTenant
{
    /// <summary>The tenant.</summary>
    public required ClientTenant Tenant { get; init; }

    /// <summary>The code with which its first administrator enrols; hand it over on a safe way.</summary>
    public required EnrolmentCode Code { get; init; }
}
