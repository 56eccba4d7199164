using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>By what the values of a data class are protected.</summary>
public enum ProtectionLevel
{
    /// <summary>No level.</summary>
    None = 0,

    /// <summary>Each value is encrypted by itself, bound to its place.</summary>
    Field,

    /// <summary>The record or document that holds it is encrypted as a whole.</summary>
    Record,

    /// <summary>What it is stored on is encrypted; programs see it in clear.</summary>
    Volume,
}

/// <summary>How a data class is protected.</summary>
public sealed record DataClassRule
{
    /// <summary>The class, such as <c>email</c>.</summary>
    public required string Name { get; init; }

    /// <summary>By what its values are protected.</summary>
    public required ProtectionLevel Level { get; init; }

    /// <summary>Name of the key that encrypts. Default: the class's own name.</summary>
    public required string Key { get; init; }

    /// <summary>The key group that the key is made in; null takes the server's default.</summary>
    public string? KeyGroup { get; init; }

    /// <summary>After which time a new version of the key encrypts; null: rotation is left to the server.</summary>
    public TimeSpan? Cryptoperiod { get; init; }

    /// <summary>What is left of a value that is shown masked. Default: nothing.</summary>
    public MaskRule Mask { get; init; } = MaskRule.Everything;

    /// <summary>Whether a blind index may be kept, by which equality can be searched for. Default: no.</summary>
    public bool IsSearchAllowed { get; init; }
}
