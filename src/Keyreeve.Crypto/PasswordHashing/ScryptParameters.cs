namespace Keyreeve.Crypto;

/// <summary>How much work scrypt makes (RFC 7914 §2). Memory: 128 · N · r bytes.</summary>
/// <param name="Cost">N: a power of two, from 2.</param>
/// <param name="BlockSize">r: usually 8.</param>
/// <param name="Parallelization">p: usually 1.</param>
public readonly record struct ScryptParameters(int Cost, int BlockSize, int Parallelization)
{
    /// <summary>What a passphrase for a root key should cost at least: 128 MiB and about half a second.</summary>
    public static ScryptParameters Default { get; } = new(1 << 17, 8, 1);

    /// <summary>Memory that one derivation takes, in bytes; at most what a long holds.</summary>
    public long MemorySizeInBytes => (long)Int128.Min(long.MaxValue, (Int128)128 * Cost * BlockSize);
}
