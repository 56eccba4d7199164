using System.Collections.Immutable;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Create Split Key splits a key into parts. From KMIP 1.2. KMIP 2.1 §6.1.10, 1.4 §4.38.</summary>
public sealed record CreateSplitKeyRequest : IRequestPayload<CreateSplitKeyRequest, CreateSplitKeyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.CreateSplitKey;

    /// <summary>What to make: Split Key.</summary>
    public ObjectType ObjectType { get; init; }

    /// <summary>The key to split; absent: a new one.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>How many parts to make.</summary>
    public int SplitKeyParts { get; init; }

    /// <summary>How many of them make the key.</summary>
    public int SplitKeyThreshold { get; init; }

    /// <summary>How to split.</summary>
    public SplitKeyMethod SplitKeyMethod { get; init; }

    /// <summary>The polynomial of GF(2^8). From KMIP 3.0.</summary>
    public SplitKeyPolynomial? SplitKeyPolynomial { get; init; }

    /// <summary>The prime, of Polynomial Sharing Prime Field: a Big Integer.</summary>
    public KmipValue? PrimeFieldSize { get; init; }

    /// <summary>The attributes that the parts shall have.</summary>
    public AttributeList Attributes { get; init; } = AttributeList.Empty;

    /// <summary>How they may be stored. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? ProtectionStorageMasks { get; init; }

    /// <inheritdoc/>
    public static CreateSplitKeyRequest Exchange<TCodec>(ref TCodec codec, in CreateSplitKeyRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ObjectType = codec.Enumeration(Tag.ObjectType, value.ObjectType),
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            SplitKeyParts = codec.Integer(Tag.SplitKeyParts, value.SplitKeyParts),
            SplitKeyThreshold = codec.Integer(Tag.SplitKeyThreshold, value.SplitKeyThreshold),
            SplitKeyMethod = codec.Enumeration(Tag.SplitKeyMethod, value.SplitKeyMethod),
            SplitKeyPolynomial = codec.OptionalEnumeration(Tag.SplitKeyPolynomial, value.SplitKeyPolynomial),
            PrimeFieldSize = codec.OptionalBigInteger(Tag.PrimeFieldSize, value.PrimeFieldSize),
            Attributes = codec.Attributes(Tag.TemplateAttribute, Tag.Attributes, value.Attributes),
            ProtectionStorageMasks = codec.OptionalObject(Tag.ProtectionStorageMasks, value.ProtectionStorageMasks),
        };
}

/// <summary>The parts of the key.</summary>
public sealed record CreateSplitKeyResponse : IWireStructure<CreateSplitKeyResponse>
{
    /// <summary>The parts, in the order of their Key Part Identifiers.</summary>
    public ImmutableArray<UniqueIdentifier> UniqueIdentifiers { get; init; } = [];

    /// <summary>Attributes that the server set of its own. KMIP 1.x alone.</summary>
    public AttributeList? ImplicitAttributes { get; init; }

    /// <inheritdoc/>
    public static CreateSplitKeyResponse Exchange<TCodec>(ref TCodec codec, in CreateSplitKeyResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifiers = codec.Identifiers(Tag.UniqueIdentifier, value.UniqueIdentifiers),
            ImplicitAttributes = codec.ImplicitAttributes(Tag.TemplateAttribute, value.ImplicitAttributes),
        };
}

/// <summary>Join Split Key makes an object of its parts. From KMIP 1.2. KMIP 2.1 §6.1.27, 1.4 §4.39.</summary>
public sealed record JoinSplitKeyRequest : IRequestPayload<JoinSplitKeyRequest, JoinSplitKeyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.JoinSplitKey;

    /// <summary>What to make of them.</summary>
    public ObjectType ObjectType { get; init; }

    /// <summary>The parts.</summary>
    public ImmutableArray<UniqueIdentifier> UniqueIdentifiers { get; init; } = [];

    /// <summary>What kind of secret data they make.</summary>
    public SecretDataType? SecretDataType { get; init; }

    /// <summary>The attributes that the object shall have.</summary>
    public AttributeList? Attributes { get; init; }

    /// <summary>How it may be stored. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? ProtectionStorageMasks { get; init; }

    /// <inheritdoc/>
    public static JoinSplitKeyRequest Exchange<TCodec>(ref TCodec codec, in JoinSplitKeyRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ObjectType = codec.Enumeration(Tag.ObjectType, value.ObjectType),
            UniqueIdentifiers = codec.Identifiers(Tag.UniqueIdentifier, value.UniqueIdentifiers),
            SecretDataType = codec.OptionalEnumeration(Tag.SecretDataType, value.SecretDataType),
            Attributes = codec.OptionalAttributes(Tag.TemplateAttribute, Tag.Attributes, value.Attributes),
            ProtectionStorageMasks = codec.OptionalObject(Tag.ProtectionStorageMasks, value.ProtectionStorageMasks),
        };
}

/// <summary>The object made of the parts.</summary>
public sealed record JoinSplitKeyResponse : IWireStructure<JoinSplitKeyResponse>
{
    /// <summary>The object.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>Attributes that the server set of its own. KMIP 1.x alone.</summary>
    public AttributeList? ImplicitAttributes { get; init; }

    /// <inheritdoc/>
    public static JoinSplitKeyResponse Exchange<TCodec>(ref TCodec codec, in JoinSplitKeyResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            ImplicitAttributes = codec.ImplicitAttributes(Tag.TemplateAttribute, value.ImplicitAttributes),
        };
}
