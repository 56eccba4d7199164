using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Keyreeve.Client;

/// <summary>A key: a named series of versions. The current version encrypts, older ones only decrypt.</summary>
public sealed record NamedKey
{
    /// <summary>The key's identifier, a UUID; stays the same through rotations.</summary>
    public required string Id { get; init; }

    /// <summary>The key's name; null once it is destroyed.</summary>
    public required string? Name { get; init; }

    /// <summary>The key group that rights and policies attach to.</summary>
    public required string Group { get; init; }

    /// <summary>The algorithm, such as <c>AES</c>.</summary>
    public required string Algorithm { get; init; }

    /// <summary>Length of the key in bits.</summary>
    public required int LengthInBits { get; init; }

    /// <summary>The State in the standard's words: <c>PreActive</c>, <c>Active</c>, <c>Deactivated</c>, <c>Compromised</c>, <c>Destroyed</c> …</summary>
    public required string State { get; init; }

    /// <summary>Whether the key may be used at all.</summary>
    public required bool Enabled { get; init; }

    /// <summary>Number of the version that encrypts, from 1.</summary>
    public required int CurrentVersion { get; init; }

    /// <summary>When the first version was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the key's material will be gone for good; null when nothing is scheduled.</summary>
    public DateTimeOffset? DestructionDate { get; init; }

    /// <summary>What the key may be used for, such as <c>Encrypt</c> and <c>Decrypt</c>.</summary>
    public required ImmutableArray<string> Usage { get; init; }

    /// <summary>Where the current version is: <c>software</c>, or <c>hsm</c>: in a token, which it never leaves. Null from a server that does not say.</summary>
    public string? Protection { get; init; }
}

/// <summary>One version of a key.</summary>
public sealed record NamedKeyVersion
{
    /// <summary>The number, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>The Unique Identifier of the managed object that is this version.</summary>
    public required string Id { get; init; }

    /// <summary>The State in the standard's words.</summary>
    public required string State { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it became usable; null when it never was.</summary>
    public DateTimeOffset? ActivatedAt { get; init; }

    /// <summary>Whether this version encrypts.</summary>
    public required bool IsCurrent { get; init; }
}

/// <summary>One page of keys.</summary>
public sealed record NamedKeyPage
{
    /// <summary>The keys, in the server's order.</summary>
    public required ImmutableArray<NamedKey> Keys { get; init; }

    /// <summary>Asks for the next page; null on the last.</summary>
    public string? Next { get; init; }
}

/// <summary>A key to be made.</summary>
public sealed record NewKey
{
    /// <summary>1 to 128 characters of A–Z, a–z, 0–9, '.', '_' and '-', beginning with a letter or digit.</summary>
    public required string Name { get; init; }

    /// <summary>The key group; null takes the server's default.</summary>
    public string? Group { get; init; }

    /// <summary>The algorithm; null takes the server's default, AES.</summary>
    public string? Algorithm { get; init; }

    /// <summary>Length of the key in bits; null takes the server's default, 256.</summary>
    public int? LengthInBits { get; init; }

    /// <summary>What the key may be used for; null takes the server's default, Encrypt and Decrypt.</summary>
    public ImmutableArray<string>? Usage { get; init; }

    /// <summary><c>software</c>, or <c>hsm</c> for a key that is made in the server's token and never leaves it; null: as its group says.</summary>
    public string? Protection { get; init; }

    /// <summary>
    /// Under this the server makes the key at most once, within a day: for callers that try again after a restart of their own.
    /// Null: the client makes one up for each call. 1 to 128 visible ASCII characters.
    /// </summary>
    [JsonIgnore]
    public string? IdempotencyKey { get; init; }
}

/// <summary>Which keys to list.</summary>
public sealed record KeyFilter
{
    /// <summary>Only keys of this group.</summary>
    public string? Group { get; init; }

    /// <summary>Only keys whose name begins so.</summary>
    public string? Prefix { get; init; }

    /// <summary>Only keys in this State.</summary>
    public string? State { get; init; }
}
