using System.Collections.Frozen;
using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Server.Kmip.Translation;

/// <summary>
/// Attributes between the wire and Core. Both use the standard's names, so the tables that join tags to Core's attributes and
/// fields are made from the names, and no attribute needs code of its own.
/// </summary>
internal static class AttributeTranslator
{
    private static readonly FrozenDictionary<Tag, AttributeName> ToName = Join<AttributeName>(name => name < AttributeName.Custom);
    private static readonly FrozenDictionary<AttributeName, Tag> ToTag = ToName.ToFrozenDictionary(p => p.Value, p => p.Key);
    private static readonly FrozenDictionary<Tag, AttributeField> ToField = Join<AttributeField>(_ => true);
    private static readonly FrozenDictionary<AttributeField, Tag> ToFieldTag = ToField.ToFrozenDictionary(p => p.Value, p => p.Key);

    /// <summary>Which attribute is meant.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidAttribute"/>: the tag is no attribute.</exception>
    public static AttributeKey ToKey(AttributeReference reference)
    {
        if (reference.IsVendors) return AttributeKey.Custom(reference.VendorIdentification!, reference.AttributeName!);
        if (AttributeForms.NameOf(reference.Tag) is { } formed) return formed;
        return ToName.TryGetValue(reference.Tag, out var name)
            ? name
            : throw new KeyreeveException(KeyreeveError.InvalidAttribute, $"'{reference.ToName()}' is not an attribute.");
    }

    /// <summary>How the wire refers to an attribute; null for those that are ours alone.</summary>
    public static AttributeReference? ToReference(AttributeKey key)
    {
        if (key.Name == AttributeName.Custom) return AttributeReference.Vendor(key.Vendor!, key.CustomName!);
        return ToTag.TryGetValue(key.Name, out var tag) ? tag : null;
    }

    /// <summary>Attributes of a request, in their order; their values no longer depend on the message.</summary>
    public static ImmutableArray<AttributeInstance> ToCore(AttributeList? attributes)
    {
        if (attributes is null) return [];
        var result = ImmutableArray.CreateBuilder<AttributeInstance>(attributes.Count);
        foreach (var attribute in attributes)
        {
            // An attribute of KMIP 1.x that lacks its name, such as one of OASIS' own cases has, says nothing.
            if (!attribute.Reference.IsNone) result.Add(ToCore(attribute));
        }

        return result.DrainToImmutable();
    }

    /// <summary>An attribute of a request.</summary>
    public static AttributeInstance ToCore(KmipAttribute attribute) => new(
        ToKey(attribute.Reference), attribute.Index ?? 0, AttributeForms.ToCore(attribute.Reference.Tag, attribute.Value) ?? OfStandard(attribute));

    /// <summary>The field by which an attribute of KMIP 3.0 is one of several instances of Core's: the type of a Link; or null.</summary>
    public static StructureField? Among(AttributeReference reference) => AttributeForms.LinkTypeOf(reference) is { } type
        ? new StructureField(AttributeField.LinkType, AttributeValue.Of(type))
        : null;

    /// <summary>Attributes of a request as a set: instances are numbered as they come.</summary>
    public static AttributeSet ToSet(IEnumerable<AttributeInstance> instances)
    {
        var set = AttributeSet.Empty;
        foreach (var instance in instances) set = set.Add(instance.Key, instance.Value);
        return set;
    }

    /// <summary>Attributes of a request as a set.</summary>
    public static AttributeSet ToSet(AttributeList? attributes) => ToSet(ToCore(attributes));

    /// <summary>The names of the templates that a KMIP 1.x request refers to.</summary>
    public static ImmutableArray<string> Templates(AttributeList? attributes) => attributes is null
        ? []
        : [.. attributes.TemplateNames.Select(NameValueOf)];

    private static string NameValueOf(KmipValue name) =>
        name is { Type: TtlvType.Structure } && name[Tag.NameValue] is { Type: TtlvType.TextString } value
            ? value.AsText()
            : throw new KeyreeveException(KeyreeveError.InvalidField, "The name of a template is a Name: a structure with a Name Value, which is text.");

    /// <summary>A value of a request.</summary>
    public static AttributeValue ToCore(KmipValue value) => value.Type switch
    {
        TtlvType.Structure => new StructureValue(ToFields(value)),
        TtlvType.Integer => new IntegerValue(value.AsInteger()),
        TtlvType.LongInteger => new LongIntegerValue(value.AsLongInteger()),
        TtlvType.BigInteger => new BigIntegerValue(value.AsBigInteger()),
        TtlvType.Enumeration => new EnumerationValue(value.AsEnumeration()),
        TtlvType.Boolean => new BooleanValue(value.AsBoolean()),
        TtlvType.ByteString => new BytesValue([.. value.AsBytes().Span]),
        TtlvType.DateTime => new DateTimeValue(value.AsUnixSeconds()),
        TtlvType.DateTimeExtended => new DateTimeExtendedValue(value.AsUnixMicroseconds()),
        TtlvType.Interval => new IntervalValue(value.AsIntervalSeconds()),
        _ => new TextValue(value.AsText()),
    };

    // What a vendor's attribute holds is the vendor's business.
    private static AttributeValue OfStandard(KmipAttribute attribute)
    {
        if (!attribute.Reference.IsVendors) RequireKnown(attribute.Reference.Tag, attribute.Value);
        return ToCore(attribute.Value);
    }

    private static void RequireKnown(Tag tag, KmipValue value)
    {
        if (value.Type == TtlvType.Enumeration) KnownValues.RequireOfAttribute(tag, value.AsEnumeration());
        if (value.Type != TtlvType.Structure) return;
        foreach (var field in value.Fields) RequireKnown(field.Tag, field.Value);
    }

    /// <summary>Attributes for a response; those that are ours alone are left out.</summary>
    /// <param name="instances">The attributes.</param>
    /// <param name="version">The version of the response: KMIP 1.x numbers the instances.</param>
    public static AttributeList ToWire(IEnumerable<AttributeInstance> instances, ProtocolVersion version)
    {
        var result = ImmutableArray.CreateBuilder<KmipAttribute>();
        foreach (var instance in instances)
        {
            if (IsLaterDigest(instance) && version.Has(VersionTrait.TellsOneDigest)) continue;
            if (instance.Key.Name == AttributeName.Link && !AttributeForms.HasLink(version, instance.Value)) continue;
            if (version.Has(VersionTrait.HasPlainAttributes) && AttributeForms.ToWire(instance) is { } formed) result.Add(formed);
            else if (ToReference(instance.Key) is { } reference)
                result.Add(new KmipAttribute(reference, ToWire(instance.Value, reference, version), version.Has(VersionTrait.NumbersInstances) && instance.Index > 0 ? instance.Index : null));
        }

        return new AttributeList(result.DrainToImmutable());
    }

    /// <summary>A value for a response, without the fields that its version does not have.</summary>
    private static KmipValue ToWire(AttributeValue value, AttributeReference reference, ProtocolVersion version) =>
        value is StructureValue structure && !reference.IsVendors
            ? ToWire(new StructureValue([.. structure.Fields.Where(f => AttributeTable.HasField(reference.Tag, TagOf(f.Field), version))]))
            : ToWire(value);

    /// <summary>A value for a response.</summary>
    public static KmipValue ToWire(AttributeValue value) => value switch
    {
        StructureValue v => KmipValue.Structure([.. v.Fields.Select(f => new KmipField(TagOf(f.Field), ToWire(f.Value)))]),
        IntegerValue v => KmipValue.Integer(v.Value),
        LongIntegerValue v => KmipValue.LongInteger(v.Value),
        BigIntegerValue v => KmipValue.BigInteger(v.Value),
        EnumerationValue v => KmipValue.Enumeration(v.Value),
        BooleanValue v => KmipValue.Boolean(v.Value),
        TextValue v => KmipValue.Text(v.Value),
        BytesValue v => KmipValue.Bytes(v.Value.AsMemory()),
        DateTimeValue v => KmipValue.DateTime(v.UnixSeconds),
        DateTimeExtendedValue v => KmipValue.DateTimeExtended(v.UnixMicroseconds),
        IntervalValue v => KmipValue.Interval(v.Seconds),
        _ => throw new ArgumentException($"A value of {value.GetType().Name} has no form on the wire.", nameof(value)),
    };

    private static bool IsLaterDigest(AttributeInstance instance) => instance.Key.Name == AttributeName.Digest && instance.Index > 0;

    private static ImmutableArray<StructureField> ToFields(KmipValue structure)
    {
        var fields = ImmutableArray.CreateBuilder<StructureField>();
        foreach (var field in structure.Fields)
        {
            // A custom attribute may hold any tags: those that Core has no name for keep their number.
            var name = ToField.TryGetValue(field.Tag, out var known) ? known : (AttributeField)(uint)field.Tag;
            fields.Add(new StructureField(name, ToCore(field.Value)));
        }

        return fields.DrainToImmutable();
    }

    private static Tag TagOf(AttributeField field) => ToFieldTag.TryGetValue(field, out var tag) ? tag : (Tag)(uint)field;

    // The standard's names but for punctuation: "X.509" is X509 in one place and X_509 in the other.
    private static FrozenDictionary<Tag, TName> Join<TName>(Func<TName, bool> isOnTheWire)
        where TName : struct, Enum
    {
        var tags = Enum.GetValues<Tag>().Distinct().ToDictionary(t => Bare(t.ToString()), StringComparer.Ordinal);
        return Enum.GetValues<TName>()
            .Where(name => isOnTheWire(name) && tags.ContainsKey(Bare(name.ToString())))
            .ToFrozenDictionary(name => tags[Bare(name.ToString())]);
    }

    private static string Bare(string name) => name.Replace("_", string.Empty, StringComparison.Ordinal);
}
