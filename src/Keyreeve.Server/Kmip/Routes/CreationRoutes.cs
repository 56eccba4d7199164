using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Server.Kmip.Translation;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations that make objects.</summary>
internal static class CreationRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.CreateRequest, CreateRequest, CreateResponse, Wire.CreateResponse>(
            Operation.Create, ProtocolVersion.Kmip10, new CreateOperation(), Create, Created),
        new KmipRoute<Wire.CreateKeyPairRequest, CreateKeyPairRequest, CreateKeyPairResponse, Wire.CreateKeyPairResponse>(
            Operation.CreateKeyPair, ProtocolVersion.Kmip10, new CreateKeyPairOperation(), CreateKeyPair, KeyPairCreated),
        new KmipRoute<Wire.RegisterRequest, RegisterRequest, RegisterResponse, Wire.RegisterResponse>(
            Operation.Register, ProtocolVersion.Kmip10, new RegisterOperation(), Register, Registered),
    ];

    private static CreateRequest Create(Wire.CreateRequest payload, KmipCall call) => new()
    {
        ObjectType = (Own.ObjectType)payload.ObjectType,
        Attributes = AttributeTranslator.ToSet(payload.Attributes),
        Templates = AttributeTranslator.Templates(payload.Attributes),
        Protections = ProtectionStorage.Of(payload.ProtectionStorageMasks),
    };

    private static Wire.CreateResponse Created(CreateResponse response, KmipCall call)
    {
        call.Results.Made(UniqueIdentifierEnumeration.Create, response.Id);
        return new() { ObjectType = (ObjectType)response.ObjectType, UniqueIdentifier = Identifiers.ToWire(response.Id) };
    }

    private static CreateKeyPairRequest CreateKeyPair(Wire.CreateKeyPairRequest payload, KmipCall call)
    {
        ProtectionStorage.Require(payload.PublicProtectionStorageMasks);
        return new()
        {
            Protections = ProtectionStorage.Of(payload.PrivateProtectionStorageMasks, payload.CommonProtectionStorageMasks),
            CommonAttributes = AttributeTranslator.ToSet(payload.CommonAttributes),
            PrivateKeyAttributes = AttributeTranslator.ToSet(payload.PrivateKeyAttributes),
            PublicKeyAttributes = AttributeTranslator.ToSet(payload.PublicKeyAttributes),
            CommonTemplates = AttributeTranslator.Templates(payload.CommonAttributes),
            PrivateKeyTemplates = AttributeTranslator.Templates(payload.PrivateKeyAttributes),
            PublicKeyTemplates = AttributeTranslator.Templates(payload.PublicKeyAttributes),
        };
    }

    private static Wire.CreateKeyPairResponse KeyPairCreated(CreateKeyPairResponse response, KmipCall call)
    {
        call.Results.MadeKeyPair(response.PrivateKeyId, response.PublicKeyId);
        return new()
        {
            PrivateKeyUniqueIdentifier = Identifiers.ToWire(response.PrivateKeyId),
            PublicKeyUniqueIdentifier = Identifiers.ToWire(response.PublicKeyId),
        };
    }

    private static RegisterRequest Register(Wire.RegisterRequest payload, KmipCall call)
    {
        ProtectionStorage.Require(payload.ProtectionStorageMasks);
        var value = Objects.ToCore(payload.Object, call.KeyBlocks);
        if (value is not null) call.Message.Owns(value);
        return new()
        {
            ObjectType = (Own.ObjectType)payload.ObjectType,
            Attributes = AttributeTranslator.ToSet(payload.Attributes),
            Contents = payload.Object.Template is { } contents ? AttributeTranslator.ToSet(contents) : null,
            Templates = AttributeTranslator.Templates(payload.Attributes),
            Value = value,
        };
    }

    private static Wire.RegisterResponse Registered(RegisterResponse response, KmipCall call)
    {
        call.Results.Made(UniqueIdentifierEnumeration.Register, response.Id);
        return new() { UniqueIdentifier = Identifiers.ToWire(response.Id) };
    }
}
