using System.Collections.Immutable;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Objects;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Get returns an object. KMIP 2.1 §6.1.19, 1.x §4.11.</summary>
public readonly struct GetRequest : IRequestPayload<GetRequest, GetResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Get;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>In which format.</summary>
    public KeyFormatType? KeyFormatType { get; init; }

    /// <summary>Whether as it was registered or unwrapped. From KMIP 1.4.</summary>
    public KeyWrapType? KeyWrapType { get; init; }

    /// <summary>How to compress points of an elliptic curve.</summary>
    public KeyCompressionType? KeyCompressionType { get; init; }

    /// <summary>How to wrap it.</summary>
    public KeyWrappingSpecification? KeyWrappingSpecification { get; init; }

    /// <inheritdoc/>
    public static GetRequest Exchange<TCodec>(ref TCodec codec, in GetRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            KeyFormatType = codec.OptionalEnumeration(Tag.KeyFormatType, value.KeyFormatType),
            KeyWrapType = codec.OptionalEnumeration(Tag.KeyWrapType, value.KeyWrapType),
            KeyCompressionType = codec.OptionalEnumeration(Tag.KeyCompressionType, value.KeyCompressionType),
            KeyWrappingSpecification = codec.OptionalObject(Tag.KeyWrappingSpecification, value.KeyWrappingSpecification),
        };
}

/// <summary>The object. Holds views of the message.</summary>
public readonly struct GetResponse : IWireStructure<GetResponse>
{
    /// <summary>What type it is; <see cref="ManagedObject.ObjectType"/> is the same.</summary>
    public ObjectType ObjectType { get; init; }

    /// <summary>Which object.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>The object.</summary>
    public ManagedObject Object { get; init; }

    /// <inheritdoc/>
    public static GetResponse Exchange<TCodec>(ref TCodec codec, in GetResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var objectType = codec.Enumeration(Tag.ObjectType, value.ObjectType);
        return new()
        {
            ObjectType = objectType,
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            Object = ManagedObject.Exchange(ref codec, objectType, value.Object),
        };
    }
}

/// <summary>Get Attributes. KMIP 2.1 §6.1.20, 1.x §4.12.</summary>
public sealed record GetAttributesRequest : IRequestPayload<GetAttributesRequest, GetAttributesResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.GetAttributes;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>Which attributes; none: all.</summary>
    public ImmutableArray<AttributeReference> AttributeReferences { get; init; } = [];

    /// <inheritdoc/>
    public static GetAttributesRequest Exchange<TCodec>(ref TCodec codec, in GetAttributesRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            AttributeReferences = codec.AttributeReferences(value.AttributeReferences),
        };
}

/// <summary>The attributes asked for that the object has.</summary>
public sealed record GetAttributesResponse : IWireStructure<GetAttributesResponse>
{
    /// <summary>Which object.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>Its attributes; null only in a message of KMIP 2.x that lacks the structure.</summary>
    public AttributeList? Attributes { get; init; }

    /// <inheritdoc/>
    public static GetAttributesResponse Exchange<TCodec>(ref TCodec codec, in GetAttributesResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            Attributes = codec.AttributesInPlace(Tag.Attributes, value.Attributes),
        };
}

/// <summary>Get Attribute List. KMIP 2.1 §6.1.21, 1.x §4.13.</summary>
public readonly record struct GetAttributeListRequest : IRequestPayload<GetAttributeListRequest, GetAttributeListResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.GetAttributeList;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <inheritdoc/>
    public static GetAttributeListRequest Exchange<TCodec>(ref TCodec codec, in GetAttributeListRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
        };
}

/// <summary>Which attributes the object has.</summary>
public sealed record GetAttributeListResponse : IWireStructure<GetAttributeListResponse>
{
    /// <summary>Which object.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>Its attributes.</summary>
    public ImmutableArray<AttributeReference> AttributeReferences { get; init; } = [];

    /// <inheritdoc/>
    public static GetAttributeListResponse Exchange<TCodec>(ref TCodec codec, in GetAttributeListResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            AttributeReferences = codec.AttributeReferences(value.AttributeReferences),
        };
}

/// <summary>Locate searches objects by their attributes. KMIP 2.1 §6.1.28, 1.x §4.9.</summary>
public sealed record LocateRequest : IRequestPayload<LocateRequest, LocateResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Locate;

    /// <summary>How many at most.</summary>
    public int? MaximumItems { get; init; }

    /// <summary>How many to skip. From KMIP 1.3; some clients send it in KMIP 1.0.</summary>
    public int? OffsetItems { get; init; }

    /// <summary>On-line, archived, destroyed.</summary>
    public StorageStatusMask? StorageStatusMask { get; init; }

    /// <summary>Which members of an object group. From KMIP 1.1.</summary>
    public ObjectGroupMember? ObjectGroupMember { get; init; }

    /// <summary>The attributes that objects must have; null or none: all objects.</summary>
    public AttributeList? Attributes { get; init; }

    /// <summary>Attributes that a client puts into a Template-Attribute, where KMIP 1.x has none: they count like the others.</summary>
    public AttributeList? MisplacedAttributes { get; init; }

    /// <inheritdoc/>
    public static LocateRequest Exchange<TCodec>(ref TCodec codec, in LocateRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            MaximumItems = codec.OptionalInteger(Tag.MaximumItems, value.MaximumItems),
            OffsetItems = codec.OptionalInteger(Tag.OffsetItems, value.OffsetItems),
            StorageStatusMask = codec.OptionalMask(Tag.StorageStatusMask, value.StorageStatusMask),
            ObjectGroupMember = codec.OptionalEnumeration(Tag.ObjectGroupMember, value.ObjectGroupMember),
            Attributes = codec.AttributesInPlace(Tag.Attributes, value.Attributes),
            MisplacedAttributes = codec.ImplicitAttributes(Tag.TemplateAttribute, value.MisplacedAttributes),
        };
}

/// <summary>The objects found.</summary>
public sealed record LocateResponse : IWireStructure<LocateResponse>
{
    /// <summary>How many match, with those that are not returned. From KMIP 1.3.</summary>
    public int? LocatedItems { get; init; }

    /// <summary>The objects, the newest first.</summary>
    public ImmutableArray<UniqueIdentifier> UniqueIdentifiers { get; init; } = [];

    /// <inheritdoc/>
    public static LocateResponse Exchange<TCodec>(ref TCodec codec, in LocateResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            LocatedItems = codec.OptionalInteger(Tag.LocatedItems, value.LocatedItems),
            UniqueIdentifiers = codec.Identifiers(Tag.UniqueIdentifier, value.UniqueIdentifiers),
        };
}
