using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>A case as it stands in its file: messages in turn, with variables in place of what differs by run.</summary>
internal sealed partial class CaseFile
{
    private CaseFile(string path, IReadOnlyList<CaseMessage> messages)
    {
        Name = Path.GetFileNameWithoutExtension(path);
        Messages = messages;
    }

    /// <summary>Its name, such as <c>TC-NP-1-10</c>.</summary>
    public string Name { get; }

    public IReadOnlyList<CaseMessage> Messages { get; }

    /// <summary>The version its name ends in, such as <c>1.0</c>; else that of its first header.</summary>
    public string Version => VersionSuffix().Match(Name) is { Success: true } suffix ? $"{suffix.Groups["major"]}.{suffix.Groups["minor"]}" : VersionOfHeader();

    /// <summary>The profile it belongs to, such as <c>SKFF</c>, <c>CS-BC</c> or <c>TC</c>.</summary>
    public string Profile => ProfilePrefix().Match(Name) is { Success: true } prefix ? prefix.Groups["profile"].Value : Name.Split('-')[0];

    /// <summary>Whether the server is to send a request of itself.</summary>
    public bool HasServerRequests => Messages.Any(m => m is { IsRequest: true, IsFromServer: true });

    /// <exception cref="XmlException">The file is not XML.</exception>
    public static CaseFile Load(string path)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true };
        using var reader = XmlReader.Create(path, settings);
        return Read(path, XDocument.Load(reader));
    }

    /// <summary>Reads a case from text.</summary>
    public static CaseFile Parse(string name, string xml) => Read(name, XDocument.Parse(xml));

    private static CaseFile Read(string path, XDocument document)
    {
        var messages = document.Root!.Elements()
            .Where(e => e.Name.LocalName is "RequestMessage" or "ResponseMessage")
            .Select(e => new CaseMessage(OnOneLine(e))).ToList();
        if (messages.Count == 0) throw new XmlException("no messages");
        return new CaseFile(path, messages);
    }

    /// <summary>
    /// Where the page that a case was published on breaks a line, its values hold several blanks ("Object   Type"): one is meant.
    /// </summary>
    private static XElement OnOneLine(XElement message)
    {
        foreach (var value in message.Descendants().Attributes("value").Where(v => v.Value.Contains("  ", StringComparison.Ordinal)))
            value.Value = Blanks().Replace(value.Value, " ");
        return message;
    }

    private string VersionOfHeader()
    {
        var version = Messages[0].Xml.Descendants("ProtocolVersion").FirstOrDefault();
        return $"{Value("ProtocolVersionMajor")}.{Value("ProtocolVersionMinor")}";

        string Value(string name) => (string?)version?.Element(name)?.Attribute("value") ?? "?";
    }

    [GeneratedRegex(" {2,}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blanks();

    [GeneratedRegex("-(?<major>[0-9])(?<minor>[0-9])$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionSuffix();

    [GeneratedRegex("^(?<profile>.+?)-[MO]-", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ProfilePrefix();
}

/// <summary>One message of a case.</summary>
internal sealed class CaseMessage(XElement xml)
{
    public XElement Xml { get; } = xml;

    public bool IsRequest => string.Equals(Xml.Name.LocalName, "RequestMessage", StringComparison.Ordinal);

    /// <summary>Whether the server is the one who asks in this exchange: only a server notifies and puts.</summary>
    public bool IsFromServer => Operations.Any(o => o is "Notify" or "Put");

    public IEnumerable<XElement> BatchItems => Xml.Elements("BatchItem");

    public IEnumerable<string> Operations => BatchItems.Select(OperationOf);

    public static string OperationOf(XElement batchItem) => (string?)batchItem.Element("Operation")?.Attribute("value") ?? "";
}
