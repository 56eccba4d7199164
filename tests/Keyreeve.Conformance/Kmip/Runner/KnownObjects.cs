using System.Xml.Linq;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>
/// Which objects hold what a client gave, so that what the server says of their content is fixed. Of every other the server made
/// the content itself.
/// </summary>
internal sealed class KnownObjects
{
    private readonly Dictionary<string, GivenObject> _given = new(StringComparer.Ordinal);
    private readonly HashSet<(string Field, string Value)> _dates = [];
    private readonly HashSet<(string Key, string Data)> _encrypted = [];

    /// <summary>What is known of an object; null if the server made it.</summary>
    public GivenObject? Find(string? identifier) => identifier is null ? null : _given.GetValueOrDefault(identifier);

    /// <summary>Whether the server has given this ciphertext for this key.</summary>
    public bool HasEncrypted(string? key, string? data) => key is not null && data is not null && _encrypted.Contains((key, data));

    /// <summary>Learns from an exchange that went well.</summary>
    public void Learn(XElement request, XElement response)
    {
        foreach (var (asked, answered) in request.Elements("BatchItem").Zip(response.Elements("BatchItem")))
        {
            if (Identifier(answered.Element("ResponsePayload")) is not { } made || asked.Element("RequestPayload") is not { } payload) continue;
            switch (CaseMessage.OperationOf(answered))
            {
                case "Register" or "Import":
                    _given[made] = GivenObject.From(payload);
                    break;
                case "Encrypt" when answered.Element("ResponsePayload")?.Element("Data") is { } encrypted:
                    _encrypted.Add((made, (string?)encrypted.Attribute("value") ?? ""));
                    break;
                case "DeriveKey" or "JoinSplitKey" when payload.Elements("UniqueIdentifier").All(i => Find((string?)i.Attribute("value")) is not null):
                    _given[made] = GivenObject.From(payload);
                    break;
            }
        }
    }

    /// <summary>Notes the dates that a request gives.</summary>
    public void NoteDates(XElement request)
    {
        foreach (var item in request.Descendants().Where(e => (string?)e.Attribute("type") == "DateTime"))
            _dates.Add((PermittedVariations.FieldOf(item), (string?)item.Attribute("value") ?? ""));
    }

    /// <summary>Whether a request has given this date for this field.</summary>
    public bool IsGiven(string field, string value) => _dates.Contains((field, value));

    /// <summary>Dates are given within a case.</summary>
    public void BeginCase() => _dates.Clear();

    /// <summary>The object that a payload is about.</summary>
    public static string? Identifier(XElement? payload) => (string?)payload?.Element("UniqueIdentifier")?.Attribute("value");
}

/// <summary>An object whose content a client gave.</summary>
/// <param name="Algorithm">Its algorithm, or null if that was not said.</param>
/// <param name="Parameters">The values of its cryptographic parameters.</param>
internal sealed record GivenObject(string? Algorithm, IReadOnlyList<string> Parameters)
{
    public static GivenObject From(XElement payload) => new(
        (string?)payload.Descendants("CryptographicAlgorithm").FirstOrDefault()?.Attribute("value") ?? AlgorithmAttribute(payload),
        ParametersIn(payload));

    /// <summary>The values of all cryptographic parameters below an element, as <c>PaddingMethod=OAEP</c>.</summary>
    public static IReadOnlyList<string> ParametersIn(XElement? payload) =>
        [.. (payload?.Descendants() ?? []).Where(e => e.Name.LocalName is "PaddingMethod" or "DigitalSignatureAlgorithm" or "RandomIV" or "CryptographicAlgorithm")
            .Select(e => $"{e.Name.LocalName}={(string?)e.Attribute("value")}")];

    private static string? AlgorithmAttribute(XElement payload) =>
        (string?)payload.Descendants("Attribute").FirstOrDefault(a => MessageXml.AttributeNameOf(a) == "Cryptographic Algorithm")?.Element("AttributeValue")?.Attribute("value");
}
