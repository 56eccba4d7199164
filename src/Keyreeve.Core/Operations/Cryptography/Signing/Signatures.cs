using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>Signs and verifies what a <see cref="SignatureChoice"/> says.</summary>
internal static class Signatures
{
    private const int ShortestEcdsaDigestInBytes = 20;
    private const int LongestEcdsaDigestInBytes = 64;

    /// <summary>Signs a digest; a message of a scheme that takes it as it is.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it does not suit scheme or key.</exception>
    public static byte[] Sign(in UsableKey key, in SignatureChoice choice, ReadOnlySpan<byte> digest)
    {
        RequireUnrestricted(key, choice);
        try
        {
            switch (choice.Scheme)
            {
                case SignatureScheme.RsaPkcs1:
                    return RsaPkcs1Signature.SignDigest(SigningKeys.Rsa(key), choice.Digest, digest);
                case SignatureScheme.RsaPss:
                    return RsaPss.SignDigest(SigningKeys.Rsa(key), PssOf(choice), digest);
                case SignatureScheme.RsaUnhashed:
                    return InsecureRsaUnhashedSignature.Sign(SigningKeys.Rsa(key), digest);
                case SignatureScheme.RsaX931:
                    return InsecureRsaX931Signature.SignDigest(SigningKeys.Rsa(key), choice.Digest, digest);
                case SignatureScheme.Dsa:
                    return InsecureDsa.SignDigest(SigningKeys.Dsa(key), digest);
                case SignatureScheme.Ecdsa:
                    Span<byte> number = stackalloc byte[LongestEcdsaDigestInBytes];
                    return Ecdsa.SignDigest(SigningKeys.Ec(key), Padded(digest, number), EcdsaSignatureFormat.Der);
                case SignatureScheme.MlDsa:
                    return SigningKeys.MlDsa(key).Sign(digest);
                default:
                    return Eddsa.Sign(SigningKeys.Edwards(key), digest);
            }
        }
        catch (Exception unsuitable) when (unsuitable is ArgumentException or InvalidKeyException)
        {
            throw new KeyreeveException(KeyreeveError.InvalidField, $"The key does not sign so: {unsuitable.Message}", unsuitable);
        }
    }

    /// <summary>Verifies the signature of a digest, or of a message of a scheme that takes it as it is.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it does not suit scheme or key.</exception>
    public static bool Verify(in UsableKey key, in SignatureChoice choice, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        RequireUnrestricted(key, choice);
        try
        {
            switch (choice.Scheme)
            {
                case SignatureScheme.RsaPkcs1:
                    return RsaPkcs1Signature.VerifyDigest(SigningKeys.RsaPublic(key), choice.Digest, digest, signature);
                case SignatureScheme.RsaPss when choice.SaltSizeInBytes is null && SigningKeys.RsaPublic(key).PssRestriction is null:
                    return RsaPss.VerifyDigestWithAnySalt(SigningKeys.RsaPublic(key), choice.Digest, choice.MaskDigest, digest, signature);
                case SignatureScheme.RsaPss:
                    return RsaPss.VerifyDigest(SigningKeys.RsaPublic(key), PssOf(choice), digest, signature);
                case SignatureScheme.RsaUnhashed:
                    return InsecureRsaUnhashedSignature.Verify(SigningKeys.RsaPublic(key), digest, signature);
                case SignatureScheme.RsaX931:
                    return InsecureRsaX931Signature.VerifyDigest(SigningKeys.RsaPublic(key), choice.Digest, digest, signature);
                case SignatureScheme.Dsa:
                    return InsecureDsa.VerifyDigest(SigningKeys.DsaPublic(key), digest, signature);
                case SignatureScheme.Ecdsa:
                    Span<byte> number = stackalloc byte[LongestEcdsaDigestInBytes];
                    return Ecdsa.VerifyDigest(SigningKeys.EcPublic(key), Padded(digest, number), signature, EcdsaSignatureFormat.Der);
                case SignatureScheme.MlDsa:
                    return SigningKeys.MlDsa(key).Verify(digest, signature);
                default:
                    return Eddsa.Verify(SigningKeys.EdwardsPublic(key), digest, signature);
            }
        }
        catch (Exception unsuitable) when (unsuitable is ArgumentException or InvalidKeyException)
        {
            throw new KeyreeveException(KeyreeveError.InvalidField, $"The key does not verify so: {unsuitable.Message}", unsuitable);
        }
    }

    /// <summary>Checks Digested Data against the scheme.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>.</exception>
    public static void CheckDigestedData(in SignatureChoice choice, GroupMode mode, int sizeInBytes)
    {
        var suits = choice.Scheme switch
        {
            SignatureScheme.Eddsa or SignatureScheme.MlDsa =>
                throw new KeyreeveException(KeyreeveError.InvalidField, "EdDSA and ML-DSA sign the message itself; send it as Data."),
            SignatureScheme.RsaUnhashed => true,
            // A number is signed, which clients give in other lengths as well; it is cut and filled as FIPS 186-5 §6.4 says.
            SignatureScheme.Ecdsa when mode == GroupMode.InsecureInterop => sizeInBytes is >= 1 and <= LongestEcdsaDigestInBytes,
            _ => sizeInBytes == choice.Digest.DigestSizeInBytes(),
        };
        if (!suits) throw new KeyreeveException(KeyreeveError.InvalidField, $"Digested Data of {sizeInBytes} bytes is not what {choice.Digest} gives.");
    }

    // Zeros in front do not change the number.
    private static ReadOnlySpan<byte> Padded(ReadOnlySpan<byte> digest, Span<byte> room)
    {
        if (digest.Length >= ShortestEcdsaDigestInBytes) return digest;
        var padded = room[..ShortestEcdsaDigestInBytes];
        padded.Clear();
        digest.CopyTo(padded[^digest.Length..]);
        return padded;
    }

    // spec: KMIP 2.1 §4.16 Salt Length "if omitted, defaults to the block size of the Mask Generator Hashing Algorithm", by which
    // the standard's cases mean the digest's length.
    private static RsaPssParameters PssOf(in SignatureChoice choice) =>
        new(choice.Digest, choice.MaskDigest, choice.SaltSizeInBytes ?? choice.Digest.DigestSizeInBytes());

    private static void RequireUnrestricted(in UsableKey key, in SignatureChoice choice)
    {
        if (choice.Scheme is SignatureScheme.RsaPkcs1 or SignatureScheme.RsaUnhashed or SignatureScheme.RsaX931 && SigningKeys.RsaPublic(key).IsPssOnly) throw RsaKeys.PssOnly();
    }
}
