using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  RSA signatures of ANSI X9.31
//
//  References
//      ANSI X9.31-1998 §5.3 (withdrawn), ISO/IEC 9796-2 for the trailer; FIPS 186-2, dropped by FIPS 186-5
//
//  Sizes
//      Modulus     a multiple of 8 bits
//      Signature   as long as the modulus
//
//  The padded number is 6 B…B A ‖ hash ‖ hash's number ‖ CC, and of s and n - s the smaller is the signature.
//

/// <summary>RSA signatures with X9.31 padding, for old partners. Use <see cref="RsaPss"/> instead. Thread safe.</summary>
public static class InsecureRsaX931Signature
{
    // Half a byte of header, the padding's A, the number of the hash and the trailer.
    private const int OverheadInBytes = 4;

    /// <summary>Whether the standard has a number for a hash.</summary>
    public static bool Takes(DigestAlgorithm algorithm) =>
        algorithm is DigestAlgorithm.Sha1 or DigestAlgorithm.Sha256 or DigestAlgorithm.Sha384 or DigestAlgorithm.Sha512;

    /// <summary>Signs a digest.</summary>
    /// <exception cref="ArgumentException">The digest has another length than its algorithm's, the algorithm has no number in the
    /// standard, or the modulus does not suit.</exception>
    public static byte[] SignDigest(RsaPrivateKey key, DigestAlgorithm algorithm, ReadOnlySpan<byte> digest)
    {
        ArgumentNullException.ThrowIfNull(key);
        Check(key.PublicKey, algorithm, digest);
        using var list = ToList(algorithm);
        return KeyOperation.Sign(key.Handle, list, digest, key.PublicKey.ModulusSizeInBytes);
    }

    /// <summary>Checks the signature of a digest.</summary>
    /// <returns>False when anything is wrong with it.</returns>
    /// <exception cref="ArgumentException">As for signing.</exception>
    public static bool VerifyDigest(RsaPublicKey key, DigestAlgorithm algorithm, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        Check(key, algorithm, digest);
        if (signature.Length != key.ModulusSizeInBytes) return false;
        using var list = ToList(algorithm);
        return KeyOperation.Verify(key.Handle, list, digest, signature);
    }

    private static void Check(RsaPublicKey key, DigestAlgorithm algorithm, ReadOnlySpan<byte> digest)
    {
        if (!Takes(algorithm)) throw new ArgumentException("X9.31 has no number for this hash.", nameof(algorithm));
        if (digest.Length != algorithm.DigestSizeInBytes())
            throw new ArgumentException("The digest has another length than its algorithm's.", nameof(digest));
        RsaPublicKey.RequireUnrestricted(key);
        if (key.ModulusSizeInBits % 8 != 0 || key.ModulusSizeInBytes < digest.Length + OverheadInBytes)
            throw new ArgumentException("The modulus does not suit X9.31 with this digest.", nameof(key));
    }

    private static ParameterList ToList(DigestAlgorithm algorithm) => new ParameterList()
        .AddText("digest"u8, algorithm.NativeName())
        .AddText("pad-mode"u8, "x931");
}
