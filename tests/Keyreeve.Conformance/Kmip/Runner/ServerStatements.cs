using System.Xml.Linq;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>
/// What a server says of itself, in places where a case has what another server once said. INDEX.md does not list them, but no
/// server can say what the cases say: they ask one question and have five answers (docs/spec-exceptions.md has the table). The
/// narrowest that can be required of any server: there is an answer where the case has one, it is laid out as the standard says,
/// and it is the same whenever the server is asked.
/// </summary>
internal sealed class ServerStatements
{
    private static readonly string[] RandomNumberGenerator =
    [
        "RNGAlgorithm", "CryptographicAlgorithm", "CryptographicLength", "HashingAlgorithm", "DRBGAlgorithm", "RecommendedCurve", "FIPS186Variation", "PredictionResistance",
    ];

    /// <summary>The fields of each structure in the standard's order, the first one required. spec: KMIP 2.1 §7.5, §7.31, §7.36, §7.41.</summary>
    private static readonly Dictionary<string, string[]> Layouts = new(StringComparer.Ordinal)
    {
        ["RNGParameters"] = RandomNumberGenerator,
        ["RandomNumberGenerator"] = RandomNumberGenerator,
        ["CapabilityInformation"] =
        [
            "StreamingCapability", "AsynchronousCapability", "AttestationCapability", "BatchUndoCapability", "BatchContinueCapability", "UnwrapMode", "DestroyAction",
            "ShreddingAlgorithm", "RNGMode", "QuantumSafeCapability",
        ],
        ["ProfileInformation"] = ["ProfileName", "ProfileVersion", "ServerURI", "ServerPort"],
        ["ValidationInformation"] =
        [
            "ValidationAuthorityType", "ValidationAuthorityCountry", "ValidationAuthorityURI", "ValidationVersionMajor", "ValidationVersionMinor", "ValidationType",
            "ValidationLevel", "ValidationCertificateIdentifier", "ValidationCertificateURI", "ValidationVendorURI", "ValidationProfile",
        ],
    };

    private readonly Dictionary<string, string> _said = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Whether the server has named another request so before.</summary>
    public bool IsNew(string serverCorrelationValue) => _names.Add(serverCorrelationValue);

    /// <summary>What is wrong with a structure in which the server describes itself; null if nothing is.</summary>
    /// <param name="version">Of the message: another version may have more to tell, but for random number generators.</param>
    /// <param name="kind">The structure, or the attribute that is one.</param>
    /// <param name="actual">The structure, or all of a kind.</param>
    public Difference? Check(string version, string kind, IReadOnlyList<XElement> actual)
    {
        foreach (var structure in actual)
            if (Layouts.TryGetValue(kind, out var fields) && MisplacedField(structure, fields) is { } misplaced)
                return new Difference(MessageXml.PathOf(structure), $"{kind} {{ {string.Join("; ", fields)} }}, in this order", MessageXml.Show(misplaced));
        // The generator of an object is one of the server's generators.
        var topic = kind == "RandomNumberGenerator" ? "RNGParameters" : kind;
        var said = string.Join("; ", actual.Select(e => string.Join("; ", e.HasElements ? e.Elements().Select(MessageXml.Show) : [MessageXml.Show(e)])));
        if (topic != "RNGParameters") topic = $"{version} {topic}";
        if (_said.TryAdd(topic, said) || _said[topic] == said) return null;
        return new Difference(MessageXml.PathOf(actual[0]), $"as before: {_said[topic]}", said);
    }

    private static XElement? MisplacedField(XElement structure, string[] fields)
    {
        if (structure.Element(fields[0]) is null) return structure;
        var place = -1;
        foreach (var field in structure.Elements())
        {
            var next = Array.IndexOf(fields, field.Name.LocalName);
            if (next <= place) return field;
            place = next;
        }

        return null;
    }
}
