using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Keyreeve.Kmip.Encodings;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Conformance.Kmip;

/// <summary>One of OASIS' test cases: requests and responses in turn, as XML with variables in place of what differs by run.</summary>
internal sealed class OasisCase
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private OasisCase(string name, List<XElement> messages)
    {
        Name = name;
        Messages = messages;
    }

    /// <summary>Version and name, such as <c>1.4/CS-BC-M-4-14</c>.</summary>
    public string Name { get; }

    /// <summary>Requests and responses in turn, with literals in place of the variables.</summary>
    public IReadOnlyList<XElement> Messages { get; }

    /// <summary>The names of all cases.</summary>
    /// <exception cref="InvalidOperationException">There are none: a loader that finds nothing must not pass.</exception>
    public static IReadOnlyList<string> Names(string folder)
    {
        var names = Directory.EnumerateDirectories(folder)
            .SelectMany(version => Directory.EnumerateFiles(version, "*.xml"))
            .Select(path => Path.GetFileName(Path.GetDirectoryName(path)) + "/" + Path.GetFileNameWithoutExtension(path))
            .Order(StringComparer.Ordinal)
            .ToList();
        return names.Count > 0 ? names : throw new InvalidOperationException($"No test cases in {folder}.");
    }

    public static OasisCase Load(string folder, string name)
    {
        using var reader = XmlReader.Create(Path.Combine(folder, name + ".xml"), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, IgnoreComments = true });
        var root = XDocument.Load(reader).Root!;
        foreach (var element in root.Descendants()) Bind(element);
        return new OasisCase(name, [.. root.Elements().Where(e => e.Name.LocalName is "RequestMessage" or "ResponseMessage")]);
    }

    /// <summary>The TTLV encoding of a message.</summary>
    public static byte[] ToTtlv(XElement message)
    {
        using var writer = new TtlvWriter();
        XmlEncoding.Decode(message.ToString(SaveOptions.DisableFormatting), writer);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>Puts a value of its type in place of a variable.</summary>
    private static void Bind(XElement element)
    {
        if (element.Attribute("value") is not { } value || !value.Value.StartsWith('$')) return;
        value.Value = element.Attribute("type")?.Value switch
        {
            "DateTime" => Now.AddSeconds(Offset(value.Value)).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture),
            "ByteString" => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(value.Value)),
            "TextString" or "Identifier" or "Reference" or "NameReference" => value.Value,
            "Integer" or "LongInteger" or "Interval" => "1",
            var type => throw new InvalidOperationException($"A variable of type {type}: {value.Value}"),
        };
    }

    private static double Offset(string variable) =>
        variable.Length > "$NOW".Length ? double.Parse(variable["$NOW".Length..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
}
