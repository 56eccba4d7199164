using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Objects;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Create makes a symmetric key, or from KMIP 1.4 on secret data. KMIP 2.1 §6.1.8, 1.x §4.1.</summary>
public sealed record CreateRequest : IRequestPayload<CreateRequest, CreateResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Create;

    /// <summary>What to make.</summary>
    public ObjectType ObjectType { get; init; }

    /// <summary>The attributes it shall have.</summary>
    public AttributeList Attributes { get; init; } = AttributeList.Empty;

    /// <summary>How it may be stored. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? ProtectionStorageMasks { get; init; }

    /// <inheritdoc/>
    public static CreateRequest Exchange<TCodec>(ref TCodec codec, in CreateRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ObjectType = codec.Enumeration(Tag.ObjectType, value.ObjectType),
            Attributes = codec.Attributes(Tag.TemplateAttribute, Tag.Attributes, value.Attributes),
            ProtectionStorageMasks = codec.OptionalObject(Tag.ProtectionStorageMasks, value.ProtectionStorageMasks),
        };
}

/// <summary>What was created.</summary>
public sealed record CreateResponse : IWireStructure<CreateResponse>
{
    /// <summary>What was made.</summary>
    public ObjectType ObjectType { get; init; }

    /// <summary>The object.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>Attributes that the server set of its own. KMIP 1.x alone.</summary>
    public AttributeList? ImplicitAttributes { get; init; }

    /// <inheritdoc/>
    public static CreateResponse Exchange<TCodec>(ref TCodec codec, in CreateResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ObjectType = codec.Enumeration(Tag.ObjectType, value.ObjectType),
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            ImplicitAttributes = codec.ImplicitAttributes(Tag.TemplateAttribute, value.ImplicitAttributes),
        };
}

/// <summary>Create Key Pair. KMIP 2.1 §6.1.9, 1.x §4.2.</summary>
public sealed record CreateKeyPairRequest : IRequestPayload<CreateKeyPairRequest, CreateKeyPairResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.CreateKeyPair;

    /// <summary>Attributes that both keys shall have.</summary>
    public AttributeList? CommonAttributes { get; init; }

    /// <summary>Attributes that the private key shall have.</summary>
    public AttributeList? PrivateKeyAttributes { get; init; }

    /// <summary>Attributes that the public key shall have.</summary>
    public AttributeList? PublicKeyAttributes { get; init; }

    /// <summary>How both may be stored. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? CommonProtectionStorageMasks { get; init; }

    /// <summary>How the private key may be stored. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? PrivateProtectionStorageMasks { get; init; }

    /// <summary>How the public key may be stored. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? PublicProtectionStorageMasks { get; init; }

    /// <inheritdoc/>
    public static CreateKeyPairRequest Exchange<TCodec>(ref TCodec codec, in CreateKeyPairRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            CommonAttributes = codec.OptionalAttributes(Tag.CommonTemplateAttribute, Tag.CommonAttributes, value.CommonAttributes),
            PrivateKeyAttributes = codec.OptionalAttributes(Tag.PrivateKeyTemplateAttribute, Tag.PrivateKeyAttributes, value.PrivateKeyAttributes),
            PublicKeyAttributes = codec.OptionalAttributes(Tag.PublicKeyTemplateAttribute, Tag.PublicKeyAttributes, value.PublicKeyAttributes),
            CommonProtectionStorageMasks = codec.OptionalObject(Tag.CommonProtectionStorageMasks, value.CommonProtectionStorageMasks),
            PrivateProtectionStorageMasks = codec.OptionalObject(Tag.PrivateProtectionStorageMasks, value.PrivateProtectionStorageMasks),
            PublicProtectionStorageMasks = codec.OptionalObject(Tag.PublicProtectionStorageMasks, value.PublicProtectionStorageMasks),
        };
}

/// <summary>Which keys were created.</summary>
public sealed record CreateKeyPairResponse : IWireStructure<CreateKeyPairResponse>
{
    /// <summary>The private key.</summary>
    public UniqueIdentifier PrivateKeyUniqueIdentifier { get; init; }

    /// <summary>The public key.</summary>
    public UniqueIdentifier PublicKeyUniqueIdentifier { get; init; }

    /// <summary>Attributes of the private key that the server set of its own. KMIP 1.x alone.</summary>
    public AttributeList? PrivateKeyImplicitAttributes { get; init; }

    /// <summary>Attributes of the public key that the server set of its own. KMIP 1.x alone.</summary>
    public AttributeList? PublicKeyImplicitAttributes { get; init; }

    /// <inheritdoc/>
    public static CreateKeyPairResponse Exchange<TCodec>(ref TCodec codec, in CreateKeyPairResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            PrivateKeyUniqueIdentifier = codec.Identifier(Tag.PrivateKeyUniqueIdentifier, value.PrivateKeyUniqueIdentifier),
            PublicKeyUniqueIdentifier = codec.Identifier(Tag.PublicKeyUniqueIdentifier, value.PublicKeyUniqueIdentifier),
            PrivateKeyImplicitAttributes = codec.ImplicitAttributes(Tag.PrivateKeyTemplateAttribute, value.PrivateKeyImplicitAttributes),
            PublicKeyImplicitAttributes = codec.ImplicitAttributes(Tag.PublicKeyTemplateAttribute, value.PublicKeyImplicitAttributes),
        };
}

/// <summary>Register gives the server an object that the client made. KMIP 2.1 §6.1.43, 1.x §4.3. Holds views of the message.</summary>
public sealed class RegisterRequest : IRequestPayload<RegisterRequest, RegisterResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Register;

    /// <summary>What type the object is said to be; <see cref="ManagedObject.ObjectType"/> is the same.</summary>
    public ObjectType ObjectType { get; init; }

    /// <summary>The attributes it shall have.</summary>
    public AttributeList Attributes { get; init; } = AttributeList.Empty;

    /// <summary>The object.</summary>
    public ManagedObject Object { get; init; }

    /// <summary>How it may be stored. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? ProtectionStorageMasks { get; init; }

    /// <inheritdoc/>
    public static RegisterRequest Exchange<TCodec>(ref TCodec codec, in RegisterRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var objectType = codec.Enumeration(Tag.ObjectType, value.ObjectType);
        return new()
        {
            ObjectType = objectType,
            Attributes = codec.Attributes(Tag.TemplateAttribute, Tag.Attributes, value.Attributes),
            Object = ManagedObject.Exchange(ref codec, objectType, value.Object),
            ProtectionStorageMasks = codec.OptionalObject(Tag.ProtectionStorageMasks, value.ProtectionStorageMasks),
        };
    }
}

/// <summary>What was registered.</summary>
public sealed record RegisterResponse : IWireStructure<RegisterResponse>
{
    /// <summary>The object.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>Attributes that the server set of its own. KMIP 1.x alone.</summary>
    public AttributeList? ImplicitAttributes { get; init; }

    /// <inheritdoc/>
    public static RegisterResponse Exchange<TCodec>(ref TCodec codec, in RegisterResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            ImplicitAttributes = codec.ImplicitAttributes(Tag.TemplateAttribute, value.ImplicitAttributes),
        };
}
