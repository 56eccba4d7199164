using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Server.Kmip.Pkcs11;

/// <summary>An object as PKCS#11 sees it: the values of its CKA_ attributes.</summary>
/// <param name="id">Its Unique Identifier.</param>
/// <param name="attributes">What KMIP's Get Attributes tells of it.</param>
internal sealed class Pkcs11Object(UniqueIdentifier id, AttributeSet attributes)
{
    private const int BitsPerByte = 8;

    /// <summary>What the types of objects are called; what is not here is not in the token.</summary>
    public static IReadOnlyList<(ObjectType Type, Pkcs11Class Class)> Classes { get; } =
    [
        (ObjectType.SymmetricKey, Pkcs11Class.SecretKey),
        (ObjectType.PrivateKey, Pkcs11Class.PrivateKey),
        (ObjectType.PublicKey, Pkcs11Class.PublicKey),
        (ObjectType.Certificate, Pkcs11Class.Certificate),
    ];

    /// <summary>The algorithms of a type of key.</summary>
    public static IReadOnlyList<(CryptographicAlgorithm Algorithm, Pkcs11KeyType Type)> KeyTypes { get; } =
    [
        (CryptographicAlgorithm.AES, Pkcs11KeyType.Aes),
        (CryptographicAlgorithm.TripleDES, Pkcs11KeyType.TripleDes),
        (CryptographicAlgorithm.Camellia, Pkcs11KeyType.Camellia),
        (CryptographicAlgorithm.ChaCha20, Pkcs11KeyType.ChaCha20),
        (CryptographicAlgorithm.HMACSHA1, Pkcs11KeyType.GenericSecret),
        (CryptographicAlgorithm.HMACSHA224, Pkcs11KeyType.GenericSecret),
        (CryptographicAlgorithm.HMACSHA256, Pkcs11KeyType.GenericSecret),
        (CryptographicAlgorithm.HMACSHA384, Pkcs11KeyType.GenericSecret),
        (CryptographicAlgorithm.HMACSHA512, Pkcs11KeyType.GenericSecret),
        (CryptographicAlgorithm.RSA, Pkcs11KeyType.Rsa),
        (CryptographicAlgorithm.DSA, Pkcs11KeyType.Dsa),
        (CryptographicAlgorithm.DH, Pkcs11KeyType.Dh),
        (CryptographicAlgorithm.EC, Pkcs11KeyType.Ec),
        (CryptographicAlgorithm.ECDSA, Pkcs11KeyType.Ec),
        (CryptographicAlgorithm.ECDH, Pkcs11KeyType.Ec),
        (CryptographicAlgorithm.Ed25519, Pkcs11KeyType.EcEdwards),
        (CryptographicAlgorithm.Ed448, Pkcs11KeyType.EcEdwards),
    ];

    /// <summary>What it is; null if it is nothing that the token has.</summary>
    public Pkcs11Class? Class { get; } = ClassOf((ObjectType)Enumeration(attributes, AttributeName.ObjectType));

    /// <summary>Its algorithm.</summary>
    public CryptographicAlgorithm Algorithm { get; } = (CryptographicAlgorithm)Enumeration(attributes, AttributeName.CryptographicAlgorithm);

    /// <summary>Its length.</summary>
    public int LengthInBits { get; } = attributes.Find(AttributeName.CryptographicLength) is IntegerValue length ? length.Value : 0;

    /// <summary>What it may be used for.</summary>
    public CryptographicUsageMask Usage { get; } = (CryptographicUsageMask)(attributes.Find(AttributeName.CryptographicUsageMask) is IntegerValue mask ? unchecked((uint)mask.Value) : 0);

    private bool IsKey => Class is not Pkcs11Class.Certificate;

    private bool IsSecret => Class is Pkcs11Class.SecretKey or Pkcs11Class.PrivateKey;

    /// <summary>Whether an attribute stands in the object itself, which is read only where that may leave.</summary>
    public bool IsMaterial(Pkcs11Attribute attribute) => attribute switch
    {
        Pkcs11Attribute.Value => Class is not Pkcs11Class.PublicKey,
        Pkcs11Attribute.Modulus or Pkcs11Attribute.PublicExponent => Class is Pkcs11Class.PublicKey && Algorithm == CryptographicAlgorithm.RSA,
        Pkcs11Attribute.EcParams or Pkcs11Attribute.EcPoint => Class is Pkcs11Class.PublicKey && Algorithm != CryptographicAlgorithm.RSA,
        Pkcs11Attribute.Subject or Pkcs11Attribute.Issuer or Pkcs11Attribute.SerialNumber => Class is Pkcs11Class.Certificate,
        _ => false,
    };

    /// <summary>The value of an attribute, encoded; null if the object has none such.</summary>
    public byte[]? Find(Pkcs11Attribute attribute) => attribute switch
    {
        Pkcs11Attribute.Class => Number((ulong)Class!.Value),
        Pkcs11Attribute.Token => Boolean(value: true),
        Pkcs11Attribute.Private => Boolean(IsSecret),
        Pkcs11Attribute.Modifiable or Pkcs11Attribute.Copyable or Pkcs11Attribute.Destroyable => Boolean(value: false),
        Pkcs11Attribute.Label => Pkcs11Template.Text(Name),
        Pkcs11Attribute.UniqueId or Pkcs11Attribute.Id => Pkcs11Template.Text(id.ToString()),
        Pkcs11Attribute.CertificateType when !IsKey => Number(0),
        Pkcs11Attribute.KeyType when IsKey && TypeOf(Algorithm) is { } type => Number((ulong)type),
        Pkcs11Attribute.ValueLength when Class is Pkcs11Class.SecretKey => Number((ulong)(LengthInBits / BitsPerByte)),
        Pkcs11Attribute.ModulusBits when Class is Pkcs11Class.PublicKey && Algorithm == CryptographicAlgorithm.RSA => Number((ulong)LengthInBits),
        Pkcs11Attribute.StartDate when IsKey => Date(AttributeName.ActivationDate),
        Pkcs11Attribute.EndDate when IsKey => Date(AttributeName.DeactivationDate),
        Pkcs11Attribute.Sign when IsKey => Boolean((Usage & (CryptographicUsageMask.Sign | CryptographicUsageMask.MACGenerate)) != CryptographicUsageMask.NotSet),
        Pkcs11Attribute.Verify when IsKey => Boolean((Usage & (CryptographicUsageMask.Verify | CryptographicUsageMask.MACVerify)) != CryptographicUsageMask.NotSet),
        Pkcs11Attribute.Sensitive when IsSecret => Boolean(IsTrue(AttributeName.Sensitive)),
        Pkcs11Attribute.AlwaysSensitive when IsSecret => Boolean(IsTrue(AttributeName.AlwaysSensitive)),
        Pkcs11Attribute.Extractable when IsSecret => Boolean(attributes.Find(AttributeName.Extractable) is not BooleanValue { Value: false }),
        Pkcs11Attribute.NeverExtractable when IsSecret => Boolean(IsTrue(AttributeName.NeverExtractable)),
        _ when IsKey && Pkcs11Template.UsageOf(attribute) is not CryptographicUsageMask.NotSet and var usage => Boolean(Usage.HasFlag(usage)),
        _ => null,
    };

    /// <summary>The value of an attribute that stands in the object itself.</summary>
    public static byte[]? FindWithin(ObjectValue value, Pkcs11Attribute attribute)
    {
        if (value.Bytes is { } certificate) return OfCertificate(certificate, attribute);
        if (value.KeyBlock?.Material is not { } material) return null;
        using var lease = material.Reveal();
        return value.ObjectType == ObjectType.PublicKey ? OfPublicKey(lease.Span, attribute) : lease.Span.ToArray();
    }

    private static byte[]? OfCertificate(SecretBytes bytes, Pkcs11Attribute attribute)
    {
        using var lease = bytes.Reveal();
        if (attribute == Pkcs11Attribute.Value) return lease.Span.ToArray();
        using var certificate = X509CertificateLoader.LoadCertificate(lease.Span);
        if (attribute == Pkcs11Attribute.Subject) return certificate.SubjectName.RawData;
        if (attribute == Pkcs11Attribute.Issuer) return certificate.IssuerName.RawData;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteInteger(certificate.SerialNumberBytes.Span);
        return writer.Encode();
    }

    private static byte[]? OfPublicKey(ReadOnlySpan<byte> subjectPublicKeyInfo, Pkcs11Attribute attribute)
    {
        var key = PublicKey.CreateFromSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
        if (attribute == Pkcs11Attribute.EcParams) return key.EncodedParameters?.RawData;
        if (attribute == Pkcs11Attribute.EcPoint)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            writer.WriteOctetString(key.EncodedKeyValue.RawData);
            return writer.Encode();
        }

        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
        var parameters = rsa.ExportParameters(includePrivateParameters: false);
        return attribute == Pkcs11Attribute.Modulus ? parameters.Modulus : parameters.Exponent;
    }

    private static Pkcs11Class? ClassOf(ObjectType type)
    {
        foreach (var row in Classes)
            if (row.Type == type) return row.Class;
        return null;
    }

    private static Pkcs11KeyType? TypeOf(CryptographicAlgorithm algorithm)
    {
        foreach (var row in KeyTypes)
            if (row.Algorithm == algorithm) return row.Type;
        return null;
    }

    private string Name => attributes.Find(AttributeName.Name) is StructureValue name && name[AttributeField.NameValue] is TextValue text ? text.Value : string.Empty;

    private bool IsTrue(AttributeName name) => attributes.Find(name) is BooleanValue { Value: true };

    // CK_DATE: YYYYMMDD
    private byte[]? Date(AttributeName name) => attributes.Find(name) is DateTimeValue date
        ? Encoding.ASCII.GetBytes(date.Time.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture))
        : null;

    private static uint Enumeration(AttributeSet attributes, AttributeName name) => attributes.Find(name) is EnumerationValue value ? value.Value : 0;

    private static byte[] Boolean(bool value) => [value ? (byte)1 : (byte)0];

    private static byte[] Number(ulong value)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }
}
