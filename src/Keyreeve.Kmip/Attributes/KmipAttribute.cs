using System.Collections;
using System.Collections.Immutable;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Objects;

namespace Keyreeve.Kmip.Attributes;

/// <summary>One instance of an attribute, the same for every version of the protocol. Its value is a view of the message.</summary>
/// <param name="Reference">Which attribute.</param>
/// <param name="Value">Its value.</param>
/// <param name="Index">Its index among the attribute's instances; KMIP 1.x alone has it, and there it means 0 when absent.</param>
public readonly record struct KmipAttribute(AttributeReference Reference, KmipValue Value, int? Index = null)
{
    /// <summary>A Name: unique among the objects of the server that a client may see.</summary>
    public static KmipAttribute Name(string value, NameType type = NameType.UninterpretedTextString) =>
        new(Tag.Name, KmipValue.Structure((Tag.NameValue, KmipValue.Text(value)), (Tag.NameType, KmipValue.Enumeration(type))));

    /// <summary>The Object Type, to search by.</summary>
    public static KmipAttribute ObjectType(ObjectType value) => new(Tag.ObjectType, KmipValue.Enumeration(value));

    /// <summary>The State, to search by.</summary>
    public static KmipAttribute State(State value) => new(Tag.State, KmipValue.Enumeration(value));

    /// <summary>The Cryptographic Algorithm.</summary>
    public static KmipAttribute CryptographicAlgorithm(CryptographicAlgorithm value) => new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(value));

    /// <summary>The Cryptographic Length.</summary>
    public static KmipAttribute CryptographicLength(int lengthInBits) => new(Tag.CryptographicLength, KmipValue.Integer(lengthInBits));

    /// <summary>The Cryptographic Usage Mask: what the object may be used for.</summary>
    public static KmipAttribute CryptographicUsageMask(CryptographicUsageMask value) => new(Tag.CryptographicUsageMask, KmipValue.Integer((int)value));

    /// <summary>Cryptographic Parameters: how the object is used where a request does not say.</summary>
    public static KmipAttribute CryptographicParameters(in CryptographicParameters value) =>
        new(Tag.CryptographicParameters, KmipCodec.ToValue(value, ProtocolVersion.Kmip21));

    /// <summary>The Cryptographic Domain Parameters of an elliptic curve.</summary>
    public static KmipAttribute CryptographicDomainParameters(RecommendedCurve curve) =>
        new(Tag.CryptographicDomainParameters, KmipValue.Structure((Tag.RecommendedCurve, KmipValue.Enumeration(curve))));

    /// <summary>An Object Group. Up to KMIP 2.1.</summary>
    public static KmipAttribute ObjectGroup(string value) => new(Tag.ObjectGroup, KmipValue.Text(value));

    /// <summary>Application Specific Information: what an application calls the object.</summary>
    public static KmipAttribute ApplicationSpecificInformation(string applicationNamespace, string applicationData) =>
        new(Tag.ApplicationSpecificInformation, KmipValue.Structure(
            (Tag.ApplicationNamespace, KmipValue.Text(applicationNamespace)), (Tag.ApplicationData, KmipValue.Text(applicationData))));

    /// <summary>Contact Information.</summary>
    public static KmipAttribute ContactInformation(string value) => new(Tag.ContactInformation, KmipValue.Text(value));

    /// <summary>A Link to another object. Up to KMIP 2.1.</summary>
    public static KmipAttribute Link(LinkType type, UniqueIdentifier linkedObject) =>
        new(Tag.Link, KmipValue.Structure((Tag.LinkType, KmipValue.Enumeration(type)), (Tag.LinkedObjectIdentifier, linkedObject.Value)));

    /// <summary>One of the attributes that are dates: Activation Date, Deactivation Date, Initial Date and so on; whole seconds.</summary>
    public static KmipAttribute Date(Tag attribute, DateTimeOffset value) => new(attribute, KmipValue.DateTime(value));

    /// <summary>Whether the object leaves the server wrapped alone. From KMIP 1.4.</summary>
    public static KmipAttribute Sensitive(bool value) => new(Tag.Sensitive, KmipValue.Boolean(value));

    /// <summary>Whether the object leaves the server at all. From KMIP 1.4.</summary>
    public static KmipAttribute Extractable(bool value) => new(Tag.Extractable, KmipValue.Boolean(value));

    /// <summary>An attribute that is not the standard's; the vendor <c>x</c> is the client itself.</summary>
    public static KmipAttribute Vendor(string vendorIdentification, string attributeName, KmipValue value) =>
        new(AttributeReference.Vendor(vendorIdentification, attributeName), value);

    /// <summary>Type and length of the value; never the value.</summary>
    public override string ToString() => $"{Reference}: {Value}";
}

/// <summary>
/// Attributes as a request or response carries them: what KMIP 1.x calls a Template-Attribute and KMIP 2.x Attributes.
/// Immutable.
/// </summary>
public sealed class AttributeList : IReadOnlyList<KmipAttribute>
{
    /// <summary>Attributes in this order.</summary>
    public AttributeList(params ImmutableArray<KmipAttribute> attributes)
        : this(attributes, [])
    {
    }

    /// <summary>Attributes in this order, and the templates that give more.</summary>
    public AttributeList(ImmutableArray<KmipAttribute> attributes, ImmutableArray<KmipValue> templateNames)
    {
        Attributes = attributes;
        TemplateNames = templateNames;
    }

    /// <summary>No attributes.</summary>
    public static AttributeList Empty { get; } = new([], []);

    /// <summary>The attributes in their order.</summary>
    public ImmutableArray<KmipAttribute> Attributes { get; }

    /// <summary>The names of Template objects: structures of Name Value and Name Type. KMIP 1.x alone has them, deprecated from
    /// 1.3 on.</summary>
    public ImmutableArray<KmipValue> TemplateNames { get; }

    /// <inheritdoc/>
    public int Count => Attributes.Length;

    /// <inheritdoc/>
    public KmipAttribute this[int index] => Attributes[index];

    /// <summary>The value of the attribute's first instance, or null.</summary>
    public KmipValue? Find(AttributeReference reference)
    {
        foreach (var attribute in Attributes)
            if (attribute.Reference == reference) return attribute.Value;
        return null;
    }

    /// <summary>The attributes one after the other; nothing is allocated.</summary>
    public ImmutableArray<KmipAttribute>.Enumerator GetEnumerator() => Attributes.GetEnumerator();

    IEnumerator<KmipAttribute> IEnumerable<KmipAttribute>.GetEnumerator() => ((IEnumerable<KmipAttribute>)Attributes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable)Attributes).GetEnumerator();
}
