using System.Globalization;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  RSASSA-PSS
//
//  References
//      RFC 8017 §8.1, FIPS 186-5 §5.4; RFC 4055 for keys restricted to it
//
//  Sizes
//      Salt        0 bytes to the modulus less the digest less 2; any length, verified exactly
//      Signature   as long as the modulus
//

/// <summary>RSA signatures with PSS padding. Thread safe.</summary>
public static class RsaPss
{
    /// <summary>Signs a message.</summary>
    /// <exception cref="ArgumentException">The modulus is too short for digest and salt.</exception>
    public static byte[] Sign(RsaPrivateKey key, RsaPssParameters parameters, ReadOnlySpan<byte> message)
    {
        Span<byte> digest = stackalloc byte[parameters.Digest.DigestSizeInBytes()];
        KeyOperation.Digest(parameters.Digest, message, digest);
        return SignDigest(key, parameters, digest);
    }

    /// <summary>Signs a digest that was computed before.</summary>
    /// <exception cref="ArgumentException">The digest has another length than its algorithm's, or the modulus is too short.</exception>
    public static byte[] SignDigest(RsaPrivateKey key, RsaPssParameters parameters, ReadOnlySpan<byte> digest)
    {
        ArgumentNullException.ThrowIfNull(key);
        RequireDigest(parameters, digest);
        if (!Fits(key.PublicKey, parameters))
            throw new ArgumentException("The modulus is too short for this digest and salt.", nameof(parameters));
        using var list = ToList(parameters);
        return KeyOperation.Sign(key.Handle, list, digest, key.PublicKey.ModulusSizeInBytes);
    }

    /// <summary>Checks the signature of a message.</summary>
    /// <returns>False when anything is wrong with it.</returns>
    /// <exception cref="ArgumentException">The key is restricted to other parameters.</exception>
    public static bool Verify(
        RsaPublicKey key, RsaPssParameters parameters, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> digest = stackalloc byte[parameters.Digest.DigestSizeInBytes()];
        KeyOperation.Digest(parameters.Digest, message, digest);
        return VerifyDigest(key, parameters, digest, signature);
    }

    /// <summary>Checks the signature of a digest that was computed before.</summary>
    /// <returns>False when anything is wrong with it.</returns>
    /// <exception cref="ArgumentException">
    /// The digest has another length than its algorithm's, or the key is restricted to other parameters.
    /// </exception>
    public static bool VerifyDigest(
        RsaPublicKey key, RsaPssParameters parameters, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        RequireDigest(parameters, digest);
        RequirePermitted(key, parameters);
        // spec: RFC 8017 §8.1.2 step 1 "If the length of the signature S is not k octets, output "invalid signature""
        if (signature.Length != key.ModulusSizeInBytes || !Fits(key, parameters))
            return false;
        using var list = ToList(parameters);
        return KeyOperation.Verify(key.Handle, list, digest, signature);
    }

    /// <summary>Checks the signature of a digest, whatever the length of its salt, which the signature itself tells.</summary>
    /// <param name="key">The public key.</param>
    /// <param name="algorithm">The digest's algorithm.</param>
    /// <param name="maskDigest">Hashes within MGF1.</param>
    /// <param name="digest">The digest.</param>
    /// <param name="signature">The signature.</param>
    /// <returns>False when anything is wrong with it.</returns>
    /// <exception cref="ArgumentException">
    /// The digest has another length than its algorithm's, or the key is restricted to a length of salt.
    /// </exception>
    public static bool VerifyDigestWithAnySalt(
        RsaPublicKey key, DigestAlgorithm algorithm, DigestAlgorithm maskDigest, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        RequireDigest(new RsaPssParameters(algorithm, maskDigest, 0), digest);
        if (key.PssRestriction is not null)
            throw new ArgumentException("The key is restricted to a length of salt; state it.", nameof(key));
        if (signature.Length != key.ModulusSizeInBytes || !Fits(key, new RsaPssParameters(algorithm, maskDigest, 0)))
            return false;
        using var list = ToList(algorithm, maskDigest, "auto");
        return KeyOperation.Verify(key.Handle, list, digest, signature);
    }

    private static void RequireDigest(RsaPssParameters parameters, ReadOnlySpan<byte> digest)
    {
        _ = parameters.MaskDigest.DigestSizeInBytes();
        if (parameters.SaltSizeInBytes < 0)
            throw new ArgumentException("A salt has no negative length.", nameof(parameters));
        if (digest.Length != parameters.Digest.DigestSizeInBytes())
            throw new ArgumentException("The digest has another length than its algorithm's.", nameof(digest));
    }

    // spec: RFC 4055 §3.3 "the saltLength … in the signature MUST be greater or equal to that in the key parameters field"
    private static void RequirePermitted(RsaPublicKey key, RsaPssParameters parameters)
    {
        if (key.PssRestriction is { } restriction
            && (restriction.Digest != parameters.Digest
                || restriction.MaskDigest != parameters.MaskDigest
                || parameters.SaltSizeInBytes < restriction.SaltSizeInBytes))
        {
            throw new ArgumentException("The key is restricted to other PSS parameters.", nameof(parameters));
        }
    }

    // spec: RFC 8017 §9.1.1 step 3 "If emLen < hLen + sLen + 2, output "encoding error" and stop."
    private static bool Fits(RsaPublicKey key, RsaPssParameters parameters)
    {
        var encodedSize = (key.ModulusSizeInBits - 1 + 7) / 8;
        return parameters.SaltSizeInBytes <= encodedSize - parameters.Digest.DigestSizeInBytes() - 2;
    }

    private static ParameterList ToList(RsaPssParameters parameters) =>
        ToList(parameters.Digest, parameters.MaskDigest, parameters.SaltSizeInBytes.ToString(CultureInfo.InvariantCulture));

    private static ParameterList ToList(DigestAlgorithm digest, DigestAlgorithm maskDigest, string saltLength) => new ParameterList()
        .AddText("digest"u8, digest.NativeName())
        .AddText("pad-mode"u8, "pss")
        .AddText("mgf1-digest"u8, maskDigest.NativeName())
        .AddText("saltlen"u8, saltLength);
}
