using System.Collections.Frozen;
using Keyreeve.Core.Objects;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Ttlv;
using LinkType = Keyreeve.Core.Objects.LinkType;
using NameType = Keyreeve.Core.Objects.NameType;

namespace Keyreeve.Server.Kmip.Translation;

/// <summary>
/// What KMIP 3.0 forms otherwise than the versions before it, in whose form Core keeps it:
/// <code>
/// 1.0 to 2.1                                     3.0
/// Name { Name Value, Name Type }                 Name: Text String
/// Link { Link Type, Linked Object Identifier }   an attribute for each type of link: Reference
/// Object Group: Text String                      Group Link: Name Reference
/// Unique Identifier: Text String                 Unique Identifier: Identifier
/// </code>
/// </summary>
internal static class AttributeForms
{
    private static readonly FrozenDictionary<Tag, LinkType> LinkTypes = new Dictionary<Tag, LinkType>
    {
        [Tag.CertificateLink] = LinkType.CertificateLink,
        [Tag.PublicKeyLink] = LinkType.PublicKeyLink,
        [Tag.PrivateKeyLink] = LinkType.PrivateKeyLink,
        [Tag.DerivationObjectLink] = LinkType.DerivationBaseObjectLink,
        [Tag.DerivedObjectLink] = LinkType.DerivedKeyLink,
        [Tag.ReplacementObjectLink] = LinkType.ReplacementObjectLink,
        [Tag.ReplacedObjectLink] = LinkType.ReplacedObjectLink,
        [Tag.ParentLink] = LinkType.ParentLink,
        [Tag.ChildLink] = LinkType.ChildLink,
        [Tag.PreviousLink] = LinkType.PreviousLink,
        [Tag.NextLink] = LinkType.NextLink,
        [Tag.PKCS_12CertificateLink] = LinkType.PKCS12CertificateLink,
        [Tag.PKCS_12PasswordLink] = LinkType.PKCS12PasswordLink,
        [Tag.WrappingKeyLink] = LinkType.WrappingKeyLink,
        [Tag.CredentialLink] = LinkType.CredentialLink,
        [Tag.PasswordLink] = LinkType.PasswordLink,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<LinkType, Tag> LinkTags = LinkTypes.ToFrozenDictionary(p => p.Value, p => p.Key);

    /// <summary>The attribute of Core that a tag of KMIP 3.0 alone stands for, or null.</summary>
    public static AttributeName? NameOf(Tag tag)
    {
        if (tag == Tag.GroupLink) return AttributeName.ObjectGroup;
        return LinkTypes.ContainsKey(tag) ? AttributeName.Link : null;
    }

    /// <summary>The type of link that a reference means; null: it means no link, or all.</summary>
    public static LinkType? LinkTypeOf(AttributeReference reference) => LinkTypes.TryGetValue(reference.Tag, out var type) ? type : null;

    /// <summary>The attribute of a type of link.</summary>
    public static AttributeReference? ReferenceTo(LinkType type) => LinkTags.TryGetValue(type, out var tag) ? tag : null;

    /// <summary>Whether a version has links of a type: what it cannot name, it is not told.</summary>
    public static bool HasLink(ProtocolVersion version, LinkType type) => type switch
    {
        LinkType.ParentLink or LinkType.ChildLink or LinkType.PreviousLink or LinkType.NextLink => version.Has(VersionTrait.HasFamilyLinks),
        LinkType.PKCS12CertificateLink or LinkType.PKCS12PasswordLink => version.Has(VersionTrait.HasContainerLinks),
        LinkType.WrappingKeyLink => version.Has(VersionTrait.HasWrappingKeyLinks),
        _ => true,
    };

    /// <summary>Whether a version has links such as this one.</summary>
    public static bool HasLink(ProtocolVersion version, AttributeValue link) =>
        (link as StructureValue)?[AttributeField.LinkType] is not EnumerationValue type || HasLink(version, (LinkType)type.Value);

    /// <summary>A value of a request, in the form in which Core keeps it; null if the forms are the same.</summary>
    public static AttributeValue? ToCore(Tag tag, KmipValue value)
    {
        if (value.Type is not (TtlvType.TextString or TtlvType.Identifier or TtlvType.Reference or TtlvType.NameReference)) return null;
        if (LinkTypes.TryGetValue(tag, out var type))
        {
            return AttributeValue.Of(
                new StructureField(AttributeField.LinkType, AttributeValue.Of(type)),
                new StructureField(AttributeField.LinkedObjectIdentifier, AttributeValue.Of(value.AsText())));
        }

        return tag == Tag.Name
            ? AttributeValue.Of(
                new StructureField(AttributeField.NameValue, AttributeValue.Of(value.AsText())),
                new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.UninterpretedTextString)))
            : null;
    }

    /// <summary>
    /// The field by which a Name of KMIP 3.0 means one that an object has: its text alone, since 3.0 does not tell of which type a Name of
    /// an earlier version is; null if it is no such Name.
    /// </summary>
    public static StructureField? PlainName(KmipAttribute attribute) => attribute is { Reference.Tag: Tag.Name, Value.Type: TtlvType.TextString }
        ? new StructureField(AttributeField.NameValue, AttributeValue.Of(attribute.Value.AsText()))
        : null;

    /// <summary>An attribute for a response of KMIP 3.0; null if the forms are the same.</summary>
    public static KmipAttribute? ToWire(AttributeInstance instance) => (instance.Key.Name, instance.Value) switch
    {
        (AttributeName.UniqueIdentifier, TextValue text) => Text(Tag.UniqueIdentifier, TtlvType.Identifier, text.Value),
        (AttributeName.ObjectGroup, TextValue text) => Text(Tag.GroupLink, TtlvType.NameReference, text.Value),
        (AttributeName.Name, StructureValue name) when name[AttributeField.NameValue] is TextValue text => Text(Tag.Name, TtlvType.TextString, text.Value),
        (AttributeName.Link, StructureValue link) when link[AttributeField.LinkType] is EnumerationValue type
            && link[AttributeField.LinkedObjectIdentifier] is TextValue other && LinkTags.TryGetValue((LinkType)type.Value, out var tag) =>
            Text(tag, TtlvType.Reference, other.Value),
        _ => null,
    };

    private static KmipAttribute Text(Tag tag, TtlvType type, string text) =>
        new(tag, KmipValue.Text(type, System.Text.Encoding.UTF8.GetBytes(text)));
}
