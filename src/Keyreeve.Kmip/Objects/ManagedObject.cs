using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Objects;

/// <summary>
/// A managed object in a message, of whichever type; <see cref="ObjectType"/> says which of the other fields it has.
/// KMIP 2.1 §2. Holds views of the message; nothing here prints them.
/// </summary>
public readonly struct ManagedObject
{
    /// <summary>What the object is.</summary>
    public ObjectType ObjectType { get; private init; }

    /// <summary>The key, of symmetric, public, private, split and PGP keys and of secret data.</summary>
    public KeyBlock KeyBlock { get; private init; }

    /// <summary>The bytes, of certificates, certificate requests and opaque objects.</summary>
    public ReadOnlyMemory<byte> Content { get; private init; }

    /// <summary>Of a certificate: its type.</summary>
    public CertificateType CertificateType { get; private init; }

    /// <summary>Of a certificate request: its type.</summary>
    public CertificateRequestType CertificateRequestType { get; private init; }

    /// <summary>Of secret data: its type.</summary>
    public SecretDataType SecretDataType { get; private init; }

    /// <summary>Of an opaque object: its type; the standard names none.</summary>
    public OpaqueDataType OpaqueDataType { get; private init; }

    /// <summary>Of a PGP key: the version of its format.</summary>
    public int PGPKeyVersion { get; private init; }

    /// <summary>Of a split key: which part it is.</summary>
    public SplitKeyPart? SplitKeyPart { get; private init; }

    /// <summary>Of a template: its attributes. KMIP 1.x alone has templates.</summary>
    public AttributeList? Template { get; private init; }

    /// <summary>Of an object of a type that only KMIP 3.0 has (users, groups, credentials): its fields.</summary>
    public KmipValue? Fields { get; private init; }

    /// <summary>A symmetric, public or private key.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is another.</exception>
    public static ManagedObject FromKey(ObjectType objectType, in KeyBlock keyBlock) => objectType is ObjectType.SymmetricKey or ObjectType.PublicKey or ObjectType.PrivateKey
        ? new() { ObjectType = objectType, KeyBlock = keyBlock }
        : throw new ArgumentOutOfRangeException(nameof(objectType), objectType, "An object of this type is not a key alone.");

    /// <summary>A certificate.</summary>
    public static ManagedObject FromCertificate(CertificateType certificateType, ReadOnlyMemory<byte> certificateValue) =>
        new() { ObjectType = ObjectType.Certificate, CertificateType = certificateType, Content = certificateValue };

    /// <summary>A certificate request.</summary>
    public static ManagedObject FromCertificateRequest(CertificateRequestType certificateRequestType, ReadOnlyMemory<byte> value) =>
        new() { ObjectType = ObjectType.CertificateRequest, CertificateRequestType = certificateRequestType, Content = value };

    /// <summary>Secret data: a password or seed.</summary>
    public static ManagedObject FromSecretData(SecretDataType secretDataType, in KeyBlock keyBlock) =>
        new() { ObjectType = ObjectType.SecretData, SecretDataType = secretDataType, KeyBlock = keyBlock };

    /// <summary>An opaque object.</summary>
    public static ManagedObject FromOpaque(OpaqueDataType opaqueDataType, ReadOnlyMemory<byte> opaqueDataValue) =>
        new() { ObjectType = ObjectType.OpaqueObject, OpaqueDataType = opaqueDataType, Content = opaqueDataValue };

    /// <summary>A PGP key.</summary>
    public static ManagedObject FromPGPKey(int pgpKeyVersion, in KeyBlock keyBlock) =>
        new() { ObjectType = ObjectType.PGPKey, PGPKeyVersion = pgpKeyVersion, KeyBlock = keyBlock };

    /// <summary>A part of a split key.</summary>
    public static ManagedObject FromSplitKey(SplitKeyPart part, in KeyBlock keyBlock) =>
        new() { ObjectType = ObjectType.SplitKey, SplitKeyPart = part, KeyBlock = keyBlock };

    /// <summary>A template.</summary>
    public static ManagedObject FromTemplate(AttributeList attributes) => new() { ObjectType = ObjectType.Template, Template = attributes };

    /// <summary>An object of a type that only KMIP 3.0 has, by its fields.</summary>
    public static ManagedObject FromFields(ObjectType objectType, KmipValue fields) => new() { ObjectType = objectType, Fields = fields };

    /// <summary>The object of a payload, whose Object Type stands before it.</summary>
    internal static ManagedObject Exchange<TCodec>(ref TCodec codec, ObjectType objectType, in ManagedObject value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        if (!codec.IsReading) objectType = value.ObjectType;
        return objectType switch
        {
            ObjectType.Certificate => codec.Structure(Tag.Certificate, new CertificateObject { Value = value }).Value,
            ObjectType.SymmetricKey => codec.Structure(Tag.SymmetricKey, new KeyObject { Value = value }).As(objectType),
            ObjectType.PublicKey => codec.Structure(Tag.PublicKey, new KeyObject { Value = value }).As(objectType),
            ObjectType.PrivateKey => codec.Structure(Tag.PrivateKey, new KeyObject { Value = value }).As(objectType),
            ObjectType.SplitKey => codec.Structure(Tag.SplitKey, new SplitKeyObject { Value = value }).Value,
            ObjectType.Template => codec.Structure(Tag.Template, new TemplateObject { Value = value }).Value,
            ObjectType.SecretData => codec.Structure(Tag.SecretData, new SecretDataObject { Value = value }).Value,
            ObjectType.OpaqueObject => codec.Structure(Tag.OpaqueObject, new OpaqueObject { Value = value }).Value,
            ObjectType.PGPKey => codec.Structure(Tag.PGPKey, new PGPKeyObject { Value = value }).Value,
            ObjectType.CertificateRequest => codec.Structure(Tag.CertificateRequest, new CertificateRequestObject { Value = value }).Value,
            _ => ExchangeFields(ref codec, objectType, value),
        };
    }

    /// <summary>The type of the object that stands under a tag, for payloads that do not say it; not defined for other tags.</summary>
    internal static ObjectType TypeOf(Tag tag) => tag switch
    {
        Tag.Certificate => ObjectType.Certificate,
        Tag.SymmetricKey => ObjectType.SymmetricKey,
        Tag.PublicKey => ObjectType.PublicKey,
        Tag.PrivateKey => ObjectType.PrivateKey,
        Tag.SplitKey => ObjectType.SplitKey,
        Tag.Template => ObjectType.Template,
        Tag.SecretData => ObjectType.SecretData,
        Tag.OpaqueObject => ObjectType.OpaqueObject,
        Tag.PGPKey => ObjectType.PGPKey,
        Tag.CertificateRequest => ObjectType.CertificateRequest,
        _ => default,
    };

    private static ManagedObject ExchangeFields<TCodec>(ref TCodec codec, ObjectType objectType, in ManagedObject value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var tag = objectType switch
        {
            ObjectType.PasswordCredential => Tag.PasswordCredential,
            ObjectType.DeviceCredential => Tag.DeviceCredential,
            ObjectType.OneTimePasswordCredential => Tag.OTPCredential,
            ObjectType.HashedPasswordCredential => Tag.HashedPasswordCredential,
            _ => throw codec.Invalid("an object of a type that cannot stand in a message"),
        };
        return FromFields(objectType, codec.Value(tag, value.Fields.GetValueOrDefault()));
    }

    private readonly struct KeyObject : IWireStructure<KeyObject>
    {
        public ManagedObject Value { get; init; }

        public ManagedObject As(ObjectType objectType) => FromKey(objectType, Value.KeyBlock);

        public static KeyObject Exchange<TCodec>(ref TCodec codec, in KeyObject value)
            where TCodec : struct, IFieldCodec, allows ref struct => new()
            {
                Value = new() { KeyBlock = codec.Structure(Tag.KeyBlock, value.Value.KeyBlock) },
            };
    }

    private readonly struct CertificateObject : IWireStructure<CertificateObject>
    {
        public ManagedObject Value { get; init; }

        public static CertificateObject Exchange<TCodec>(ref TCodec codec, in CertificateObject value)
            where TCodec : struct, IFieldCodec, allows ref struct => new()
            {
                Value = FromCertificate(
                    codec.Enumeration(Tag.CertificateType, value.Value.CertificateType),
                    codec.Bytes(Tag.CertificateValue, value.Value.Content)),
            };
    }

    private readonly struct CertificateRequestObject : IWireStructure<CertificateRequestObject>
    {
        public ManagedObject Value { get; init; }

        public static CertificateRequestObject Exchange<TCodec>(ref TCodec codec, in CertificateRequestObject value)
            where TCodec : struct, IFieldCodec, allows ref struct => new()
            {
                Value = FromCertificateRequest(
                    codec.Enumeration(Tag.CertificateRequestType, value.Value.CertificateRequestType),
                    codec.Bytes(Tag.CertificateRequestValue, value.Value.Content)),
            };
    }

    private readonly struct SecretDataObject : IWireStructure<SecretDataObject>
    {
        public ManagedObject Value { get; init; }

        public static SecretDataObject Exchange<TCodec>(ref TCodec codec, in SecretDataObject value)
            where TCodec : struct, IFieldCodec, allows ref struct => new()
            {
                Value = FromSecretData(
                    codec.Enumeration(Tag.SecretDataType, value.Value.SecretDataType),
                    codec.Structure(Tag.KeyBlock, value.Value.KeyBlock)),
            };
    }

    private readonly struct OpaqueObject : IWireStructure<OpaqueObject>
    {
        public ManagedObject Value { get; init; }

        public static OpaqueObject Exchange<TCodec>(ref TCodec codec, in OpaqueObject value)
            where TCodec : struct, IFieldCodec, allows ref struct => new()
            {
                Value = FromOpaque(
                    codec.Enumeration(Tag.OpaqueDataType, value.Value.OpaqueDataType),
                    codec.Bytes(Tag.OpaqueDataValue, value.Value.Content)),
            };
    }

    private readonly struct PGPKeyObject : IWireStructure<PGPKeyObject>
    {
        public ManagedObject Value { get; init; }

        public static PGPKeyObject Exchange<TCodec>(ref TCodec codec, in PGPKeyObject value)
            where TCodec : struct, IFieldCodec, allows ref struct => new()
            {
                Value = FromPGPKey(
                    codec.Integer(Tag.PGPKeyVersion, value.Value.PGPKeyVersion),
                    codec.Structure(Tag.KeyBlock, value.Value.KeyBlock)),
            };
    }

    private readonly struct SplitKeyObject : IWireStructure<SplitKeyObject>
    {
        public ManagedObject Value { get; init; }

        public static SplitKeyObject Exchange<TCodec>(ref TCodec codec, in SplitKeyObject value)
            where TCodec : struct, IFieldCodec, allows ref struct => new()
            {
                Value = FromSplitKey(
                    Objects.SplitKeyPart.ExchangeFields(ref codec, value.Value.SplitKeyPart ?? new()),
                    codec.Structure(Tag.KeyBlock, value.Value.KeyBlock)),
            };
    }

    private readonly struct TemplateObject : IWireStructure<TemplateObject>
    {
        public ManagedObject Value { get; init; }

        public static TemplateObject Exchange<TCodec>(ref TCodec codec, in TemplateObject value)
            where TCodec : struct, IFieldCodec, allows ref struct => new()
            {
                Value = FromTemplate(new AttributeList(AttributeCodec.NamedAttributes(ref codec, value.Value.Template?.Attributes ?? []))),
            };
    }
}

/// <summary>Which part of a split key an object is. KMIP 2.1 §2.8.</summary>
public sealed record SplitKeyPart
{
    /// <summary>How many parts there are.</summary>
    public int SplitKeyParts { get; init; }

    /// <summary>Which of them this is.</summary>
    public int KeyPartIdentifier { get; init; }

    /// <summary>How many make the key.</summary>
    public int SplitKeyThreshold { get; init; }

    /// <summary>How the key was split.</summary>
    public SplitKeyMethod SplitKeyMethod { get; init; }

    /// <summary>The polynomial of GF(2^8). From KMIP 3.0.</summary>
    public SplitKeyPolynomial? SplitKeyPolynomial { get; init; }

    /// <summary>The prime, of Polynomial Sharing Prime Field: a Big Integer.</summary>
    public KmipValue? PrimeFieldSize { get; init; }

    internal static SplitKeyPart ExchangeFields<TCodec>(ref TCodec codec, SplitKeyPart value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            SplitKeyParts = codec.Integer(Tag.SplitKeyParts, value.SplitKeyParts),
            KeyPartIdentifier = codec.Integer(Tag.KeyPartIdentifier, value.KeyPartIdentifier),
            SplitKeyThreshold = codec.Integer(Tag.SplitKeyThreshold, value.SplitKeyThreshold),
            SplitKeyMethod = codec.Enumeration(Tag.SplitKeyMethod, value.SplitKeyMethod),
            SplitKeyPolynomial = codec.OptionalEnumeration(Tag.SplitKeyPolynomial, value.SplitKeyPolynomial),
            PrimeFieldSize = codec.OptionalBigInteger(Tag.PrimeFieldSize, value.PrimeFieldSize),
        };
}
