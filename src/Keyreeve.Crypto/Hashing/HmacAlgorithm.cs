namespace Keyreeve.Crypto;

/// <summary>HMAC (FIPS 198-1, RFC 2104) over the hashes in use.</summary>
public enum HmacAlgorithm
{
    /// <summary>Not an algorithm.</summary>
    None = 0,

    /// <summary>HMAC-SHA-256.</summary>
    Sha256 = 1,

    /// <summary>HMAC-SHA-384.</summary>
    Sha384 = 2,

    /// <summary>HMAC-SHA-512.</summary>
    Sha512 = 3,

    /// <summary>HMAC-SHA-1, for protocols that name it. Sound as a MAC, but not for anything new.</summary>
    Sha1 = 4,

    /// <summary>HMAC-SHA-224, for protocols that name it.</summary>
    Sha224 = 5,

    // CA1707: SHA3-256 is the name of the hash, and Sha3256 is not readable.
#pragma warning disable CA1707
    /// <summary>HMAC-SHA3-256.</summary>
    Sha3_256 = 6,

    /// <summary>HMAC-SHA3-384.</summary>
    Sha3_384 = 7,

    /// <summary>HMAC-SHA3-512.</summary>
    Sha3_512 = 8,
#pragma warning restore CA1707
}

/// <summary>What belongs to an <see cref="HmacAlgorithm"/>.</summary>
public static class HmacAlgorithmExtensions
{
    extension(HmacAlgorithm algorithm)
    {
        /// <summary>Size of a full MAC in bytes.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The value names no algorithm.</exception>
        public int MacSizeInBytes => algorithm switch
        {
            HmacAlgorithm.Sha1 => 20,
            HmacAlgorithm.Sha224 => 28,
            HmacAlgorithm.Sha256 or HmacAlgorithm.Sha3_256 => 32,
            HmacAlgorithm.Sha384 or HmacAlgorithm.Sha3_384 => 48,
            HmacAlgorithm.Sha512 or HmacAlgorithm.Sha3_512 => 64,
            HmacAlgorithm.None => throw NoAlgorithm(algorithm),
        };

        /// <summary>OpenSSL's name of the hash, with the NUL that ends it.</summary>
        internal ReadOnlySpan<byte> DigestName => algorithm switch
        {
            HmacAlgorithm.Sha1 => "SHA1\0"u8,
            HmacAlgorithm.Sha224 => "SHA2-224\0"u8,
            HmacAlgorithm.Sha256 => "SHA2-256\0"u8,
            HmacAlgorithm.Sha384 => "SHA2-384\0"u8,
            HmacAlgorithm.Sha512 => "SHA2-512\0"u8,
            HmacAlgorithm.Sha3_256 => "SHA3-256\0"u8,
            HmacAlgorithm.Sha3_384 => "SHA3-384\0"u8,
            HmacAlgorithm.Sha3_512 => "SHA3-512\0"u8,
            HmacAlgorithm.None => throw NoAlgorithm(algorithm),
        };
    }

    private static ArgumentOutOfRangeException NoAlgorithm(HmacAlgorithm algorithm) =>
        new(nameof(algorithm), algorithm, "The value names no HMAC algorithm.");
}
