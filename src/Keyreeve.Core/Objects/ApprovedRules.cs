using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>
/// What the mode <c>approved</c> allows: algorithms that NIST approves, in sizes that it approves, and nothing else. A rule of this
/// product; no claim that it, or the library below it, is validated.
/// </summary>
internal static class ApprovedRules
{
    // spec: SP 800-131A Rev. 2 §10: HMAC keys of 112 bits and more.
    private const int ShortestMacKeyInBits = 112;
    private const int ShortestRsaInBits = 2048;

    /// <summary>Checks a new object's algorithm, length and curve.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.RefusedByMode"/>.</exception>
    public static void CheckObject(GroupMode mode, ObjectType objectType, AttributeSet attributes)
    {
        if (mode != GroupMode.Approved || objectType is not (ObjectType.SymmetricKey or ObjectType.PrivateKey or ObjectType.PublicKey)) return;
        if (attributes.Find(AttributeName.CryptographicAlgorithm) is not EnumerationValue stated) return;
        var algorithm = (CryptographicAlgorithm)stated.Value;
        var length = attributes.Find(AttributeName.CryptographicLength) is IntegerValue bits ? bits.Value : 0;
        var isApproved = objectType == ObjectType.SymmetricKey ? IsSymmetric(algorithm, length) : IsPair(algorithm, length, KeyForm.CurveOf(attributes));
        if (!isApproved) throw Refused($"{algorithm} with {length} bits");
    }

    /// <summary>Checks a way to encrypt.</summary>
    // spec: FIPS 197 with SP 800-38A (CBC, CTR), 38C (CCM), 38D (GCM), 38E (XTS), 38F (KW, KWP); SP 800-56B Rev. 2 §9 (RSA-OAEP)
    public static void CheckCipher(GroupMode mode, in CipherChoice choice)
    {
        if (mode != GroupMode.Approved || choice.Algorithm is CryptographicAlgorithm.AES or CryptographicAlgorithm.RSA) return;
        throw Refused($"Encryption with {choice.Algorithm}");
    }

    /// <summary>Checks a way to sign.</summary>
    // spec: FIPS 186-5 §5.4 (RSA with approved hash functions; a salt of PSS no longer than the hash), §6 (ECDSA), §7 (EdDSA); FIPS 204 (ML-DSA)
    public static void CheckSignature(GroupMode mode, ManagedObject key, in SignatureChoice choice)
    {
        if (mode != GroupMode.Approved) return;
        if (choice.Scheme is not (SignatureScheme.Eddsa or SignatureScheme.MlDsa) && (choice.Digest is DigestAlgorithm.None or DigestAlgorithm.Sha1)) throw Refused($"{choice.Scheme} over {choice.Digest}");
        if (choice.Scheme == SignatureScheme.RsaPss && choice.SaltSizeInBytes > choice.Digest.DigestSizeInBytes()) throw Refused("A salt longer than the digest");
        if (choice.Scheme == SignatureScheme.Ecdsa && KeyForm.CurveOf(key.Attributes) == RecommendedCurve.SECP256K1) throw Refused("ECDSA on secp256k1");
    }

    /// <summary>Checks a way to authenticate.</summary>
    // spec: FIPS 198-1 with FIPS 180-4 and FIPS 202; SP 800-38B (CMAC). SP 800-131A Rev. 2 §10 ends SHA-1 for new protection.
    public static void CheckMac(GroupMode mode, in MacChoice choice)
    {
        if (mode != GroupMode.Approved || choice.Scheme == MacScheme.AesCmac || (choice.Scheme == MacScheme.Hmac && choice.Digest != DigestAlgorithm.Sha1)) return;
        throw Refused(choice.Scheme == MacScheme.Hmac ? "HMAC-SHA-1" : $"{choice.Scheme}");
    }

    /// <summary>Checks a way to derive.</summary>
    // spec: SP 800-108 Rev. 1, SP 800-132 (PBKDF2), SP 800-56C Rev. 2 (HKDF)
    public static void CheckDerivation(GroupMode mode, DerivationMethod method)
    {
        if (mode != GroupMode.Approved
            || method is DerivationMethod.PBKDF2 or DerivationMethod.NIST800108C or DerivationMethod.NIST800108F or DerivationMethod.NIST800108DPI or DerivationMethod.HKDF) return;
        throw Refused($"Derivation by {method}");
    }

    private static bool IsSymmetric(CryptographicAlgorithm algorithm, int lengthInBits) => algorithm switch
    {
        // 512 bits are the two keys of XTS-AES-256.
        CryptographicAlgorithm.AES => lengthInBits is 128 or 192 or 256 or 512,
        CryptographicAlgorithm.HMACSHA224 or CryptographicAlgorithm.HMACSHA256 or CryptographicAlgorithm.HMACSHA384 or CryptographicAlgorithm.HMACSHA512
            or CryptographicAlgorithm.HMACSHA3224 or CryptographicAlgorithm.HMACSHA3256 or CryptographicAlgorithm.HMACSHA3384 or CryptographicAlgorithm.HMACSHA3512
            => lengthInBits >= ShortestMacKeyInBits,
        _ => false,
    };

    // spec: FIPS 186-5, SP 800-186 §3.2: P-256, P-384, P-521, Ed25519, Ed448; secp256k1 and the Montgomery curves are not for agreement or ECDSA.
    private static bool IsPair(CryptographicAlgorithm algorithm, int lengthInBits, RecommendedCurve curve) => algorithm switch
    {
        CryptographicAlgorithm.RSA => lengthInBits >= ShortestRsaInBits,
        CryptographicAlgorithm.EC or CryptographicAlgorithm.ECDSA or CryptographicAlgorithm.ECDH =>
            curve is RecommendedCurve.P256 or RecommendedCurve.P384 or RecommendedCurve.P521 || (curve == RecommendedCurve.NotSet && lengthInBits is 256 or 384 or 521),
        CryptographicAlgorithm.Ed25519 or CryptographicAlgorithm.Ed448 => true,
        // spec: FIPS 203, FIPS 204
        _ when PostQuantumForm.Of(algorithm) != PostQuantumAlgorithm.None => true,
        _ => false,
    };

    private static KeyreeveException Refused(string what) => new(KeyreeveError.RefusedByMode, $"{what} is not among the algorithms of an approved key group.");
}
