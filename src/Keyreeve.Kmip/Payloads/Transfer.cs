using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Objects;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Export returns an object with all its attributes. From KMIP 1.4. KMIP 2.1 §6.1.18, 1.4 §4.40.</summary>
public readonly struct ExportRequest : IRequestPayload<ExportRequest, ExportResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Export;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>In which format.</summary>
    public KeyFormatType? KeyFormatType { get; init; }

    /// <summary>Whether as it was registered or unwrapped.</summary>
    public KeyWrapType? KeyWrapType { get; init; }

    /// <summary>How to compress points of an elliptic curve.</summary>
    public KeyCompressionType? KeyCompressionType { get; init; }

    /// <summary>How to wrap it.</summary>
    public KeyWrappingSpecification? KeyWrappingSpecification { get; init; }

    /// <inheritdoc/>
    public static ExportRequest Exchange<TCodec>(ref TCodec codec, in ExportRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            KeyFormatType = codec.OptionalEnumeration(Tag.KeyFormatType, value.KeyFormatType),
            KeyWrapType = codec.OptionalEnumeration(Tag.KeyWrapType, value.KeyWrapType),
            KeyCompressionType = codec.OptionalEnumeration(Tag.KeyCompressionType, value.KeyCompressionType),
            KeyWrappingSpecification = codec.OptionalObject(Tag.KeyWrappingSpecification, value.KeyWrappingSpecification),
        };
}

/// <summary>The object and its attributes. Holds views of the message.</summary>
public sealed class ExportResponse : IWireStructure<ExportResponse>
{
    /// <summary>What type it is.</summary>
    public ObjectType ObjectType { get; init; }

    /// <summary>Which object.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>Its attributes.</summary>
    public AttributeList? Attributes { get; init; }

    /// <summary>The object; null once it was destroyed.</summary>
    public ManagedObject? Object { get; init; }

    /// <inheritdoc/>
    public static ExportResponse Exchange<TCodec>(ref TCodec codec, in ExportResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var objectType = codec.Enumeration(Tag.ObjectType, value.ObjectType);
        return new()
        {
            ObjectType = objectType,
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            Attributes = codec.AttributesInPlace(Tag.Attributes, value.Attributes),
            Object = (codec.IsReading ? codec.NextTag != default : value.Object.HasValue)
                ? ManagedObject.Exchange(ref codec, objectType, value.Object.GetValueOrDefault())
                : null,
        };
    }
}

/// <summary>Import brings in an object with all its attributes. From KMIP 1.4. KMIP 2.1 §6.1.25, 1.4 §4.41. Holds views of the message.</summary>
public sealed class ImportRequest : IRequestPayload<ImportRequest, IdentifierResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Import;

    /// <summary>The identity it shall have.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>What type it is; KMIP 1.4 does not say it beside the object.</summary>
    public ObjectType? ObjectType { get; init; }

    /// <summary>Whether it takes the place of an object of that identity.</summary>
    public bool? ReplaceExisting { get; init; }

    /// <summary>Whether what comes wrapped is to be unwrapped.</summary>
    public KeyWrapType? KeyWrapType { get; init; }

    /// <summary>Its attributes.</summary>
    public AttributeList? Attributes { get; init; }

    /// <summary>The object.</summary>
    public ManagedObject Object { get; init; }

    /// <inheritdoc/>
    public static ImportRequest Exchange<TCodec>(ref TCodec codec, in ImportRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var identifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier);
        var objectType = VersionDifferences.HasTaggedAttributes(codec.Version)
            ? codec.Enumeration(Tag.ObjectType, value.ObjectType ?? value.Object.ObjectType)
            : codec.OptionalEnumeration(Tag.ObjectType, value.ObjectType);
        var replaceExisting = codec.OptionalBoolean(Tag.ReplaceExisting, value.ReplaceExisting);
        var wrapType = codec.OptionalEnumeration(Tag.KeyWrapType, value.KeyWrapType);
        var attributes = codec.AttributesInPlace(Tag.Attributes, value.Attributes);
        return new()
        {
            UniqueIdentifier = identifier,
            ObjectType = objectType,
            ReplaceExisting = replaceExisting,
            KeyWrapType = wrapType,
            Attributes = attributes,
            Object = ManagedObject.Exchange(ref codec, objectType ?? (codec.IsReading ? ManagedObject.TypeOf(codec.NextTag) : default), value.Object),
        };
    }
}
