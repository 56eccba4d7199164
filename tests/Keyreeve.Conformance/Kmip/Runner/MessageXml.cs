using System.Xml.Linq;
using Keyreeve.Kmip.Encodings;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>Messages between their bytes and the XML in which they are compared: one spelling for each value.</summary>
internal static class MessageXml
{
    public static byte[] ToTtlv(XElement message)
    {
        using var writer = new TtlvWriter();
        XmlEncoding.Decode(message.ToString(SaveOptions.DisableFormatting), writer);
        return writer.WrittenSpan.ToArray();
    }

    /// <exception cref="TtlvException">The bytes are no message.</exception>
    public static XElement FromTtlv(ReadOnlyMemory<byte> ttlv)
    {
        using var stream = new MemoryStream(XmlEncoding.Encode(ttlv));
        return XElement.Load(stream);
    }

    /// <summary>What the case expects, each value in the spelling that <see cref="FromTtlv"/> gives; variables stay.</summary>
    public static XElement Expected(XElement message)
    {
        var literal = new XElement(message);
        foreach (var element in literal.Descendants().Where(e => Variables.NameIn(e) is not null))
            element.SetAttributeValue("value", Variables.Placeholder(element));
        var canonical = FromTtlv(ToTtlv(literal));
        foreach (var (original, copy) in message.Descendants().Zip(canonical.Descendants()))
            if (Variables.NameIn(original) is { } name) copy.SetAttributeValue("value", name);
        return canonical;
    }

    /// <summary>Where an element stands, for people: <c>ResponseMessage/BatchItem[2]/ResponsePayload/Attribute "State"</c>.</summary>
    public static string PathOf(XElement element) => string.Join('/', element.AncestorsAndSelf().Reverse().Select(Step));

    /// <summary>An element on one line, shortened.</summary>
    public static string Show(XElement element)
    {
        const int longest = 300;
        var text = element.HasElements
            ? $"{element.Name.LocalName} {{ {string.Join("; ", element.Elements().Select(Show))} }}"
            : $"{element.Name.LocalName} {(string?)element.Attribute("type") ?? "Structure"} {(string?)element.Attribute("value") ?? "{}"}";
        return text.Length <= longest ? text : text[..longest] + "…";
    }

    /// <summary>The attribute that a KMIP 1.x structure is of, or null.</summary>
    public static string? AttributeNameOf(XElement attribute) => (string?)attribute.Element("AttributeName")?.Attribute("value");

    private static string Step(XElement element)
    {
        var name = element.Name.LocalName;
        if (string.Equals(name, "Attribute", StringComparison.Ordinal) && AttributeNameOf(element) is { } attribute) return $"{name} \"{attribute}\"";
        var siblings = element.Parent?.Elements(element.Name).ToList();
        return siblings is { Count: > 1 } ? $"{name}[{siblings.IndexOf(element) + 1}]" : name;
    }
}
