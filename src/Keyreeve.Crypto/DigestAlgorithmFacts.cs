namespace Keyreeve.Crypto;

/// <summary>What is fixed about each <see cref="DigestAlgorithm"/>.</summary>
public static class DigestAlgorithmFacts
{
    /// <summary>The longest digest of all, in bytes.</summary>
    public const int MaxDigestSizeInBytes = 64;

    /// <summary>Length of the digest in bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not an algorithm.</exception>
    public static int DigestSizeInBytes(this DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.InsecureMd5 => 16,
        DigestAlgorithm.Sha1 or DigestAlgorithm.InsecureRipemd160 => 20,
        DigestAlgorithm.Sha224 or DigestAlgorithm.Sha512_224 or DigestAlgorithm.Sha3_224 => 28,
        DigestAlgorithm.Sha256 or DigestAlgorithm.Sha512_256 or DigestAlgorithm.Sha3_256 => 32,
        DigestAlgorithm.Sha384 or DigestAlgorithm.Sha3_384 => 48,
        DigestAlgorithm.Sha512 or DigestAlgorithm.Sha3_512 => 64,
        _ => throw NotAnAlgorithm(algorithm),
    };

    /// <summary>The name by which OpenSSL's providers know the algorithm.</summary>
    internal static string NativeName(this DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha1 => "SHA1",
        DigestAlgorithm.Sha224 => "SHA2-224",
        DigestAlgorithm.Sha256 => "SHA2-256",
        DigestAlgorithm.Sha384 => "SHA2-384",
        DigestAlgorithm.Sha512 => "SHA2-512",
        DigestAlgorithm.Sha512_224 => "SHA2-512/224",
        DigestAlgorithm.Sha512_256 => "SHA2-512/256",
        DigestAlgorithm.Sha3_224 => "SHA3-224",
        DigestAlgorithm.Sha3_256 => "SHA3-256",
        DigestAlgorithm.Sha3_384 => "SHA3-384",
        DigestAlgorithm.Sha3_512 => "SHA3-512",
        DigestAlgorithm.InsecureMd5 => "MD5",
        DigestAlgorithm.InsecureRipemd160 => "RIPEMD160",
        _ => throw NotAnAlgorithm(algorithm),
    };

    private static ArgumentOutOfRangeException NotAnAlgorithm(DigestAlgorithm algorithm) =>
        new(nameof(algorithm), algorithm, "Not a digest algorithm.");
}
