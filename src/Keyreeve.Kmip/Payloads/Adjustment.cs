using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Adjust Attribute changes a value by what it is. From KMIP 2.0. KMIP 2.1 §6.1.3.</summary>
public sealed record AdjustAttributeRequest : IRequestPayload<AdjustAttributeRequest, IdentifierResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.AdjustAttribute;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>Which attribute.</summary>
    public AttributeReference AttributeReference { get; init; }

    /// <summary>How.</summary>
    public AdjustmentType AdjustmentType { get; init; }

    /// <summary>By how much; absent: by one.</summary>
    public KmipValue? AdjustmentValue { get; init; }

    /// <inheritdoc/>
    public static AdjustAttributeRequest Exchange<TCodec>(ref TCodec codec, in AdjustAttributeRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            AttributeReference = codec.OptionalAttributeReference(value.AttributeReference) ?? throw codec.Invalid("an Attribute Reference is missing"),
            AdjustmentType = codec.Enumeration(Tag.AdjustmentType, value.AdjustmentType),
            AdjustmentValue = codec.OptionalValue(Tag.AdjustmentValue, value.AdjustmentValue),
        };
}
