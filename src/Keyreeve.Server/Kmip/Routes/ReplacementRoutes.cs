using Keyreeve.Core;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Kmip.Translation;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations that make objects of others.</summary>
internal static class ReplacementRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.ReKeyRequest, ReKeyRequest, ReKeyResponse, Wire.ReKeyResponse>(
            Operation.ReKey, ProtocolVersion.Kmip10, new ReKeyOperation(), ReKey, ReKeyed),
        new KmipRoute<Wire.ReKeyKeyPairRequest, ReKeyKeyPairRequest, ReKeyKeyPairResponse, Wire.ReKeyKeyPairResponse>(
            Operation.ReKeyKeyPair, ProtocolVersion.Kmip11, new ReKeyKeyPairOperation(), ReKeyKeyPair, KeyPairReKeyed),
        new KmipRoute<Wire.DeriveKeyRequest, DeriveKeyRequest, DeriveKeyResponse, Wire.DeriveKeyResponse>(
            Operation.DeriveKey, ProtocolVersion.Kmip10, new DeriveKeyOperation(), DeriveKey, Derived),
    ];

    private static ReKeyRequest ReKey(Wire.ReKeyRequest payload, KmipCall call) => new()
    {
        Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
        OffsetInSeconds = payload.Offset,
        Attributes = AttributeTranslator.ToSet(payload.Attributes),
        Templates = AttributeTranslator.Templates(payload.Attributes),
        Protections = ProtectionStorage.Of(payload.ProtectionStorageMasks),
    };

    private static Wire.ReKeyResponse ReKeyed(ReKeyResponse response, KmipCall call)
    {
        call.Results.Made(UniqueIdentifierEnumeration.ReKey, response.Id);
        return new() { UniqueIdentifier = Identifiers.ToWire(response.Id) };
    }

    private static ReKeyKeyPairRequest ReKeyKeyPair(Wire.ReKeyKeyPairRequest payload, KmipCall call)
    {
        ProtectionStorage.Require(payload.PublicProtectionStorageMasks);
        return new()
        {
            Protections = ProtectionStorage.Of(payload.PrivateProtectionStorageMasks, payload.CommonProtectionStorageMasks),
            PrivateKeyId = Identifiers.Resolve(payload.PrivateKeyUniqueIdentifier, call),
            OffsetInSeconds = payload.Offset,
            CommonAttributes = AttributeTranslator.ToSet(payload.CommonAttributes),
            PrivateKeyAttributes = AttributeTranslator.ToSet(payload.PrivateKeyAttributes),
            PublicKeyAttributes = AttributeTranslator.ToSet(payload.PublicKeyAttributes),
            CommonTemplates = AttributeTranslator.Templates(payload.CommonAttributes),
            PrivateKeyTemplates = AttributeTranslator.Templates(payload.PrivateKeyAttributes),
            PublicKeyTemplates = AttributeTranslator.Templates(payload.PublicKeyAttributes),
        };
    }

    private static Wire.ReKeyKeyPairResponse KeyPairReKeyed(ReKeyKeyPairResponse response, KmipCall call)
    {
        call.Results.MadeReplacingKeyPair(response.PrivateKeyId, response.PublicKeyId);
        return new()
        {
            PrivateKeyUniqueIdentifier = Identifiers.ToWire(response.PrivateKeyId),
            PublicKeyUniqueIdentifier = Identifiers.ToWire(response.PublicKeyId),
        };
    }

    private static DeriveKeyRequest DeriveKey(Wire.DeriveKeyRequest payload, KmipCall call)
    {
        // spec: KMIP 2.1 §6.1.14 "the current value of the ID Placeholder SHALL NOT be used in place of a Unique Identifier in this
        // operation."
        if (payload.UniqueIdentifiers.IsEmpty) throw new KeyreeveException(KeyreeveError.MissingField, "Derive Key names at least one object.");
        var parameters = payload.DerivationParameters;
        return new()
        {
            ObjectType = (Own.ObjectType)payload.ObjectType,
            Ids = [.. payload.UniqueIdentifiers.Select(id => Identifiers.Resolve(id, call))],
            Method = (Own.DerivationMethod)payload.DerivationMethod,
            Parameters = new DerivationParameters
            {
                CryptographicParameters = Parameters.ToCore(parameters.CryptographicParameters, call.Version),
                InitializationVector = parameters.InitializationVector,
                DerivationData = parameters.DerivationData.IsDefault ? [] : [.. parameters.DerivationData.Select(DataOf)],
                Salt = parameters.Salt,
                IterationCount = parameters.IterationCount,
            },
            Attributes = AttributeTranslator.ToSet(payload.Attributes),
            Templates = AttributeTranslator.Templates(payload.Attributes),
        };
    }

    private static ReadOnlyMemory<byte> DataOf(KmipValue data) => data.Type == TtlvType.ByteString
        ? data.AsBytes()
        : throw new KeyreeveException(KeyreeveError.InvalidField, "Derivation Data is a Byte String.");

    private static Wire.DeriveKeyResponse Derived(DeriveKeyResponse response, KmipCall call)
    {
        call.Results.Made(UniqueIdentifierEnumeration.DeriveKey, response.Id);
        return new() { UniqueIdentifier = Identifiers.ToWire(response.Id) };
    }
}
