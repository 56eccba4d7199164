using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using System.Xml;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Encodings;

/// <summary>
/// The XML encoding of the profiles: every item is an element called by its tag in CamelCase, with <c>type</c> and <c>value</c>.
/// It turns XML into TTLV and back; messages have one decoder. spec: KMIP Profiles 2.1 §5.5.
/// </summary>
public static class XmlEncoding
{
    /// <summary>The media type of a message over HTTPS.</summary>
    public const string MediaType = "text/xml";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const string TtlvElement = "TTLV";

    /// <summary>
    /// Writes the TTLV encoding of an XML message. Nothing is fetched and nothing is expanded: a document type is refused. Names of
    /// other versions than the message's are accepted; comments are skipped.
    /// </summary>
    /// <param name="xml">One XML document.</param>
    /// <param name="writer">Where to.</param>
    /// <exception cref="TtlvException">It is not such a document; its offset is 0, its reason names line and position.</exception>
    public static void Decode(ReadOnlyMemory<byte> xml, TtlvWriter writer)
    {
        if (!Utf8.IsValid(xml.Span)) throw new TtlvException(0, "text is not valid UTF-8");
        if (XmlAttributeCount.IsExceeded(xml.Span)) throw new TtlvException(0, "an element with too many attributes");
        if (xml.Span.StartsWith(Encoding.UTF8.Preamble)) xml = xml[Encoding.UTF8.Preamble.Length..];
        // The document's text is read as UTF-8, whatever it says: .NET would take dozens of other encodings.
        using var stream = new MemoryStream(MemoryMarshal.TryGetArray(xml, out var bytes) ? bytes.Array! : xml.ToArray(), bytes.Offset, xml.Length, writable: false);
        using var text = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        using var reader = XmlReader.Create(text, ReaderSettings(xml.Length));
        DecodeDocument(reader, writer);
    }

    /// <summary>Writes the TTLV encoding of an XML message; see <see cref="Decode(ReadOnlyMemory{byte}, TtlvWriter)"/>.</summary>
    /// <exception cref="TtlvException">It is not such a document.</exception>
    public static void Decode(string xml, TtlvWriter writer)
    {
        byte[] utf8;
        try
        {
            utf8 = StrictUtf8.GetBytes(xml);
        }
        catch (EncoderFallbackException e)
        {
            throw new TtlvException(0, "the text holds a lone surrogate", e);
        }

        Decode(utf8, writer);
    }

    /// <summary>The XML encoding of a message, as UTF-8.</summary>
    /// <param name="ttlv">One item, usually a whole message.</param>
    /// <param name="indent">Whether to break lines for people to read.</param>
    /// <exception cref="TtlvException">It is not valid, or holds a character that XML cannot carry.</exception>
    public static byte[] Encode(ReadOnlyMemory<byte> ttlv, bool indent = false)
    {
        using var stream = new MemoryStream();
        Encode(ttlv, stream, indent);
        return stream.ToArray();
    }

    /// <summary>Writes the XML encoding of a message, as UTF-8; what was written when it throws is for the caller to drop.</summary>
    /// <exception cref="TtlvException">It is not valid, or holds a character that XML cannot carry.</exception>
    public static void Encode(ReadOnlyMemory<byte> ttlv, Stream output, bool indent = false)
    {
        var settings = new XmlWriterSettings { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), OmitXmlDeclaration = true, Indent = indent };
        using var writer = XmlWriter.Create(output, settings);
        var items = KmipValue.EncodedStructure(ttlv).Fields.GetEnumerator();
        if (!items.MoveNext()) throw new TtlvException(0, "an item is missing");
        var names = default(ValueNames);
        try
        {
            EncodeItem(writer, items.Current, ref names);
        }
        catch (ArgumentException e)
        {
            throw new TtlvException(0, "a text holds a character that XML cannot carry", e);
        }

        if (items.MoveNext()) throw new TtlvException(0, "more than one item");
    }

    private static XmlReaderSettings ReaderSettings(int length) => new()
    {
        // No entities but the five of XML itself, nothing fetched, and thus no document longer than what came.
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = Math.Max(1, length),
        MaxCharactersFromEntities = 1,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        IgnoreWhitespace = true,
        CloseInput = false,
    };

    private static void DecodeDocument(XmlReader reader, TtlvWriter writer)
    {
        var start = writer.Length;
        var depth = writer.Depth;
        try
        {
            SkipDeclaration(reader);
            if (reader.MoveToContent() != XmlNodeType.Element) throw new FormatException("an element is missing");
            var names = default(ValueNames);
            DecodeItem(reader, writer, ref names);
            while (reader.Read()) reader.MoveToContent(); // what stands behind the root must be well-formed too
        }
        catch (Exception e) when (e is XmlException or FormatException or OverflowException or ArgumentException or InvalidOperationException)
        {
            writer.RollBack(start, depth);
            throw Refusal(reader, e);
        }
    }

    private static TtlvException Refusal(XmlReader reader, Exception e)
    {
        // A message of ours says what is wrong; one of the XML reader's may quote the document.
        var reason = e is FormatException ? e.Message : "not well-formed, or a value that its type does not have";
        var place = reader is IXmlLineInfo { LineNumber: > 0 } info
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"line {info.LineNumber}, position {info.LinePosition}: ")
            : string.Empty;
        return new TtlvException(0, place + reason, e);
    }

    private static void SkipDeclaration(XmlReader reader)
    {
        if (!reader.Read() || reader.NodeType != XmlNodeType.XmlDeclaration) return;
        if (reader.GetAttribute("encoding") is { } encoding && !encoding.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            throw new FormatException("another encoding than UTF-8");
        reader.Read();
    }

    /// <summary>Reads the element the reader is at and moves behind it. The recursion is bounded by the writer's depth.</summary>
    private static void DecodeItem(XmlReader reader, TtlvWriter writer, ref ValueNames names)
    {
        var item = ReadAttributes(reader);
        var tag = TextualValues.ParseTag(item.TagName);
        var type = item.TypeName is { } typeName ? TextualValues.ParseType(typeName) : TtlvType.Structure;
        if (type == TtlvType.Structure)
        {
            if (item.Value is not null) throw new FormatException("a structure with a value");
            DecodeStructure(reader, writer, tag);
            return;
        }

        var value = item.Value ?? throw new FormatException("a value is missing");
        TextualValues.Write(writer, tag, type, value, names.Of(tag));
        names.Passed(tag, value);
        if (!reader.IsEmptyElement)
        {
            reader.Read();
            if (reader.MoveToContent() != XmlNodeType.EndElement) throw new FormatException("an item with a value holds another");
        }

        reader.Read();
    }

    private static (string TagName, string? TypeName, string? Value) ReadAttributes(XmlReader reader)
    {
        var isGeneric = string.Equals(reader.LocalName, TtlvElement, StringComparison.Ordinal);
        var tagName = isGeneric ? null : reader.LocalName;
        string? typeName = null, value = null;
        while (reader.MoveToNextAttribute())
        {
            switch (reader.Name)
            {
                case "tag" when isGeneric:
                    tagName = reader.Value;
                    break;
                case "type":
                    typeName = reader.Value;
                    break;
                case "value":
                    value = reader.Value;
                    break;
                case "name" when isGeneric: // what a vendor calls the tag, for people
                    break;
                default:
                    // Namespaces and hints about schemas say nothing about the message.
                    if (reader.Prefix.Length == 0 && !string.Equals(reader.LocalName, "xmlns", StringComparison.Ordinal)) throw new FormatException("an unknown attribute");
                    break;
            }
        }

        reader.MoveToElement();
        return (tagName ?? throw new FormatException("a tag is missing"), typeName, value);
    }

    private static void DecodeStructure(XmlReader reader, TtlvWriter writer, Tag tag)
    {
        writer.BeginStructure(tag);
        var isEmpty = reader.IsEmptyElement;
        reader.Read();
        if (!isEmpty)
        {
            var names = default(ValueNames);
            while (reader.MoveToContent() == XmlNodeType.Element) DecodeItem(reader, writer, ref names);
            if (reader.NodeType != XmlNodeType.EndElement) throw new FormatException("a structure holds text");
            reader.Read();
        }

        writer.EndStructure();
    }

    private static void EncodeItem(XmlWriter writer, KmipField item, ref ValueNames names)
    {
        if (NameTables.Tags.Find((uint)item.Tag) is { } row)
        {
            writer.WriteStartElement(row.Name);
        }
        else
        {
            writer.WriteStartElement(TtlvElement);
            writer.WriteAttributeString("tag", NameTables.DisplayName(item.Tag));
        }

        if (item.Value.Type == TtlvType.Structure)
        {
            var inner = default(ValueNames);
            foreach (var field in item.Value.Fields) EncodeItem(writer, field, ref inner);
        }
        else
        {
            var text = TextualValues.ToText(item.Value, names.Of(item.Tag), maskSeparator: ' ');
            names.Passed(item.Tag, text);
            writer.WriteAttributeString("type", item.Value.Type.ToString());
            writer.WriteAttributeString("value", text);
        }

        writer.WriteEndElement();
    }
}
