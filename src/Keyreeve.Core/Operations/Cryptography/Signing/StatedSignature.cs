using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>What Cryptographic Parameters state of a signature.</summary>
internal readonly struct StatedSignature(StructureValue? parameters)
{
    /// <summary>Cryptographic Algorithm.</summary>
    public CryptographicAlgorithm Algorithm => (CryptographicAlgorithm)Enumeration(AttributeField.CryptographicAlgorithm);

    /// <summary>Digital Signature Algorithm.</summary>
    public DigitalSignatureAlgorithm Signature => (DigitalSignatureAlgorithm)Enumeration(AttributeField.DigitalSignatureAlgorithm);

    /// <summary>Padding Method, or that of the Digital Signature Algorithm.</summary>
    public PaddingMethod Padding => Row.Padding == PaddingMethod.NotSet ? (PaddingMethod)Enumeration(AttributeField.PaddingMethod) : Row.Padding;

    /// <summary>Whether the padding is PSS.</summary>
    public bool IsPss => Padding == PaddingMethod.PSS;

    /// <summary>Hashing Algorithm: of the Digital Signature Algorithm, or stated by itself.</summary>
    public HashingAlgorithm Hash => Row.Hash == HashingAlgorithm.NotSet ? (HashingAlgorithm)Enumeration(AttributeField.HashingAlgorithm) : Row.Hash;

    /// <summary>Mask Generator Hashing Algorithm.</summary>
    public HashingAlgorithm MaskHash => (HashingAlgorithm)Enumeration(AttributeField.MaskGeneratorHashingAlgorithm);

    /// <summary>Salt Length.</summary>
    public int? SaltSizeInBytes => parameters?[AttributeField.SaltLength] is IntegerValue v
        ? v.Value >= 0 ? v.Value : throw new KeyreeveException(KeyreeveError.BadCryptographicParameters, "A salt has no negative length.")
        : null;

    /// <summary>Whether nothing of it belongs to keys of another algorithm.</summary>
    public bool Suits(CryptographicAlgorithm key)
    {
        var isRsa = key == CryptographicAlgorithm.RSA;
        if (Algorithm != CryptographicAlgorithm.NotSet && FamilyOf(Algorithm) != FamilyOf(key)) return false;
        if (!NamesAlgorithmOf(key)) return false;
        return isRsa || Padding is PaddingMethod.NotSet or PaddingMethod.None;
    }

    /// <summary>Whether the Digital Signature Algorithm, if one is stated, is one for such keys.</summary>
    public bool NamesAlgorithmOf(CryptographicAlgorithm key) =>
        Row.Algorithm == CryptographicAlgorithm.NotSet || FamilyOf(Row.Algorithm) == FamilyOf(key);

    private (CryptographicAlgorithm Algorithm, PaddingMethod Padding, HashingAlgorithm Hash) Row => Signature switch
    {
        DigitalSignatureAlgorithm.MD2WithRSAEncryption => Pkcs1(HashingAlgorithm.MD2),
        DigitalSignatureAlgorithm.MD5WithRSAEncryption => Pkcs1(HashingAlgorithm.MD5),
        DigitalSignatureAlgorithm.SHA1WithRSAEncryption => Pkcs1(HashingAlgorithm.SHA1),
        DigitalSignatureAlgorithm.SHA224WithRSAEncryption => Pkcs1(HashingAlgorithm.SHA224),
        DigitalSignatureAlgorithm.SHA256WithRSAEncryption => Pkcs1(HashingAlgorithm.SHA256),
        DigitalSignatureAlgorithm.SHA384WithRSAEncryption => Pkcs1(HashingAlgorithm.SHA384),
        DigitalSignatureAlgorithm.SHA512WithRSAEncryption => Pkcs1(HashingAlgorithm.SHA512),
        DigitalSignatureAlgorithm.SHA3256WithRSAEncryption => Pkcs1(HashingAlgorithm.SHA3256),
        DigitalSignatureAlgorithm.SHA3384WithRSAEncryption => Pkcs1(HashingAlgorithm.SHA3384),
        DigitalSignatureAlgorithm.SHA3512WithRSAEncryption => Pkcs1(HashingAlgorithm.SHA3512),
        DigitalSignatureAlgorithm.RSASSAPSS => (CryptographicAlgorithm.RSA, PaddingMethod.PSS, HashingAlgorithm.NotSet),
        DigitalSignatureAlgorithm.DSAWithSHA1 => Dsa(HashingAlgorithm.SHA1),
        DigitalSignatureAlgorithm.DSAWithSHA224 => Dsa(HashingAlgorithm.SHA224),
        DigitalSignatureAlgorithm.DSAWithSHA256 => Dsa(HashingAlgorithm.SHA256),
        DigitalSignatureAlgorithm.ECDSAWithSHA1 => Ecdsa(HashingAlgorithm.SHA1),
        DigitalSignatureAlgorithm.ECDSAWithSHA224 => Ecdsa(HashingAlgorithm.SHA224),
        DigitalSignatureAlgorithm.ECDSAWithSHA256 => Ecdsa(HashingAlgorithm.SHA256),
        DigitalSignatureAlgorithm.ECDSAWithSHA384 => Ecdsa(HashingAlgorithm.SHA384),
        DigitalSignatureAlgorithm.ECDSAWithSHA512 => Ecdsa(HashingAlgorithm.SHA512),
        DigitalSignatureAlgorithm.NotSet => default,
        var other => throw CipherChoice.NotSupported($"Digital Signature Algorithm {other} is not offered"),
    };

    private static (CryptographicAlgorithm, PaddingMethod, HashingAlgorithm) Pkcs1(HashingAlgorithm hash) =>
        (CryptographicAlgorithm.RSA, PaddingMethod.PKCS1V15, hash);

    private static (CryptographicAlgorithm, PaddingMethod, HashingAlgorithm) Dsa(HashingAlgorithm hash) =>
        (CryptographicAlgorithm.DSA, PaddingMethod.NotSet, hash);

    private static (CryptographicAlgorithm, PaddingMethod, HashingAlgorithm) Ecdsa(HashingAlgorithm hash) =>
        (CryptographicAlgorithm.ECDSA, PaddingMethod.NotSet, hash);

    // EC is the algorithm of keys that ECDSA is one use of.
    private static CryptographicAlgorithm FamilyOf(CryptographicAlgorithm algorithm) =>
        algorithm == CryptographicAlgorithm.EC ? CryptographicAlgorithm.ECDSA : algorithm;

    private uint Enumeration(AttributeField field) => parameters?[field] is EnumerationValue v ? v.Value : 0;
}
