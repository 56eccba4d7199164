using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Add Attribute. KMIP 2.1 §6.1.2, 1.x §4.14.</summary>
public sealed record AddAttributeRequest : IRequestPayload<AddAttributeRequest, AttributeChangeResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.AddAttribute;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>The attribute to add.</summary>
    public KmipAttribute NewAttribute { get; init; }

    /// <inheritdoc/>
    public static AddAttributeRequest Exchange<TCodec>(ref TCodec codec, in AddAttributeRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            NewAttribute = codec.Attribute(Tag.NewAttribute, value.NewAttribute),
        };
}

/// <summary>Modify Attribute. KMIP 2.1 §6.1.34, 1.x §4.15.</summary>
public sealed record ModifyAttributeRequest : IRequestPayload<ModifyAttributeRequest, AttributeChangeResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.ModifyAttribute;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>The instance to replace, by its value. KMIP 2.x alone; KMIP 1.x names it by the new one's index.</summary>
    public KmipAttribute? CurrentAttribute { get; init; }

    /// <summary>What replaces it.</summary>
    public KmipAttribute NewAttribute { get; init; }

    /// <inheritdoc/>
    public static ModifyAttributeRequest Exchange<TCodec>(ref TCodec codec, in ModifyAttributeRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            CurrentAttribute = VersionDifferences.HasTaggedAttributes(codec.Version)
                ? codec.OptionalAttribute(Tag.CurrentAttribute, value.CurrentAttribute)
                : null,
            NewAttribute = codec.Attribute(Tag.NewAttribute, value.NewAttribute),
        };
}

/// <summary>Set Attribute adds an attribute or replaces the one there is. From KMIP 2.0. KMIP 2.1 §6.1.51.</summary>
public sealed record SetAttributeRequest : IRequestPayload<SetAttributeRequest, AttributeChangeResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.SetAttribute;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>The attribute.</summary>
    public KmipAttribute NewAttribute { get; init; }

    /// <inheritdoc/>
    public static SetAttributeRequest Exchange<TCodec>(ref TCodec codec, in SetAttributeRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            NewAttribute = codec.Attribute(Tag.NewAttribute, value.NewAttribute),
        };
}

/// <summary>Delete Attribute. KMIP 2.1 §6.1.13, 1.x §4.16.</summary>
public sealed record DeleteAttributeRequest : IRequestPayload<DeleteAttributeRequest, AttributeChangeResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.DeleteAttribute;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>The instance to delete, by its value. KMIP 2.x alone.</summary>
    public KmipAttribute? CurrentAttribute { get; init; }

    /// <summary>The attribute to delete: in KMIP 1.x one instance, in KMIP 2.x all.</summary>
    public AttributeReference? AttributeReference { get; init; }

    /// <summary>Which instance; absent: 0. KMIP 1.x alone.</summary>
    public int? AttributeIndex { get; init; }

    /// <inheritdoc/>
    public static DeleteAttributeRequest Exchange<TCodec>(ref TCodec codec, in DeleteAttributeRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var identifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier);
        if (VersionDifferences.HasTaggedAttributes(codec.Version))
        {
            return new()
            {
                UniqueIdentifier = identifier,
                CurrentAttribute = codec.OptionalAttribute(Tag.CurrentAttribute, value.CurrentAttribute),
                AttributeReference = codec.OptionalAttributeReference(value.AttributeReference),
            };
        }

        return new()
        {
            UniqueIdentifier = identifier,
            AttributeReference = codec.OptionalAttributeReference(value.AttributeReference) ?? throw codec.Invalid("an Attribute Name is missing"),
            AttributeIndex = codec.OptionalInteger(Tag.AttributeIndex, value.AttributeIndex),
        };
    }
}

/// <summary>What Add, Modify, Set and Delete Attribute return.</summary>
public sealed record AttributeChangeResponse : IWireStructure<AttributeChangeResponse>
{
    /// <summary>Which object.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>The attribute that was added, modified or deleted. KMIP 1.x alone, where it is required.</summary>
    public KmipAttribute? Attribute { get; init; }

    /// <inheritdoc/>
    public static AttributeChangeResponse Exchange<TCodec>(ref TCodec codec, in AttributeChangeResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            Attribute = VersionDifferences.HasTaggedAttributes(codec.Version) ? null : codec.OptionalAttribute(default, value.Attribute),
        };
}
