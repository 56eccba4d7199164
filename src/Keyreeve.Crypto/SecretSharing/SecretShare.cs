namespace Keyreeve.Crypto;

/// <summary>One part of a split secret: what its holder keeps. Thread safe; owns its bytes.</summary>
/// <param name="identifier">Which part it is, from 1 to the number of parts; not secret.</param>
/// <param name="value">The part's bytes, which this object disposes.</param>
public sealed class SecretShare(int identifier, SecretBytes value) : IDisposable
{
    /// <summary>Which part it is, from 1 to the number of parts. KMIP calls it Key Part Identifier. Not secret.</summary>
    public int Identifier { get; } = identifier > 0
        ? identifier
        : throw new ArgumentOutOfRangeException(nameof(identifier), "Parts are counted from 1.");

    /// <summary>The part's bytes. As secret as what was split once as many as the threshold come together.</summary>
    public SecretBytes Value { get; } = value ?? throw new ArgumentNullException(nameof(value));

    /// <summary>Says which part it is, never its bytes.</summary>
    public override string ToString() => $"SecretShare({Identifier})";

    /// <summary>Wipes the part.</summary>
    public void Dispose() => Value.Dispose();
}
