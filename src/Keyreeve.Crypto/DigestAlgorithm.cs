using System.Diagnostics.CodeAnalysis;

namespace Keyreeve.Crypto;

/// <summary>A hash function. Zero is not one.</summary>
[SuppressMessage("Naming", "CA1707", Justification = "SHA-512/224 and SHA3-224 read as other numbers without the separator.")]
public enum DigestAlgorithm
{
    /// <summary>No algorithm: every function that takes a digest refuses it.</summary>
    None = 0,

    /// <summary>SHA-1 (FIPS 180-4), 20 bytes. Broken for signatures; still sound in HMAC, in MGF1 and as OAEP's hash.</summary>
    Sha1 = 1,

    /// <summary>SHA-224 (FIPS 180-4), 28 bytes.</summary>
    Sha224 = 2,

    /// <summary>SHA-256 (FIPS 180-4), 32 bytes.</summary>
    Sha256 = 3,

    /// <summary>SHA-384 (FIPS 180-4), 48 bytes.</summary>
    Sha384 = 4,

    /// <summary>SHA-512 (FIPS 180-4), 64 bytes.</summary>
    Sha512 = 5,

    /// <summary>SHA-512/224 (FIPS 180-4), 28 bytes.</summary>
    Sha512_224 = 6,

    /// <summary>SHA-512/256 (FIPS 180-4), 32 bytes.</summary>
    Sha512_256 = 7,

    /// <summary>SHA3-224 (FIPS 202), 28 bytes.</summary>
    Sha3_224 = 8,

    /// <summary>SHA3-256 (FIPS 202), 32 bytes.</summary>
    Sha3_256 = 9,

    /// <summary>SHA3-384 (FIPS 202), 48 bytes.</summary>
    Sha3_384 = 10,

    /// <summary>SHA3-512 (FIPS 202), 64 bytes.</summary>
    Sha3_512 = 11,

    /// <summary>MD5 (RFC 1321), 16 bytes. Broken: for what old products have made, and for nothing new.</summary>
    InsecureMd5 = 12,

    /// <summary>RIPEMD-160 (ISO/IEC 10118-3), 20 bytes. Too short for signatures, and hardly anywhere approved.</summary>
    InsecureRipemd160 = 13,
}
