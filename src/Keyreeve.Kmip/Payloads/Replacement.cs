using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Re-key makes a key that replaces another. KMIP 2.1 §6.1.46, 1.x §4.4.</summary>
public sealed record ReKeyRequest : IRequestPayload<ReKeyRequest, ReKeyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.ReKey;

    /// <summary>The key to replace; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>From its making to its activation, in seconds.</summary>
    public uint? Offset { get; init; }

    /// <summary>Attributes that the new key shall have instead of the old one's.</summary>
    public AttributeList? Attributes { get; init; }

    /// <summary>How it may be stored. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? ProtectionStorageMasks { get; init; }

    /// <inheritdoc/>
    public static ReKeyRequest Exchange<TCodec>(ref TCodec codec, in ReKeyRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            Offset = codec.OptionalInterval(Tag.Offset, value.Offset),
            Attributes = codec.OptionalAttributes(Tag.TemplateAttribute, Tag.Attributes, value.Attributes),
            ProtectionStorageMasks = codec.OptionalObject(Tag.ProtectionStorageMasks, value.ProtectionStorageMasks),
        };
}

/// <summary>The key that replaces.</summary>
public sealed record ReKeyResponse : IWireStructure<ReKeyResponse>
{
    /// <summary>The new key.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>Attributes that the server set of its own. KMIP 1.x alone.</summary>
    public AttributeList? ImplicitAttributes { get; init; }

    /// <inheritdoc/>
    public static ReKeyResponse Exchange<TCodec>(ref TCodec codec, in ReKeyResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            ImplicitAttributes = codec.ImplicitAttributes(Tag.TemplateAttribute, value.ImplicitAttributes),
        };
}

/// <summary>Re-key Key Pair makes a pair that replaces another. From KMIP 1.1. KMIP 2.1 §6.1.47, 1.x §4.5.</summary>
public sealed record ReKeyKeyPairRequest : IRequestPayload<ReKeyKeyPairRequest, ReKeyKeyPairResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.ReKeyKeyPair;

    /// <summary>The private key of the pair to replace; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? PrivateKeyUniqueIdentifier { get; init; }

    /// <summary>From its making to its activation, in seconds.</summary>
    public uint? Offset { get; init; }

    /// <summary>Attributes that both new keys shall have.</summary>
    public AttributeList? CommonAttributes { get; init; }

    /// <summary>Attributes that the new private key shall have.</summary>
    public AttributeList? PrivateKeyAttributes { get; init; }

    /// <summary>Attributes that the new public key shall have.</summary>
    public AttributeList? PublicKeyAttributes { get; init; }

    /// <summary>How both may be stored. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? CommonProtectionStorageMasks { get; init; }

    /// <summary>How the private key may be stored. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? PrivateProtectionStorageMasks { get; init; }

    /// <summary>How the public key may be stored. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? PublicProtectionStorageMasks { get; init; }

    /// <inheritdoc/>
    public static ReKeyKeyPairRequest Exchange<TCodec>(ref TCodec codec, in ReKeyKeyPairRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            PrivateKeyUniqueIdentifier = codec.OptionalIdentifier(Tag.PrivateKeyUniqueIdentifier, value.PrivateKeyUniqueIdentifier),
            Offset = codec.OptionalInterval(Tag.Offset, value.Offset),
            CommonAttributes = codec.OptionalAttributes(Tag.CommonTemplateAttribute, Tag.CommonAttributes, value.CommonAttributes),
            PrivateKeyAttributes = codec.OptionalAttributes(Tag.PrivateKeyTemplateAttribute, Tag.PrivateKeyAttributes, value.PrivateKeyAttributes),
            PublicKeyAttributes = codec.OptionalAttributes(Tag.PublicKeyTemplateAttribute, Tag.PublicKeyAttributes, value.PublicKeyAttributes),
            CommonProtectionStorageMasks = codec.OptionalObject(Tag.CommonProtectionStorageMasks, value.CommonProtectionStorageMasks),
            PrivateProtectionStorageMasks = codec.OptionalObject(Tag.PrivateProtectionStorageMasks, value.PrivateProtectionStorageMasks),
            PublicProtectionStorageMasks = codec.OptionalObject(Tag.PublicProtectionStorageMasks, value.PublicProtectionStorageMasks),
        };
}

/// <summary>The pair that replaces.</summary>
public sealed record ReKeyKeyPairResponse : IWireStructure<ReKeyKeyPairResponse>
{
    /// <summary>The new private key.</summary>
    public UniqueIdentifier PrivateKeyUniqueIdentifier { get; init; }

    /// <summary>The new public key.</summary>
    public UniqueIdentifier PublicKeyUniqueIdentifier { get; init; }

    /// <summary>Attributes of the private key that the server set of its own. KMIP 1.x alone.</summary>
    public AttributeList? PrivateKeyImplicitAttributes { get; init; }

    /// <summary>Attributes of the public key that the server set of its own. KMIP 1.x alone.</summary>
    public AttributeList? PublicKeyImplicitAttributes { get; init; }

    /// <inheritdoc/>
    public static ReKeyKeyPairResponse Exchange<TCodec>(ref TCodec codec, in ReKeyKeyPairResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            PrivateKeyUniqueIdentifier = codec.Identifier(Tag.PrivateKeyUniqueIdentifier, value.PrivateKeyUniqueIdentifier),
            PublicKeyUniqueIdentifier = codec.Identifier(Tag.PublicKeyUniqueIdentifier, value.PublicKeyUniqueIdentifier),
            PrivateKeyImplicitAttributes = codec.ImplicitAttributes(Tag.PrivateKeyTemplateAttribute, value.PrivateKeyImplicitAttributes),
            PublicKeyImplicitAttributes = codec.ImplicitAttributes(Tag.PublicKeyTemplateAttribute, value.PublicKeyImplicitAttributes),
        };
}
