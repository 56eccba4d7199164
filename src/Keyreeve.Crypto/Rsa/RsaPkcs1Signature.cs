using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  RSASSA-PKCS1-v1_5
//
//  References
//      RFC 8017 §8.2
//
//  Sizes
//      Signature   as long as the modulus
//
//  Sound, unlike encryption of the same name, as long as verification compares with the one right encoding, which is what
//  OpenSSL does. For new uses PSS has the better proof.
//

/// <summary>RSA signatures with PKCS#1 v1.5 padding. Thread safe.</summary>
public static class RsaPkcs1Signature
{
    /// <summary>Signs a message.</summary>
    /// <exception cref="ArgumentException">The modulus is too short for the digest.</exception>
    public static byte[] Sign(RsaPrivateKey key, DigestAlgorithm algorithm, ReadOnlySpan<byte> message)
    {
        Span<byte> digest = stackalloc byte[algorithm.DigestSizeInBytes()];
        KeyOperation.Digest(algorithm, message, digest);
        return SignDigest(key, algorithm, digest);
    }

    /// <summary>Signs a digest that was computed before.</summary>
    /// <exception cref="ArgumentException">The digest has another length than its algorithm's, or the modulus is too short.</exception>
    public static byte[] SignDigest(RsaPrivateKey key, DigestAlgorithm algorithm, ReadOnlySpan<byte> digest)
    {
        ArgumentNullException.ThrowIfNull(key);
        RequireDigest(algorithm, digest);
        // 19 bytes of DigestInfo before the digest, 11 of padding.
        if (key.PublicKey.ModulusSizeInBytes < digest.Length + 30)
            throw new ArgumentException("The modulus is too short for this digest.", nameof(algorithm));
        using var list = ToList(algorithm);
        return KeyOperation.Sign(key.Handle, list, digest, key.PublicKey.ModulusSizeInBytes);
    }

    /// <summary>Checks the signature of a message.</summary>
    /// <returns>False when anything is wrong with it.</returns>
    /// <exception cref="ArgumentException">The key is for PSS only.</exception>
    public static bool Verify(RsaPublicKey key, DigestAlgorithm algorithm, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> digest = stackalloc byte[algorithm.DigestSizeInBytes()];
        KeyOperation.Digest(algorithm, message, digest);
        return VerifyDigest(key, algorithm, digest, signature);
    }

    /// <summary>Checks the signature of a digest that was computed before.</summary>
    /// <returns>False when anything is wrong with it.</returns>
    /// <exception cref="ArgumentException">The digest has another length than its algorithm's, or the key is for PSS only.</exception>
    public static bool VerifyDigest(
        RsaPublicKey key, DigestAlgorithm algorithm, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        RequireDigest(algorithm, digest);
        RsaPublicKey.RequireUnrestricted(key);
        // spec: RFC 8017 §8.2.2 step 1 "If the length of the signature S is not k octets, output "invalid signature""
        if (signature.Length != key.ModulusSizeInBytes)
            return false;
        using var list = ToList(algorithm);
        return KeyOperation.Verify(key.Handle, list, digest, signature);
    }

    private static void RequireDigest(DigestAlgorithm algorithm, ReadOnlySpan<byte> digest)
    {
        if (digest.Length != algorithm.DigestSizeInBytes())
            throw new ArgumentException("The digest has another length than its algorithm's.", nameof(digest));
    }

    private static ParameterList ToList(DigestAlgorithm algorithm) => new ParameterList()
        .AddText("digest"u8, algorithm.NativeName())
        .AddText("pad-mode"u8, "pkcs1");
}
