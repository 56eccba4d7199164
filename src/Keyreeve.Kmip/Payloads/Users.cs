using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Objects;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Create User makes a user, who is known by the credentials it is linked to. KMIP 3.0.</summary>
public sealed record CreateUserRequest : IRequestPayload<CreateUserRequest, IdentifierResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.CreateUser;

    /// <summary>The attributes: the Name, and the links to credentials and groups.</summary>
    public AttributeList Attributes { get; init; } = AttributeList.Empty;

    /// <summary>How it may be stored.</summary>
    public ProtectionStorageMasks? ProtectionStorageMasks { get; init; }

    /// <inheritdoc/>
    public static CreateUserRequest Exchange<TCodec>(ref TCodec codec, in CreateUserRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Attributes = codec.Attributes(Tag.TemplateAttribute, Tag.Attributes, value.Attributes),
            ProtectionStorageMasks = codec.OptionalObject(Tag.ProtectionStorageMasks, value.ProtectionStorageMasks),
        };
}

/// <summary>Create Group makes a group of users. KMIP 3.0.</summary>
public sealed record CreateGroupRequest : IRequestPayload<CreateGroupRequest, IdentifierResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.CreateGroup;

    /// <summary>The attributes: the Name.</summary>
    public AttributeList Attributes { get; init; } = AttributeList.Empty;

    /// <summary>How it may be stored.</summary>
    public ProtectionStorageMasks? ProtectionStorageMasks { get; init; }

    /// <inheritdoc/>
    public static CreateGroupRequest Exchange<TCodec>(ref TCodec codec, in CreateGroupRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Attributes = codec.Attributes(Tag.TemplateAttribute, Tag.Attributes, value.Attributes),
            ProtectionStorageMasks = codec.OptionalObject(Tag.ProtectionStorageMasks, value.ProtectionStorageMasks),
        };
}

/// <summary>Create Credential registers what a user proves itself by. KMIP 3.0. Holds views of the message.</summary>
public readonly struct CreateCredentialRequest : IRequestPayload<CreateCredentialRequest, IdentifierResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.CreateCredential;

    /// <summary>Which kind.</summary>
    public CredentialType CredentialType { get; init; }

    /// <summary>Its attributes.</summary>
    public AttributeList? Attributes { get; init; }

    /// <summary>How it may be stored.</summary>
    public ProtectionStorageMasks? ProtectionStorageMasks { get; init; }

    /// <summary>The credential itself.</summary>
    public ManagedObject Object { get; init; }

    /// <inheritdoc/>
    public static CreateCredentialRequest Exchange<TCodec>(ref TCodec codec, in CreateCredentialRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var type = codec.Enumeration(Tag.CredentialType, value.CredentialType);
        return new()
        {
            CredentialType = type,
            Attributes = codec.OptionalAttributes(default, Tag.Attributes, value.Attributes),
            ProtectionStorageMasks = codec.OptionalObject(Tag.ProtectionStorageMasks, value.ProtectionStorageMasks),
            Object = ManagedObject.Exchange(ref codec, ObjectTypeOf(ref codec, type), value.Object),
        };
    }

    private static ObjectType ObjectTypeOf<TCodec>(ref TCodec codec, CredentialType type)
        where TCodec : struct, IFieldCodec, allows ref struct => type switch
        {
            CredentialType.Password or CredentialType.UsernameAndPassword => ObjectType.PasswordCredential,
            CredentialType.Device => ObjectType.DeviceCredential,
            CredentialType.OneTimePassword => ObjectType.OneTimePasswordCredential,
            CredentialType.HashedPassword => ObjectType.HashedPasswordCredential,
            CredentialType.Certificate => ObjectType.Certificate,
            _ => throw codec.Invalid("a Credential Type that cannot be created"),
        };
}
