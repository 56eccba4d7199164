using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>How a pair is made: <see cref="KeyPairMaterial.Generate"/>.</summary>
internal delegate KeyPairMaterial PairGenerator(GroupMode mode, CryptographicAlgorithm algorithm, int lengthInBits, PairDomain domain);

/// <summary>The two halves of a new key pair: PKCS#8 and SubjectPublicKeyInfo, which every protocol can have converted.</summary>
internal sealed class KeyPairMaterial : IDisposable
{
    private KeyPairMaterial(SecretBytes privateKey, byte[] publicKey)
    {
        PrivateKey = privateKey;
        PublicKey = SecretBytes.CopyFrom(publicKey);
    }

    /// <summary>PKCS#8 PrivateKeyInfo, DER.</summary>
    public SecretBytes PrivateKey { get; }

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public SecretBytes PublicKey { get; }

    /// <summary>Generates a pair and checks that its halves fit.</summary>
    /// <param name="mode">What the group allows.</param>
    /// <param name="algorithm">RSA, DSA, an elliptic curve's algorithm, Ed25519 or Ed448; ML-KEM and ML-DSA where the library has them.</param>
    /// <param name="lengthInBits">The length, or 0 if a curve says it.</param>
    /// <param name="domain">The curve, or the length of DSA's divisor, if stated.</param>
    /// <exception cref="KeyreeveException">There are no such pairs, or the group's mode refuses them.</exception>
    public static KeyPairMaterial Generate(GroupMode mode, CryptographicAlgorithm algorithm, int lengthInBits, PairDomain domain)
    {
        Check(mode, algorithm, lengthInBits, domain);
        var curve = domain.Curve;
        switch (algorithm)
        {
            case CryptographicAlgorithm.RSA:
                return Rsa(lengthInBits);
            case CryptographicAlgorithm.DSA:
                return Dsa(lengthInBits, domain.DivisorOf(lengthInBits));
            case CryptographicAlgorithm.EC or CryptographicAlgorithm.ECDSA or CryptographicAlgorithm.ECDH when curve is RecommendedCurve.CURVE25519 or RecommendedCurve.CURVE448:
                return Montgomery(curve == RecommendedCurve.CURVE25519 ? MontgomeryCurve.X25519 : MontgomeryCurve.X448);
            case CryptographicAlgorithm.EC or CryptographicAlgorithm.ECDSA or CryptographicAlgorithm.ECDH:
                return Weierstrass(CurveOf(curve, lengthInBits));
            case CryptographicAlgorithm.Ed25519 or CryptographicAlgorithm.Ed448:
                return Edwards(algorithm == CryptographicAlgorithm.Ed25519 ? EdwardsCurve.Ed25519 : EdwardsCurve.Ed448);
            case var _ when PostQuantumForm.Of(algorithm) != PostQuantumAlgorithm.None:
                return Lattice(PostQuantumForm.Require(algorithm));
            default:
                throw new KeyreeveException(KeyreeveError.InvalidAttributeValue, $"Key pairs of {algorithm} are not offered.");
        }
    }

    /// <summary>What it costs to generate a pair, for <see cref="RequestWork"/>.</summary>
    public static long Cost(CryptographicAlgorithm algorithm, int lengthInBits) =>
        // Two primes, one of full length.
        algorithm is CryptographicAlgorithm.RSA or CryptographicAlgorithm.DSA ? RequestWork.RsaKeyPair(lengthInBits) : RequestWork.RsaKeyPair(256);

    /// <summary>Checks that there are such pairs, and that the group's mode allows them.</summary>
    /// <exception cref="KeyreeveException">There are no such pairs, or the group's mode refuses them.</exception>
    public static void Check(GroupMode mode, CryptographicAlgorithm algorithm, int lengthInBits, PairDomain domain)
    {
        if (algorithm == CryptographicAlgorithm.RSA) AlgorithmRules.CheckRsa(mode, lengthInBits);
        if (algorithm != CryptographicAlgorithm.DSA) return;
        AlgorithmRules.RequireInterop(mode, "A DSA key");
        if (!DsaPrivateKey.HasSizes(lengthInBits, domain.DivisorOf(lengthInBits)))
            throw new KeyreeveException(KeyreeveError.InvalidAttributeValue, "DSA has pairs of 1024 bits with a Qlength of 160, 2048 with 224 or 256, and 3072 with 256.");
    }

    /// <summary>The curve of a pair on a Weierstrass curve; none for others.</summary>
    public static EllipticCurve CurveInToken(CryptographicAlgorithm algorithm, int lengthInBits, RecommendedCurve curve) => algorithm switch
    {
        CryptographicAlgorithm.EC or CryptographicAlgorithm.ECDSA when curve is not (RecommendedCurve.CURVE25519 or RecommendedCurve.CURVE448) => CurveOf(curve, lengthInBits),
        _ => EllipticCurve.None,
    };

    /// <summary>The length of a pair in bits, as the standard counts it.</summary>
    public static int LengthInBits(CryptographicAlgorithm algorithm, int stated, RecommendedCurve curve) => algorithm switch
    {
        CryptographicAlgorithm.RSA or CryptographicAlgorithm.DSA => stated,
        CryptographicAlgorithm.Ed25519 => 256,
        CryptographicAlgorithm.Ed448 => 456,
        _ when PostQuantumForm.Of(algorithm) is var lattice and not PostQuantumAlgorithm.None => PostQuantumForm.LengthInBits(lattice),
        _ when curve == RecommendedCurve.CURVE25519 => 256,
        _ when curve == RecommendedCurve.CURVE448 => 448,
        _ => CurveOf(curve, stated) switch
        {
            EllipticCurve.P384 => 384,
            EllipticCurve.P521 => 521,
            _ => 256,
        },
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        PrivateKey.Dispose();
        PublicKey.Dispose();
    }

    private static EllipticCurve CurveOf(RecommendedCurve curve, int lengthInBits) => (curve, lengthInBits) switch
    {
        (RecommendedCurve.P256, _) or (RecommendedCurve.NotSet, 256) => EllipticCurve.P256,
        (RecommendedCurve.P384, _) or (RecommendedCurve.NotSet, 384) => EllipticCurve.P384,
        (RecommendedCurve.P521, _) or (RecommendedCurve.NotSet, 521) => EllipticCurve.P521,
        (RecommendedCurve.SECP256K1, _) => EllipticCurve.Secp256k1,
        _ => throw new KeyreeveException(
            KeyreeveError.InvalidAttributeValue, "State a curve that is offered: P-256, P-384, P-521, SECP256K1, CURVE25519 or CURVE448."),
    };

    private static KeyPairMaterial Rsa(int lengthInBits)
    {
        // The mode of the group has been asked already.
        using var key = lengthInBits < RsaPublicKey.MinModulusSizeInBits ? RsaPrivateKey.InsecureGenerateSmall(lengthInBits) : RsaPrivateKey.Generate(lengthInBits);
        return new(key.ExportPkcs8(), key.PublicKey.ExportSubjectPublicKeyInfo());
    }

    private static KeyPairMaterial Dsa(int lengthInBits, int divisorInBits)
    {
        using var key = DsaPrivateKey.Generate(lengthInBits, divisorInBits);
        return new(key.ExportPkcs8(), key.PublicKey.ExportSubjectPublicKeyInfo());
    }

    private static KeyPairMaterial Weierstrass(EllipticCurve curve)
    {
        using var key = EcPrivateKey.Generate(curve);
        return new(key.ExportPkcs8(), key.PublicKey.ExportSubjectPublicKeyInfo());
    }

    private static KeyPairMaterial Edwards(EdwardsCurve curve)
    {
        using var key = EdwardsPrivateKey.Generate(curve);
        return new(key.ExportPkcs8(), key.PublicKey.ExportSubjectPublicKeyInfo());
    }

    private static KeyPairMaterial Lattice(PostQuantumAlgorithm algorithm)
    {
        if (algorithm.IsEncapsulation())
        {
            using var encapsulation = MlKemKey.Generate(algorithm);
            return new(encapsulation.ExportPkcs8(), encapsulation.ExportSubjectPublicKeyInfo());
        }

        using var signature = MlDsaKey.Generate(algorithm);
        return new(signature.ExportPkcs8(), signature.ExportSubjectPublicKeyInfo());
    }

    private static KeyPairMaterial Montgomery(MontgomeryCurve curve)
    {
        using var key = MontgomeryPrivateKey.Generate(curve);
        return new(key.ExportPkcs8(), key.PublicKey.ExportSubjectPublicKeyInfo());
    }
}

/// <summary>Cryptographic Domain Parameters: what keys of an algorithm have in common. KMIP 2.1 §4.17.</summary>
/// <param name="Curve">Recommended Curve; not set if none is stated.</param>
/// <param name="DivisorInBits">Qlength of DSA; 0 if none is stated.</param>
internal readonly record struct PairDomain(RecommendedCurve Curve, int DivisorInBits = 0)
{
    private const int ShortDivisorInBits = 160;
    private const int UsualDivisorInBits = 256;
    private const int LongestPrimeOfShortDivisor = 1024;

    /// <summary>What an object states.</summary>
    public static PairDomain Of(AttributeValue? parameters)
    {
        var stated = parameters as StructureValue;
        return new(
            stated?[AttributeField.RecommendedCurve] is EnumerationValue curve ? (RecommendedCurve)curve.Value : RecommendedCurve.NotSet,
            stated?[AttributeField.Qlength] is IntegerValue length ? length.Value : 0);
    }

    /// <summary>The length of DSA's divisor: as stated, or as is usual with a prime of that length.</summary>
    public int DivisorOf(int primeInBits) => DivisorInBits > 0 ? DivisorInBits
        : primeInBits <= LongestPrimeOfShortDivisor ? ShortDivisorInBits
        : UsualDivisorInBits;
}
