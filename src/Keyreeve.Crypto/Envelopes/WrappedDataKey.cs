namespace Keyreeve.Crypto;

/// <summary>A data key as it travels in an envelope: wrapped, with the name of the key that unwraps it. Not secret; immutable.</summary>
public sealed class WrappedDataKey
{
    /// <summary>The most bytes a wrapped key may have.</summary>
    public const int LargestInBytes = ushort.MaxValue;

    private readonly byte[] _wrapped;

    /// <summary>Makes a reference from a copy of <paramref name="wrapped"/>.</summary>
    /// <param name="keyId">Unique Identifier of the named key, which is that of its first version.</param>
    /// <param name="keyVersion">The version that unwraps, from 1; 0 where the key manager counts none.</param>
    /// <param name="wrapped">What the key manager gave; opaque; 1 to 65535 bytes.</param>
    /// <exception cref="ArgumentException">The wrapped key is empty or too long.</exception>
    public WrappedDataKey(Guid keyId, uint keyVersion, ReadOnlySpan<byte> wrapped)
    {
        if (wrapped.Length is < 1 or > LargestInBytes)
            throw new ArgumentException($"A wrapped key has 1 to {LargestInBytes} bytes.", nameof(wrapped));
        KeyId = keyId;
        KeyVersion = keyVersion;
        _wrapped = wrapped.ToArray();
    }

    /// <summary>Unique Identifier of the named key.</summary>
    public Guid KeyId { get; }

    /// <summary>The version of the named key that unwraps.</summary>
    public uint KeyVersion { get; }

    /// <summary>The wrapped key.</summary>
    public ReadOnlySpan<byte> Wrapped => _wrapped;
}
