using System.Collections.Immutable;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>An extension tag that the server knows. KMIP 2.1 §7.13.</summary>
public sealed record ExtensionInformation : IWireStructure<ExtensionInformation>
{
    /// <summary>What it is called.</summary>
    public string ExtensionName { get; init; } = string.Empty;

    /// <summary>The tag.</summary>
    public int? ExtensionTag { get; init; }

    /// <summary>The type: in KMIP 1.x an Integer, in KMIP 2.x an Enumeration.</summary>
    public KmipValue? ExtensionType { get; init; }

    /// <summary>Extension Enumeration. From KMIP 2.0.</summary>
    public int? ExtensionEnumeration { get; init; }

    /// <summary>Whether it is an attribute. From KMIP 2.0.</summary>
    public bool? ExtensionAttribute { get; init; }

    /// <summary>The tag of the structure it stands in. From KMIP 2.0.</summary>
    public int? ExtensionParentStructureTag { get; init; }

    /// <summary>What it is for. From KMIP 2.0.</summary>
    public string? ExtensionDescription { get; init; }

    /// <inheritdoc/>
    public static ExtensionInformation Exchange<TCodec>(ref TCodec codec, in ExtensionInformation value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ExtensionName = codec.Text(Tag.ExtensionName, value.ExtensionName),
            ExtensionTag = codec.OptionalInteger(Tag.ExtensionTag, value.ExtensionTag),
            ExtensionType = codec.OptionalValue(Tag.ExtensionType, value.ExtensionType),
            ExtensionEnumeration = codec.OptionalInteger(Tag.ExtensionEnumeration, value.ExtensionEnumeration),
            ExtensionAttribute = codec.OptionalBoolean(Tag.ExtensionAttribute, value.ExtensionAttribute),
            ExtensionParentStructureTag = codec.OptionalInteger(Tag.ExtensionParentStructureTag, value.ExtensionParentStructureTag),
            ExtensionDescription = codec.OptionalText(Tag.ExtensionDescription, value.ExtensionDescription),
        };
}

/// <summary>A random number generator. KMIP 2.1 §7.36.</summary>
public sealed record RNGParameters : IWireStructure<RNGParameters>
{
    /// <summary>RNG Algorithm.</summary>
    public RNGAlgorithm RNGAlgorithm { get; init; }

    /// <summary>The cipher it is made of.</summary>
    public CryptographicAlgorithm? CryptographicAlgorithm { get; init; }

    /// <summary>The cipher's key length in bits.</summary>
    public int? CryptographicLength { get; init; }

    /// <summary>The hash it is made of.</summary>
    public HashingAlgorithm? HashingAlgorithm { get; init; }

    /// <summary>DRBG Algorithm.</summary>
    public DRBGAlgorithm? DRBGAlgorithm { get; init; }

    /// <summary>The curve it is made of.</summary>
    public RecommendedCurve? RecommendedCurve { get; init; }

    /// <summary>FIPS186 Variation.</summary>
    public FIPS186Variation? FIPS186Variation { get; init; }

    /// <summary>Prediction Resistance.</summary>
    public bool? PredictionResistance { get; init; }

    /// <inheritdoc/>
    public static RNGParameters Exchange<TCodec>(ref TCodec codec, in RNGParameters value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            RNGAlgorithm = codec.Enumeration(Tag.RNGAlgorithm, value.RNGAlgorithm),
            CryptographicAlgorithm = codec.OptionalEnumeration(Tag.CryptographicAlgorithm, value.CryptographicAlgorithm),
            CryptographicLength = codec.OptionalInteger(Tag.CryptographicLength, value.CryptographicLength),
            HashingAlgorithm = codec.OptionalEnumeration(Tag.HashingAlgorithm, value.HashingAlgorithm),
            DRBGAlgorithm = codec.OptionalEnumeration(Tag.DRBGAlgorithm, value.DRBGAlgorithm),
            RecommendedCurve = codec.OptionalEnumeration(Tag.RecommendedCurve, value.RecommendedCurve),
            FIPS186Variation = codec.OptionalEnumeration(Tag.FIPS186Variation, value.FIPS186Variation),
            PredictionResistance = codec.OptionalBoolean(Tag.PredictionResistance, value.PredictionResistance),
        };
}

/// <summary>A profile that the server conforms to. KMIP 2.1 §7.31.</summary>
public sealed record ProfileInformation : IWireStructure<ProfileInformation>
{
    /// <summary>The profile.</summary>
    public ProfileName ProfileName { get; init; }

    /// <summary>Its version. From KMIP 2.0.</summary>
    public ProfileVersion? ProfileVersion { get; init; }

    /// <summary>Where the profile is served.</summary>
    public string? ServerURI { get; init; }

    /// <summary>On which port.</summary>
    public int? ServerPort { get; init; }

    /// <inheritdoc/>
    public static ProfileInformation Exchange<TCodec>(ref TCodec codec, in ProfileInformation value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ProfileName = codec.Enumeration(Tag.ProfileName, value.ProfileName),
            ProfileVersion = codec.OptionalObject(Tag.ProfileVersion, value.ProfileVersion),
            ServerURI = codec.OptionalText(Tag.ServerURI, value.ServerURI),
            ServerPort = codec.OptionalInteger(Tag.ServerPort, value.ServerPort),
        };
}

/// <summary>The version of a profile. KMIP 2.1 §7.32.</summary>
public sealed record ProfileVersion : IWireStructure<ProfileVersion>
{
    /// <summary>Profile Version Major.</summary>
    public int ProfileVersionMajor { get; init; }

    /// <summary>Profile Version Minor.</summary>
    public int ProfileVersionMinor { get; init; }

    /// <inheritdoc/>
    public static ProfileVersion Exchange<TCodec>(ref TCodec codec, in ProfileVersion value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ProfileVersionMajor = codec.Integer(Tag.ProfileVersionMajor, value.ProfileVersionMajor),
            ProfileVersionMinor = codec.Integer(Tag.ProfileVersionMinor, value.ProfileVersionMinor),
        };
}

/// <summary>A formal validation of the server. KMIP 2.1 §7.41.</summary>
public sealed record ValidationInformation : IWireStructure<ValidationInformation>
{
    /// <summary>Who validated.</summary>
    public ValidationAuthorityType ValidationAuthorityType { get; init; }

    /// <summary>In which country.</summary>
    public string? ValidationAuthorityCountry { get; init; }

    /// <summary>Where to find the authority.</summary>
    public string? ValidationAuthorityURI { get; init; }

    /// <summary>Validation Version Major.</summary>
    public int ValidationVersionMajor { get; init; }

    /// <summary>Validation Version Minor.</summary>
    public int? ValidationVersionMinor { get; init; }

    /// <summary>What was validated.</summary>
    public ValidationType ValidationType { get; init; }

    /// <summary>To which level.</summary>
    public int ValidationLevel { get; init; }

    /// <summary>The certificate's number.</summary>
    public string? ValidationCertificateIdentifier { get; init; }

    /// <summary>Where to find the certificate.</summary>
    public string? ValidationCertificateURI { get; init; }

    /// <summary>Where to find the vendor.</summary>
    public string? ValidationVendorURI { get; init; }

    /// <summary>Profiles it was validated to.</summary>
    public ImmutableArray<string> ValidationProfiles { get; init; } = [];

    /// <inheritdoc/>
    public static ValidationInformation Exchange<TCodec>(ref TCodec codec, in ValidationInformation value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ValidationAuthorityType = codec.Enumeration(Tag.ValidationAuthorityType, value.ValidationAuthorityType),
            ValidationAuthorityCountry = codec.OptionalText(Tag.ValidationAuthorityCountry, value.ValidationAuthorityCountry),
            ValidationAuthorityURI = codec.OptionalText(Tag.ValidationAuthorityURI, value.ValidationAuthorityURI),
            ValidationVersionMajor = codec.Integer(Tag.ValidationVersionMajor, value.ValidationVersionMajor),
            ValidationVersionMinor = codec.OptionalInteger(Tag.ValidationVersionMinor, value.ValidationVersionMinor),
            ValidationType = codec.Enumeration(Tag.ValidationType, value.ValidationType),
            ValidationLevel = codec.Integer(Tag.ValidationLevel, value.ValidationLevel),
            ValidationCertificateIdentifier = codec.OptionalText(Tag.ValidationCertificateIdentifier, value.ValidationCertificateIdentifier),
            ValidationCertificateURI = codec.OptionalText(Tag.ValidationCertificateURI, value.ValidationCertificateURI),
            ValidationVendorURI = codec.OptionalText(Tag.ValidationVendorURI, value.ValidationVendorURI),
            ValidationProfiles = codec.Texts(Tag.ValidationProfile, value.ValidationProfiles),
        };
}

/// <summary>What the server can do beyond its operations. KMIP 2.1 §7.5.</summary>
public sealed record CapabilityInformation : IWireStructure<CapabilityInformation>
{
    /// <summary>Operations in several parts.</summary>
    public bool? StreamingCapability { get; init; }

    /// <summary>Operations answered later.</summary>
    public bool? AsynchronousCapability { get; init; }

    /// <summary>Attestation.</summary>
    public bool? AttestationCapability { get; init; }

    /// <summary>Undoing a batch. From KMIP 1.4.</summary>
    public bool? BatchUndoCapability { get; init; }

    /// <summary>Going on with a batch after a failure. From KMIP 1.4.</summary>
    public bool? BatchContinueCapability { get; init; }

    /// <summary>Whether wrapped keys are unwrapped on Register.</summary>
    public UnwrapMode? UnwrapMode { get; init; }

    /// <summary>What Destroy does.</summary>
    public DestroyAction? DestroyAction { get; init; }

    /// <summary>How material is shredded.</summary>
    public ShreddingAlgorithm? ShreddingAlgorithm { get; init; }

    /// <summary>Whether the random number generator is shared.</summary>
    public RNGMode? RNGMode { get; init; }

    /// <summary>Algorithms that withstand quantum computers. From KMIP 2.0.</summary>
    public bool? QuantumSafeCapability { get; init; }

    /// <inheritdoc/>
    public static CapabilityInformation Exchange<TCodec>(ref TCodec codec, in CapabilityInformation value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            StreamingCapability = codec.OptionalBoolean(Tag.StreamingCapability, value.StreamingCapability),
            AsynchronousCapability = codec.OptionalBoolean(Tag.AsynchronousCapability, value.AsynchronousCapability),
            AttestationCapability = codec.OptionalBoolean(Tag.AttestationCapability, value.AttestationCapability),
            BatchUndoCapability = codec.OptionalBoolean(Tag.BatchUndoCapability, value.BatchUndoCapability),
            BatchContinueCapability = codec.OptionalBoolean(Tag.BatchContinueCapability, value.BatchContinueCapability),
            UnwrapMode = codec.OptionalEnumeration(Tag.UnwrapMode, value.UnwrapMode),
            DestroyAction = codec.OptionalEnumeration(Tag.DestroyAction, value.DestroyAction),
            ShreddingAlgorithm = codec.OptionalEnumeration(Tag.ShreddingAlgorithm, value.ShreddingAlgorithm),
            RNGMode = codec.OptionalEnumeration(Tag.RNGMode, value.RNGMode),
            QuantumSafeCapability = codec.OptionalBoolean(Tag.QuantumSafeCapability, value.QuantumSafeCapability),
        };
}

/// <summary>What the server assumes of objects when the client says nothing. KMIP 2.1 §7.11.</summary>
public sealed record DefaultsInformation : IWireStructure<DefaultsInformation>
{
    /// <summary>By type of object.</summary>
    public ImmutableArray<ObjectDefaults> ObjectDefaults { get; init; } = [];

    /// <inheritdoc/>
    public static DefaultsInformation Exchange<TCodec>(ref TCodec codec, in DefaultsInformation value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ObjectDefaults = codec.Structures(Tag.ObjectDefaults, value.ObjectDefaults),
        };
}

/// <summary>What the server assumes of objects of certain types. KMIP 2.1 §7.22.</summary>
public sealed record ObjectDefaults : IWireStructure<ObjectDefaults>
{
    /// <summary>The type of object, if it is one.</summary>
    public ObjectType? ObjectType { get; init; }

    /// <summary>The types of objects, if there are several: a structure. From KMIP 2.1.</summary>
    public KmipValue? ObjectTypes { get; init; }

    /// <summary>What is assumed.</summary>
    public AttributeList Attributes { get; init; } = AttributeList.Empty;

    /// <summary>The object groups it holds for: a structure. From KMIP 2.1.</summary>
    public KmipValue? ObjectGroups { get; init; }

    /// <inheritdoc/>
    public static ObjectDefaults Exchange<TCodec>(ref TCodec codec, in ObjectDefaults value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ObjectType = codec.OptionalEnumeration(Tag.ObjectType, value.ObjectType),
            ObjectTypes = codec.OptionalValue(Tag.ObjectTypes, value.ObjectTypes),
            Attributes = codec.Attributes(Tag.TemplateAttribute, Tag.Attributes, value.Attributes),
            ObjectGroups = codec.OptionalValue(Tag.ObjectGroups, value.ObjectGroups),
        };
}

/// <summary>Alternatives for how an object is protected where it is stored, preferred first. KMIP 2.1 §7.33.</summary>
public sealed record ProtectionStorageMasks : IWireStructure<ProtectionStorageMasks>
{
    /// <summary>The alternatives.</summary>
    public ImmutableArray<ProtectionStorageMask> Masks { get; init; } = [];

    /// <inheritdoc/>
    public static ProtectionStorageMasks Exchange<TCodec>(ref TCodec codec, in ProtectionStorageMasks value)
        where TCodec : struct, IFieldCodec, allows ref struct => new() { Masks = codec.Masks(Tag.ProtectionStorageMask, value.Masks) };
}
