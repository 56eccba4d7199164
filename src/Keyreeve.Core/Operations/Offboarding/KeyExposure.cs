using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Offboarding;

/// <summary>What somebody may still have of a key who is shut out; the higher value is the worse.</summary>
public enum ExposureKind
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Signatures and authentication codes that he had made: they stay valid.</summary>
    Signatures,

    /// <summary>What he had decrypted, and data keys that he fetched: the ciphertexts under them.</summary>
    Plaintexts,

    /// <summary>The key itself: every ciphertext under these versions, whenever it was made.</summary>
    Material,
}

/// <summary>What the trail tells of a key and those who are shut out.</summary>
public sealed record KeyExposure
{
    /// <summary>The object, or the current version of the key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The key's name; null if it has none, or is another tenant's.</summary>
    public required string? Name { get; init; }

    /// <summary>Its group.</summary>
    public required string? Group { get; init; }

    /// <summary>The worst that happened.</summary>
    public required ExposureKind Kind { get; init; }

    /// <summary>When it happened first.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When it happened last.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>The versions concerned.</summary>
    public required ImmutableArray<int> Versions { get; init; }

    /// <summary>Who it was.</summary>
    public required ImmutableArray<string> Principals { get; init; }

    /// <summary>How often which operation.</summary>
    public required ImmutableSortedDictionary<string, long> Operations { get; init; }
}
