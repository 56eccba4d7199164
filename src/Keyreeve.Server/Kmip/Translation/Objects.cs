using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;
using Keyreeve.Kmip;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Objects;

namespace Keyreeve.Server.Kmip.Translation;

/// <summary>Managed objects between the wire and Core.</summary>
internal static class Objects
{
    /// <summary>The object of a Register; the caller disposes of it. Null for a template, which holds attributes alone.</summary>
    public static ObjectValue? ToCore(in Wire.ManagedObject wire, KeyBlocks keyBlocks)
    {
        var type = (Own.ObjectType)wire.ObjectType;
        return wire.ObjectType switch
        {
            // spec: KMIP 2.0 §11.34 "Object Type": what was Template's value is reserved.
            Keyreeve.Kmip.ObjectType.Template when keyBlocks.Version.Has(VersionTrait.HasTemplates) => null,
            Keyreeve.Kmip.ObjectType.Certificate => new ObjectValue
            {
                ObjectType = type,
                CertificateType = (Own.CertificateType)KnownValues.Require(Tag.CertificateType, wire.CertificateType),
                Bytes = SecretBytes.CopyFrom(wire.Content.Span),
            },
            Keyreeve.Kmip.ObjectType.CertificateRequest => new ObjectValue
            {
                ObjectType = type,
                CertificateRequestType = (uint)KnownValues.Require(Tag.CertificateRequestType, wire.CertificateRequestType),
                Bytes = SecretBytes.CopyFrom(wire.Content.Span),
            },
            Keyreeve.Kmip.ObjectType.OpaqueObject => new ObjectValue
            {
                ObjectType = type,
                OpaqueDataType = (uint)wire.OpaqueDataType,
                Bytes = SecretBytes.CopyFrom(wire.Content.Span),
            },
            Keyreeve.Kmip.ObjectType.SymmetricKey or Keyreeve.Kmip.ObjectType.PublicKey or Keyreeve.Kmip.ObjectType.PrivateKey
                or Keyreeve.Kmip.ObjectType.SecretData or Keyreeve.Kmip.ObjectType.SplitKey or Keyreeve.Kmip.ObjectType.PGPKey => new ObjectValue
                {
                    ObjectType = type,
                    KeyBlock = keyBlocks.ToCore(wire.KeyBlock),
                    SecretDataType = wire.ObjectType == Keyreeve.Kmip.ObjectType.SecretData ? (Own.SecretDataType)KnownValues.Require(Tag.SecretDataType, wire.SecretDataType) : default,
                    PGPKeyVersion = wire.PGPKeyVersion,
                    SplitKey = wire.SplitKeyPart is { } part ? ToCore(part) : null,
                },
            _ => throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"Objects of type {wire.ObjectType} cannot be registered."),
        };
    }

    /// <summary>The object for the response to a Get.</summary>
    public static Wire.ManagedObject ToWire(ObjectValue value, KeyBlocks keyBlocks) => value.ObjectType switch
    {
        Own.ObjectType.Template when keyBlocks.Version.Has(VersionTrait.HasTemplates) => Wire.ManagedObject.FromTemplate(keyBlocks.ToTemplate(value.TemplateAttributes!)),
        Own.ObjectType.Certificate => Wire.ManagedObject.FromCertificate((Keyreeve.Kmip.CertificateType)value.CertificateType, keyBlocks.Copy(value.Bytes!)),
        Own.ObjectType.CertificateRequest => Wire.ManagedObject.FromCertificateRequest((Keyreeve.Kmip.CertificateRequestType)value.CertificateRequestType, keyBlocks.Copy(value.Bytes!)),
        Own.ObjectType.OpaqueObject => Wire.ManagedObject.FromOpaque((OpaqueDataType)value.OpaqueDataType, keyBlocks.Copy(value.Bytes!)),
        Own.ObjectType.SecretData => Wire.ManagedObject.FromSecretData((Keyreeve.Kmip.SecretDataType)value.SecretDataType, keyBlocks.ToWire(value.KeyBlock!)),
        Own.ObjectType.PGPKey => Wire.ManagedObject.FromPGPKey(value.PGPKeyVersion, keyBlocks.ToWire(value.KeyBlock!)),
        Own.ObjectType.SplitKey => Wire.ManagedObject.FromSplitKey(ToWire(value.SplitKey!), keyBlocks.ToWire(value.KeyBlock!)),
        Own.ObjectType.SymmetricKey or Own.ObjectType.PublicKey or Own.ObjectType.PrivateKey =>
            Wire.ManagedObject.FromKey((Keyreeve.Kmip.ObjectType)value.ObjectType, keyBlocks.ToWire(value.KeyBlock!)),
        _ => throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {value.ObjectType} holds nothing to get."),
    };

    private static SplitKeyDescription ToCore(Wire.SplitKeyPart part) => new(
        part.SplitKeyParts, part.KeyPartIdentifier, part.SplitKeyThreshold, (Own.SplitKeyMethod)part.SplitKeyMethod, part.PrimeFieldSize?.AsBigInteger())
    {
        Polynomial = (Own.SplitKeyPolynomial)part.SplitKeyPolynomial.GetValueOrDefault(),
    };

    private static Wire.SplitKeyPart ToWire(SplitKeyDescription part) => new()
    {
        SplitKeyParts = part.Parts,
        KeyPartIdentifier = part.PartIdentifier,
        SplitKeyThreshold = part.Threshold,
        SplitKeyMethod = (Keyreeve.Kmip.SplitKeyMethod)part.Method,
        SplitKeyPolynomial = part.Polynomial == Own.SplitKeyPolynomial.NotSet ? null : (Keyreeve.Kmip.SplitKeyPolynomial)part.Polynomial,
        PrimeFieldSize = part.PrimeFieldSize is { } prime ? KmipValue.BigInteger(prime) : null,
    };
}
