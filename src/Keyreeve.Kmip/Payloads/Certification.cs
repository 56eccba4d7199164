using System.Collections.Immutable;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Certify has a certificate made for a public key. KMIP 2.1 §6.1.6, 1.x §4.7.</summary>
public sealed record CertifyRequest : IRequestPayload<CertifyRequest, CertifyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Certify;

    /// <summary>The public key, or from KMIP 2.0 on the certificate request; absent: the request below, or the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>How the certificate request is written.</summary>
    public CertificateRequestType? CertificateRequestType { get; init; }

    /// <summary>The certificate request.</summary>
    public ReadOnlyMemory<byte>? CertificateRequestValue { get; init; }

    /// <summary>The attributes that the certificate shall have.</summary>
    public AttributeList? Attributes { get; init; }

    /// <summary>How it may be stored. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? ProtectionStorageMasks { get; init; }

    /// <inheritdoc/>
    public static CertifyRequest Exchange<TCodec>(ref TCodec codec, in CertifyRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            CertificateRequestType = codec.OptionalEnumeration(Tag.CertificateRequestType, value.CertificateRequestType),
            CertificateRequestValue = VersionDifferences.CertificateRequest(ref codec, value.CertificateRequestValue),
            Attributes = codec.OptionalAttributes(Tag.TemplateAttribute, Tag.Attributes, value.Attributes),
            ProtectionStorageMasks = codec.OptionalObject(Tag.ProtectionStorageMasks, value.ProtectionStorageMasks),
        };
}

/// <summary>The certificate that was made.</summary>
public sealed record CertifyResponse : IWireStructure<CertifyResponse>
{
    /// <summary>The certificate.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>Attributes that the server set of its own. KMIP 1.x alone.</summary>
    public AttributeList? ImplicitAttributes { get; init; }

    /// <inheritdoc/>
    public static CertifyResponse Exchange<TCodec>(ref TCodec codec, in CertifyResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            ImplicitAttributes = codec.ImplicitAttributes(Tag.TemplateAttribute, value.ImplicitAttributes),
        };
}

/// <summary>Re-certify has a certificate renewed for the same key pair. KMIP 2.1 §6.1.45, 1.x §4.8.</summary>
public sealed record ReCertifyRequest : IRequestPayload<ReCertifyRequest, CertifyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.ReCertify;

    /// <summary>The certificate to renew; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>A certificate request that is a managed object. From KMIP 2.0.</summary>
    public UniqueIdentifier? CertificateRequestUniqueIdentifier { get; init; }

    /// <summary>How the certificate request is written.</summary>
    public CertificateRequestType? CertificateRequestType { get; init; }

    /// <summary>The certificate request.</summary>
    public ReadOnlyMemory<byte>? CertificateRequestValue { get; init; }

    /// <summary>From the new certificate's Initial Date to its Activation Date: an Interval.</summary>
    public uint? OffsetInSeconds { get; init; }

    /// <summary>The attributes that the certificate shall have.</summary>
    public AttributeList? Attributes { get; init; }

    /// <summary>How it may be stored. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? ProtectionStorageMasks { get; init; }

    /// <inheritdoc/>
    public static ReCertifyRequest Exchange<TCodec>(ref TCodec codec, in ReCertifyRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            CertificateRequestUniqueIdentifier = codec.OptionalIdentifier(Tag.CertificateRequestUniqueIdentifier, value.CertificateRequestUniqueIdentifier),
            CertificateRequestType = codec.OptionalEnumeration(Tag.CertificateRequestType, value.CertificateRequestType),
            CertificateRequestValue = VersionDifferences.CertificateRequest(ref codec, value.CertificateRequestValue),
            OffsetInSeconds = codec.OptionalInterval(Tag.Offset, value.OffsetInSeconds),
            Attributes = codec.OptionalAttributes(Tag.TemplateAttribute, Tag.Attributes, value.Attributes),
            ProtectionStorageMasks = codec.OptionalObject(Tag.ProtectionStorageMasks, value.ProtectionStorageMasks),
        };
}

/// <summary>Validate asks whether a chain of certificates is valid. KMIP 2.1 §6.1.57, 1.x §4.23.</summary>
public sealed record ValidateRequest : IRequestPayload<ValidateRequest, ValidateResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Validate;

    /// <summary>Certificates of the chain.</summary>
    public ImmutableArray<CertificateInMessage> Certificates { get; init; } = [];

    /// <summary>Certificates of the chain that are managed objects.</summary>
    public ImmutableArray<UniqueIdentifier> UniqueIdentifiers { get; init; } = [];

    /// <summary>When the chain has to be valid; absent: now.</summary>
    public DateTimeOffset? ValidityDate { get; init; }

    /// <inheritdoc/>
    public static ValidateRequest Exchange<TCodec>(ref TCodec codec, in ValidateRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Certificates = codec.Structures(Tag.Certificate, value.Certificates),
            UniqueIdentifiers = codec.Identifiers(Tag.UniqueIdentifier, value.UniqueIdentifiers),
            ValidityDate = codec.OptionalDateTime(Tag.ValidityDate, value.ValidityDate),
        };
}

/// <summary>A certificate that stands in a message. KMIP 2.1 §2.1.</summary>
public readonly record struct CertificateInMessage : IWireStructure<CertificateInMessage>
{
    /// <summary>Its type.</summary>
    public CertificateType CertificateType { get; init; }

    /// <summary>Its bytes: a view of the message.</summary>
    public ReadOnlyMemory<byte> CertificateValue { get; init; }

    /// <inheritdoc/>
    public static CertificateInMessage Exchange<TCodec>(ref TCodec codec, in CertificateInMessage value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            CertificateType = codec.Enumeration(Tag.CertificateType, value.CertificateType),
            CertificateValue = codec.Bytes(Tag.CertificateValue, value.CertificateValue),
        };
}

/// <summary>Whether the chain is valid.</summary>
public readonly record struct ValidateResponse : IWireStructure<ValidateResponse>
{
    /// <summary>Valid, invalid or unknown.</summary>
    public ValidityIndicator ValidityIndicator { get; init; }

    /// <inheritdoc/>
    public static ValidateResponse Exchange<TCodec>(ref TCodec codec, in ValidateResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ValidityIndicator = codec.Enumeration(Tag.ValidityIndicator, value.ValidityIndicator),
        };
}
