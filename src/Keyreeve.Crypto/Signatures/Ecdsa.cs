using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  ECDSA
//
//  References
//      FIPS 186-5 §6; SEC 1 §4.1; RFC 3279 §2.2.3 (DER), IEEE P1363 (concatenation)
//
//  Sizes
//      Keys        P-256, P-384, P-521, secp256k1
//      Digest      20 to 64 bytes; a digest longer than the order is truncated, as the standard says
//      Signature   DER: at most 72, 104, 139, 72 bytes; P1363: 64, 96, 132, 64 bytes
//
//  Verification takes one encoding per signature. What OpenSSL and .NET let pass besides (long lengths, leading zeros,
//  numbers beyond the order) is refused, so that a signature cannot be changed into another valid one by re-encoding.
//

/// <summary>ECDSA signatures. Thread safe.</summary>
public static class Ecdsa
{
    private const int MinDigestSizeInBytes = 20;
    private const int MaxSignatureSizeInBytes = 139;

    /// <summary>Signs a message.</summary>
    /// <param name="key">The private key.</param>
    /// <param name="digest">The hash function.</param>
    /// <param name="message">The message.</param>
    /// <param name="format">The signature's format.</param>
    public static byte[] Sign(EcPrivateKey key, DigestAlgorithm digest, ReadOnlySpan<byte> message, EcdsaSignatureFormat format)
    {
        Span<byte> hash = stackalloc byte[digest.DigestSizeInBytes()];
        KeyOperation.Digest(digest, message, hash);
        return SignDigest(key, hash, format);
    }

    /// <summary>Signs a digest that was computed before.</summary>
    /// <param name="key">The private key.</param>
    /// <param name="digest">The digest, 20 to 64 bytes.</param>
    /// <param name="format">The signature's format.</param>
    /// <exception cref="ArgumentException">The digest's length is not permitted, or the format not chosen.</exception>
    public static byte[] SignDigest(EcPrivateKey key, ReadOnlySpan<byte> digest, EcdsaSignatureFormat format)
    {
        ArgumentNullException.ThrowIfNull(key);
        Require(digest, format);
        var der = KeyOperation.Sign(key.Handle, parameters: null, digest, MaxSignatureSizeInBytes);
        return format == EcdsaSignatureFormat.Der ? der : EcdsaSignatureEncoding.ToP1363(key.Curve, der);
    }

    /// <summary>Checks the signature of a message.</summary>
    /// <param name="key">The public key.</param>
    /// <param name="digest">The hash function.</param>
    /// <param name="message">The message.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="format">The signature's format.</param>
    /// <returns>False when it is wrong, or written in any but the one canonical way.</returns>
    public static bool Verify(
        EcPublicKey key,
        DigestAlgorithm digest,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> signature,
        EcdsaSignatureFormat format)
    {
        Span<byte> hash = stackalloc byte[digest.DigestSizeInBytes()];
        KeyOperation.Digest(digest, message, hash);
        return VerifyDigest(key, hash, signature, format);
    }

    /// <summary>Checks the signature of a digest that was computed before.</summary>
    /// <param name="key">The public key.</param>
    /// <param name="digest">The digest, 20 to 64 bytes.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="format">The signature's format.</param>
    /// <returns>False when it is wrong, or written in any but the one canonical way.</returns>
    /// <exception cref="ArgumentException">The digest's length is not permitted, or the format not chosen.</exception>
    public static bool VerifyDigest(
        EcPublicKey key, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature, EcdsaSignatureFormat format)
    {
        ArgumentNullException.ThrowIfNull(key);
        Require(digest, format);
        return EcdsaSignatureEncoding.TryNormalize(key.Curve, signature, format, out var der)
            && KeyOperation.Verify(key.Handle, parameters: null, digest, der);
    }

    private static void Require(ReadOnlySpan<byte> digest, EcdsaSignatureFormat format)
    {
        if (digest.Length is < MinDigestSizeInBytes or > DigestAlgorithmFacts.MaxDigestSizeInBytes)
            throw new ArgumentException("A digest has 20 to 64 bytes.", nameof(digest));
        if (format is not (EcdsaSignatureFormat.Der or EcdsaSignatureFormat.P1363))
            throw new ArgumentOutOfRangeException(nameof(format), format, "Choose a format.");
    }
}
