using System.Collections.Immutable;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Attributes;

/// <summary>
/// How attributes stand in messages: the one place that knows KMIP 1.x's layout and KMIP 2.x's.
/// <code>
/// 1.x  Template-Attribute { Name*, Attribute { Attribute Name, Attribute Index?, Attribute Value }* }
/// 2.x  Attributes { (the attribute's own tag | Attribute { Vendor Identification, Attribute Name, Attribute Value })* }
/// </code>
/// </summary>
public static class AttributeCodec
{
    /// <summary>A structure of attributes that may be absent.</summary>
    /// <param name="codec">Reads or writes.</param>
    /// <param name="tag1">Its tag in KMIP 1.x, such as <see cref="Tag.TemplateAttribute"/>.</param>
    /// <param name="tag2">Its tag in KMIP 2.x, such as <see cref="Tag.Attributes"/>.</param>
    /// <param name="value">The attributes.</param>
    public static AttributeList? OptionalAttributes<TCodec>(ref this TCodec codec, Tag tag1, Tag tag2, AttributeList? value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var tag = VersionDifferences.HasTaggedAttributes(codec.Version) ? tag2 : tag1;
        return codec.Has(tag, value is not null) ? codec.Attributes(tag1, tag2, value!) : null;
    }

    /// <summary>A structure of attributes.</summary>
    public static AttributeList Attributes<TCodec>(ref this TCodec codec, Tag tag1, Tag tag2, AttributeList value)
        where TCodec : struct, IFieldCodec, allows ref struct => VersionDifferences.HasTaggedAttributes(codec.Version)
            ? codec.Structure(tag2, new TaggedAttributes { Value = value }).Value
            : codec.Structure(tag1, new TemplateAttribute { Value = value }).Value;

    /// <summary>Attributes that KMIP 1.x repeats in place and KMIP 2.x gathers in a structure, which may be absent.</summary>
    /// <param name="codec">Reads or writes.</param>
    /// <param name="tag2">The structure's tag in KMIP 2.x.</param>
    /// <param name="value">The attributes; null when there are none and no structure.</param>
    public static AttributeList? AttributesInPlace<TCodec>(ref this TCodec codec, Tag tag2, AttributeList? value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        if (VersionDifferences.HasTaggedAttributes(codec.Version)) return codec.OptionalAttributes(default, tag2, value);
        var attributes = NamedAttributes(ref codec, value?.Attributes ?? []);
        return attributes.IsEmpty ? null : new AttributeList(attributes);
    }

    /// <summary>A Template-Attribute that may be absent, and has no counterpart in KMIP 2.x.</summary>
    public static AttributeList? ImplicitAttributes<TCodec>(ref this TCodec codec, Tag tag1, AttributeList? value)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        VersionDifferences.HasTaggedAttributes(codec.Version) ? null : codec.OptionalAttributes(tag1, default, value);

    /// <summary>One attribute, which may be absent: KMIP 1.x's Attribute, or in KMIP 2.x a structure around it.</summary>
    /// <param name="codec">Reads or writes.</param>
    /// <param name="tag2">The structure's tag in KMIP 2.x: <see cref="Tag.NewAttribute"/> or <see cref="Tag.CurrentAttribute"/>.</param>
    /// <param name="value">The attribute.</param>
    public static KmipAttribute? OptionalAttribute<TCodec>(ref this TCodec codec, Tag tag2, KmipAttribute? value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var tag = VersionDifferences.HasTaggedAttributes(codec.Version) ? tag2 : Tag.Attribute;
        return codec.Has(tag, value.HasValue) ? codec.Attribute(tag2, value.GetValueOrDefault()) : null;
    }

    /// <summary>One attribute.</summary>
    public static KmipAttribute Attribute<TCodec>(ref this TCodec codec, Tag tag2, KmipAttribute value)
        where TCodec : struct, IFieldCodec, allows ref struct => VersionDifferences.HasTaggedAttributes(codec.Version)
            ? codec.Structure(tag2, new SingleAttribute { Value = value }).Value
            : codec.Structure(Tag.Attribute, new NamedAttribute { Value = value }).Value;

    /// <summary>References to attributes: KMIP 1.x's Attribute Names, KMIP 2.x's Attribute References.</summary>
    public static ImmutableArray<AttributeReference> AttributeReferences<TCodec>(ref this TCodec codec, ImmutableArray<AttributeReference> values)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        if (!codec.IsReading)
        {
            foreach (var value in values.OrEmpty()) codec.OptionalAttributeReference(value);
            return values;
        }

        if (codec.OptionalAttributeReference(null) is not { } first) return [];
        var read = ImmutableArray.CreateBuilder<AttributeReference>();
        read.Add(first);
        while (codec.OptionalAttributeReference(null) is { } next) read.Add(next);
        return read.DrainToImmutable();
    }

    /// <summary>A reference to an attribute, which may be absent.</summary>
    public static AttributeReference? OptionalAttributeReference<TCodec>(ref this TCodec codec, AttributeReference? value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        if (!VersionDifferences.HasTaggedAttributes(codec.Version))
        {
            return codec.Has(Tag.AttributeName, value.HasValue)
                ? AttributeReference.FromName(codec.Text(Tag.AttributeName, value.GetValueOrDefault().ToName()))
                : null;
        }

        if (!codec.Has(Tag.AttributeReference, value.HasValue)) return null;
        // spec: KMIP 2.1 §5.5: a structure of vendor and name, or the Enumeration (Tag)
        var isVendors = codec.IsReading ? codec.NextType == TtlvType.Structure : value.GetValueOrDefault().IsVendors;
        if (isVendors) return codec.Structure(Tag.AttributeReference, new VendorReference { Reference = value.GetValueOrDefault() }).Reference;
        var tag = codec.Enumeration(Tag.AttributeReference, value.GetValueOrDefault().Tag);
        return (uint)tag >> 16 is 0x42 or 0x54 ? tag : throw codec.Invalid("an Attribute Reference is not a tag");
    }

    internal static ImmutableArray<KmipAttribute> NamedAttributes<TCodec>(ref TCodec codec, ImmutableArray<KmipAttribute> values)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        if (!codec.IsReading)
        {
            foreach (var value in values)
                if (codec.HasAttribute(value.Reference)) codec.Structure(Tag.Attribute, new NamedAttribute { Value = value });
            return values;
        }

        if (!codec.Has(Tag.Attribute, hasValue: false)) return [];
        var read = ImmutableArray.CreateBuilder<KmipAttribute>();
        while (codec.Has(Tag.Attribute, hasValue: false)) read.Add(codec.Structure(Tag.Attribute, default(NamedAttribute)).Value);
        return read.DrainToImmutable();
    }
}

/// <summary>KMIP 1.x: spec: KMIP 1.4 §2.1.1.</summary>
internal readonly struct NamedAttribute : IWireStructure<NamedAttribute>
{
    public KmipAttribute Value { get; init; }

    public static NamedAttribute Exchange<TCodec>(ref TCodec codec, in NamedAttribute value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        // The name is required, but two of OASIS' test cases (CS-AC-M-3-12, CS-AC-M-8-12) have attributes without one.
        var reference = codec.Has(Tag.AttributeName, !value.Value.Reference.IsNone)
            ? AttributeReference.FromName(codec.Text(Tag.AttributeName, codec.IsReading ? string.Empty : value.Value.Reference.ToName()))
            : default;
        var index = codec.OptionalInteger(Tag.AttributeIndex, value.Value.Index);
        var content = codec.Value(Tag.AttributeValue, value.Value.Value);
        return new() { Value = new KmipAttribute(reference, content, index) };
    }
}

/// <summary>KMIP 1.x: spec: KMIP 1.4 §2.1.8.</summary>
internal readonly struct TemplateAttribute : IWireStructure<TemplateAttribute>
{
    public AttributeList Value { get; init; }

    public static TemplateAttribute Exchange<TCodec>(ref TCodec codec, in TemplateAttribute value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        if (!codec.IsReading)
        {
            codec.Values(Tag.Name, value.Value.TemplateNames);
            AttributeCodec.NamedAttributes(ref codec, value.Value.Attributes);
            return value;
        }

        var names = codec.Values(Tag.Name, []);
        return new() { Value = new AttributeList(AttributeCodec.NamedAttributes(ref codec, []), names) };
    }
}

/// <summary>KMIP 2.x: spec: KMIP 2.1 §5.1.</summary>
internal readonly struct TaggedAttributes : IWireStructure<TaggedAttributes>
{
    public AttributeList Value { get; init; }

    public static TaggedAttributes Exchange<TCodec>(ref TCodec codec, in TaggedAttributes value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        if (!codec.IsReading)
        {
            foreach (var attribute in value.Value.Attributes)
                if (codec.HasAttribute(attribute.Reference)) Tagged(ref codec, attribute);
            return value;
        }

        if (codec.NextTag == default) return new() { Value = AttributeList.Empty };
        var read = ImmutableArray.CreateBuilder<KmipAttribute>();
        while (codec.NextTag != default) read.Add(Tagged(ref codec, default));
        return new() { Value = new AttributeList(read.DrainToImmutable()) };
    }

    public static KmipAttribute Tagged<TCodec>(ref TCodec codec, KmipAttribute value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var isVendors = codec.IsReading ? codec.NextTag == Tag.Attribute : value.Reference.IsVendors;
        if (isVendors) return codec.Structure(Tag.Attribute, new VendorAttribute { Value = value }).Value;
        var field = codec.Field(new KmipField(value.Reference.Tag, value.Value));
        return new KmipAttribute(field.Tag, field.Value);
    }
}

/// <summary>KMIP 2.x: spec: KMIP 2.1 §5.6, §5.7.</summary>
internal readonly struct SingleAttribute : IWireStructure<SingleAttribute>
{
    public KmipAttribute Value { get; init; }

    public static SingleAttribute Exchange<TCodec>(ref TCodec codec, in SingleAttribute value)
        where TCodec : struct, IFieldCodec, allows ref struct => new() { Value = TaggedAttributes.Tagged(ref codec, value.Value) };
}

/// <summary>KMIP 2.x: spec: KMIP 2.1 §4.60.</summary>
internal readonly struct VendorAttribute : IWireStructure<VendorAttribute>
{
    public KmipAttribute Value { get; init; }

    public static VendorAttribute Exchange<TCodec>(ref TCodec codec, in VendorAttribute value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var vendor = codec.Text(Tag.VendorIdentification, value.Value.Reference.VendorIdentification!);
        var name = codec.Text(Tag.AttributeName, value.Value.Reference.AttributeName!);
        var content = codec.Value(Tag.AttributeValue, value.Value.Value);
        return new() { Value = new KmipAttribute(AttributeReference.Vendor(vendor, name), content) };
    }
}
