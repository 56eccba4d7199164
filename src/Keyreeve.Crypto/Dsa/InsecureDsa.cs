using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  DSA
//
//  References
//      FIPS 186-4 §4 (FIPS 186-5 keeps it for verification of old signatures alone); RFC 3279 §2.2.2 for the encoding
//
//  Sizes
//      Digest      its leftmost bits count, as many as the divisor has
//      Signature   Dss-Sig-Value in DER: a little over twice the divisor
//

/// <summary>DSA signatures, for old partners. Use <see cref="Ecdsa"/> or <see cref="Eddsa"/> instead. Thread safe.</summary>
public static class InsecureDsa
{
    // Tag and length of the sequence and of two numbers, and the zero before each that would look negative.
    private const int EncodingInBytes = 3 + (2 * 3);

    /// <summary>Signs a digest.</summary>
    /// <exception cref="ArgumentException">The digest is empty.</exception>
    public static byte[] SignDigest(DsaPrivateKey key, ReadOnlySpan<byte> digest)
    {
        ArgumentNullException.ThrowIfNull(key);
        Check(digest);
        return KeyOperation.Sign(key.Handle, null, digest, (2 * key.PublicKey.Parameters.Q.Length) + EncodingInBytes);
    }

    /// <summary>Checks the signature of a digest.</summary>
    /// <returns>False when anything is wrong with it, its encoding included.</returns>
    /// <exception cref="ArgumentException">The digest is empty.</exception>
    public static bool VerifyDigest(DsaPublicKey key, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        Check(digest);
        return KeyOperation.Verify(key.Handle, null, digest, signature);
    }

    private static void Check(ReadOnlySpan<byte> digest)
    {
        if (digest.IsEmpty) throw new ArgumentException("There is nothing to sign.", nameof(digest));
    }
}
