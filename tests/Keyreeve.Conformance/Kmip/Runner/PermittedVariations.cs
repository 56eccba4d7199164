using System.Xml.Linq;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>
/// What may differ from a case in one item of a batch, and nothing else may.
/// spec: KMIP Profiles 2.1 §4.7 "Permitted Test Case Variations".
/// </summary>
/// <param name="version">The case's version, such as <c>1.4</c>.</param>
/// <param name="answer">The item of the answer; null: the header.</param>
/// <param name="asked">The item of the request.</param>
/// <param name="objects">Whose content is given.</param>
internal sealed class PermittedVariations(string version, XElement? answer, XElement? asked, KnownObjects objects)
{
    private static readonly HashSet<string> Identifiers = new(StringComparer.Ordinal)
    {
        "UniqueIdentifier", "PrivateKeyUniqueIdentifier", "PublicKeyUniqueIdentifier", "ShortUniqueIdentifier", "LinkedObjectIdentifier",
        "AsynchronousCorrelationValue",
    };

    private static readonly HashSet<string> Outputs = new(StringComparer.Ordinal)
    {
        "Data", "SignatureData", "MACData", "IVCounterNonce", "AuthenticatedEncryptionTag",
    };

    private static readonly HashSet<string> TemplateAttributes = new(StringComparer.Ordinal)
    {
        "TemplateAttribute", "CommonTemplateAttribute", "PrivateKeyTemplateAttribute", "PublicKeyTemplateAttribute",
    };

    private readonly string _operation = answer is null ? "" : CaseMessage.OperationOf(answer);
    private readonly XElement? _payload = asked?.Element("RequestPayload");

    /// <summary>Whether the values of one attribute stand in no order either.</summary>
    public bool InstancesAreUnordered => IsVersion3;

    private bool IsVersion3 => version.StartsWith('3');

    private GivenObject? Object => objects.Find(KnownObjects.Identifier(answer?.Element("ResponsePayload") ?? answer?.Element("RequestPayload")));

    private bool IsServerMade => Object is null;

    /// <summary>Whether the value may be another.</summary>
    /// <param name="expected">The item of the case.</param>
    /// <param name="wanted">Its value.</param>
    public bool MayVary(XElement expected, string wanted)
    {
        var field = FieldOf(expected);
        if (Identifiers.Contains(field)) return true;
        if ((string?)expected.Attribute("type") == "DateTime") return !IsGivenInRequest(field, wanted);
        if (field is "ResultMessage") return true;
        if (Outputs.Contains(field)) return OutputVaries();
        // Unique for each response: where there is one, its value is the server's.
        if (field is "ServerCorrelationValue" or "ClientCorrelationValue") return true;
        if (field is "VendorIdentification") return Is("Query");
        // C_GetInfo gives nothing but versions and who made the library: its VendorIdentification. docs/spec-exceptions.md
        if (field is "PKCS_11OutputParameters") return (string?)_payload?.Element("PKCS_11Function")?.Attribute("value") is "C_GetInfo";
        if (IsWithin(expected, "Digest")) return field is "HashingAlgorithm" or "DigestValue" || (field is "KeyFormatType" && IsServerMade);
        if (field is "KeyFormatType") return IsServerMade && !IsAsked("KeyFormatType");
        if (IsWithin(expected, "KeyMaterial") || field is "KeyValue" or "CertificateValue") return IsServerMade || IsWrapped(expected);
        // A certificate that the server makes: what its issuer puts into it beside subject and key.
        if (IsServerMade && (field is "SerialNumber" or "CertificateSerialNumber" or "CertificateLength")) return true;
        return IsRandomNumberGenerator(expected) || (IsVersion3 && IsWithin(expected, "ServerInformation"));
    }

    /// <summary>Whether an answer names the object that the request names, whatever the case has there.</summary>
    public bool IsOfRequest(XElement expected, string given) =>
        expected.Name.LocalName == "UniqueIdentifier" && Parent(expected) is "ResponsePayload" && KnownObjects.Identifier(_payload) == given;

    /// <summary>Whether the field stands in a list whose order says nothing: attributes, and what a server reports of itself.</summary>
    public bool IsListed(XElement item) => item.Name.LocalName switch
    {
        _ when Parent(item) is "Attributes" => true,
        "Operation" or "ObjectType" => Is("Query") && Parent(item) is "ResponsePayload",
        "ApplicationNamespace" or "ExtensionInformation" => Is("Query"),
        _ when TellsWhatServerIs(item) => true,
        "ProtocolVersion" => Is("DiscoverVersions") && Parent(item) is "ResponsePayload",
        "Attribute" => true,
        "AttributeName" or "AttributeReference" => Is("GetAttributeList"),
        _ => false,
    };

    /// <summary>
    /// Whether the item tells what a server is: its random number generators, profiles, validations, capabilities, ways to register.
    /// One server has one answer, and the cases of one version give several to the same question (TC-Q-RNGS-1 to -6, TC-Q-PROF-1 to
    /// -3, TC-Q-CAP-1 and -3): docs/spec-exceptions.md. That there is an answer is required; that it is theirs is not.
    /// </summary>
    public bool TellsWhatServerIs(XElement item) => Is("Query") && Parent(item) is "ResponsePayload" && item.Name.LocalName
        is "ServerInformation" or "RNGParameters" or "ProfileInformation" or "ValidationInformation" or "CapabilityInformation" or "ClientRegistrationMethod";

    /// <summary>Whether two items of a list are about the same thing.</summary>
    public static bool SameKey(XElement expected, XElement actual) => expected.Name == actual.Name && KeyOf(expected) == KeyOf(actual);

    /// <summary>Whether the answer may lack it.</summary>
    public bool MayBeMissing(XElement expected) => expected.Name.LocalName switch
    {
        "ApplicationNamespace" or "ExtensionInformation" => Is("Query"),
        // A server that nobody has validated has nothing to tell.
        "ValidationInformation" => Is("Query"),
        "VendorIdentification" => Is("Query") && Parent(expected) is "ResponsePayload",
        "ServerCorrelationValue" or "ClientCorrelationValue" => IsVersion3,
        _ => IsOptional(expected) || IsOfServer(expected) || IsRandomNumberGenerator(expected.Parent),
    };

    /// <summary>Whether the answer may have it in addition.</summary>
    public bool MayBeAdded(XElement actual) => actual.Name.LocalName switch
    {
        "ServerCorrelationValue" or "ClientCorrelationValue" => IsVersion3,
        _ => IsOptional(actual) || IsRandomNumberGenerator(actual.Parent) || (IsVersion3 && IsWithin(actual, "ServerInformation")),
    };

    /// <summary>Whether a list may have it in addition.</summary>
    /// <param name="actual">The item.</param>
    /// <param name="expected">The items of the case's list.</param>
    public bool MayBeAdded(XElement actual, IReadOnlyList<XElement> expected)
    {
        if (Is("Query")) return true;
        if (Is("DiscoverVersions")) return _payload?.Element("ProtocolVersion") is null;
        if (IsOfServer(actual)) return true;
        // Additional attributes: where all were asked for, and only others than those that the case lists.
        var all = Is("GetAttributeList") || Is("Put") || (Is("GetAttributes") && !NamesAttributes(_payload));
        return all && !expected.Any(e => e.Name == actual.Name && VendorOf(e) == VendorOf(actual) && AttributeOf(e) == AttributeOf(actual));
    }

    private static bool NamesAttributes(XElement? payload) => payload?.Elements().Any(e => e.Name.LocalName is "AttributeName" or "AttributeReference") ?? false;

    private bool Is(string operation) => string.Equals(_operation, operation, StringComparison.Ordinal);

    private bool IsOptional(XElement item) => item.Name.LocalName switch
    {
        "ResultMessage" => true,
        "AttributeIndex" => version is not "1.0" && (string?)item.Attribute("value") == "0",
        "MessageExtension" => (string?)item.Element("CriticalityIndicator")?.Attribute("value") == "false",
        var name => TemplateAttributes.Contains(name) && Parent(item) is "ResponsePayload",
    };

    /// <summary>Object Groups that no client set, and custom attributes of the server.</summary>
    private static bool IsOfServer(XElement item)
    {
        var name = AttributeOf(item);
        if (name is "Object Group" or "ObjectGroup") return true;
        return name is not null && (name.StartsWith("y-", StringComparison.Ordinal) || (string?)item.Element("VendorIdentification")?.Attribute("value") == "y");
    }

    /// <summary>
    /// What a server says of its random number generator: the cases of one version name six, each with the same question
    /// (TC-Q-RNGS-1 to -6), and no server has but its own.
    /// </summary>
    private static bool IsRandomNumberGenerator(XElement? item) => item is not null && (IsWithin(item, "RNGParameters") || IsWithin(item, "RandomNumberGenerator"));

    /// <summary>The cases give a date in the request, or the server sets it.</summary>
    private bool IsGivenInRequest(string field, string wanted) => field is not "TimeStamp" && objects.IsGiven(field, wanted);

    /// <summary>Whether the output is another each time: from a key of the server's making, or by a scheme that draws random numbers.</summary>
    private bool OutputVaries()
    {
        if (Is("RNGRetrieve")) return true;
        if (Is("Hash") || Is("OTP")) return false;
        if (Object is not { } key) return true;
        if (Is("Decrypt")) return false;
        var parameters = GivenObject.ParametersIn(_payload) is { Count: > 0 } inRequest ? inRequest : key.Parameters;
        return Is("Sign")
            ? key.Algorithm is "EC" or "ECDSA" or "DSA" || parameters.Any(p => p.Contains("PSS", StringComparison.Ordinal) || p.Contains("DSAWith", StringComparison.Ordinal))
            : parameters.Contains("RandomIV=true", StringComparer.Ordinal) || parameters.Any(p => p is "PaddingMethod=OAEP" or "PaddingMethod=PKCS1V1_5");
    }

    private bool IsAsked(string field) => _payload?.Element(field) is not null;

    private static bool IsWrapped(XElement item) => item.AncestorsAndSelf().Any(e => e.Name.LocalName == "KeyBlock" && e.Element("KeyWrappingData") is not null);

    /// <summary>Whether the item stands in a structure of this name, or in the KMIP 1.x attribute of this name.</summary>
    public static bool IsWithin(XElement item, string structure) => item.AncestorsAndSelf().Any(e => FieldOf(e) == structure);

    private static string? Parent(XElement item) => item.Parent?.Name.LocalName;

    /// <summary>The field's name; of a KMIP 1.x attribute's value, the attribute's.</summary>
    public static string FieldOf(XElement item) =>
        item.Name.LocalName == "AttributeValue" && item.Parent is { } attribute && MessageXml.AttributeNameOf(attribute) is { } name
            ? name.Replace(" ", "", StringComparison.Ordinal)
            : item.Name.LocalName;

    private static string? AttributeOf(XElement item) => item.Name.LocalName switch
    {
        "Attribute" => MessageXml.AttributeNameOf(item),
        "AttributeName" => (string?)item.Attribute("value"),
        "AttributeReference" => (string?)item.Attribute("value") ?? MessageXml.AttributeNameOf(item),
        var name => name,
    };

    private static string KeyOf(XElement item) => item.Name.LocalName switch
    {
        "Attribute" => $"{VendorOf(item)} {MessageXml.AttributeNameOf(item)} {IndexOf(item)}",
        "AttributeName" or "AttributeReference" => $"{VendorOf(item)} {AttributeOf(item)}",
        "Operation" or "ObjectType" => (string?)item.Attribute("value") ?? "",
        "ProtocolVersion" or "ApplicationNamespace" or "ExtensionInformation" => MessageXml.Show(item),
        var name => name,
    };

    private static string? VendorOf(XElement item) => (string?)item.Element("VendorIdentification")?.Attribute("value");

    private static string IndexOf(XElement attribute) => (string?)attribute.Element("AttributeIndex")?.Attribute("value") ?? "0";
}
