using System.Xml.Linq;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>
/// What may differ from a case in one item of a batch, and nothing else may.
/// spec: KMIP Profiles 2.1 §4.7 "Permitted Test Case Variations", as INDEX.md of the cases lists them; its words stand beside each.
/// What depends on the vendor though no list has it is in <see cref="ServerStatements"/>, <see cref="ListOrders"/> and the members
/// below that say so; all of it is in docs/kmip-conformance.md.
/// </summary>
/// <param name="version">The case's version, such as <c>1.4</c>.</param>
/// <param name="answer">The item of the answer; null: the header.</param>
/// <param name="asked">The item of the request.</param>
/// <param name="objects">Whose content is given.</param>
/// <param name="orders">In which orders the cases have lists.</param>
internal sealed class PermittedVariations(string version, XElement? answer, XElement? asked, KnownObjects objects, ListOrders orders)
{
    // INDEX.md: "UniqueIdentifier family", "AsynchronousCorrelationValue", "LinkedObjectIdentifier".
    private static readonly HashSet<string> Identifiers = new(StringComparer.Ordinal)
    {
        "UniqueIdentifier", "PrivateKeyUniqueIdentifier", "PublicKeyUniqueIdentifier", "ShortUniqueIdentifier", "LinkedObjectIdentifier",
        "AsynchronousCorrelationValue",
    };

    // INDEX.md: "Data, SignatureData, MACData, IVCounterNonce where the key is server-made or the output is inherently variable"; a tag
    // is part of such an output.
    private static readonly HashSet<string> Outputs = new(StringComparer.Ordinal)
    {
        "Data", "SignatureData", "MACData", "IVCounterNonce", "AuthenticatedEncryptionTag",
    };

    // INDEX.md: "TemplateAttribute where optional".
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
        // INDEX.md: "all DateTime attributes not fixed by the request", "TimeStamp".
        if ((string?)expected.Attribute("type") == "DateTime") return !IsGivenInRequest(field, wanted);
        // INDEX.md: "ResultMessage (presence and text)".
        if (field is "ResultMessage") return true;
        if (Outputs.Contains(field)) return OutputVaries();
        // INDEX.md: "VendorIdentification".
        if (field is "VendorIdentification") return Is("Query");
        // INDEX.md: "Digest (algorithm+value)", of every object.
        if (IsWithin(expected, "Digest")) return field is "HashingAlgorithm" or "DigestValue" || (field is "KeyFormatType" && IsServerMade);
        // INDEX.md: "KeyFormatType of generated objects".
        if (field is "KeyFormatType") return IsServerMade && !IsAsked("KeyFormatType");
        // INDEX.md: "generated key material / wrapped keys".
        if (IsWithin(expected, "KeyMaterial") || field is "KeyValue") return IsServerMade || IsWrapped(expected);
        return IsOfMadeCertificate(field) || MayVaryInVersion3(expected, field);
    }

    /// <summary>
    /// A certificate that the server makes is generated as a key is: its bytes, how many they are, and the serial number, which its
    /// issuer chooses. INDEX.md has no word for it.
    /// </summary>
    private bool IsOfMadeCertificate(string field) =>
        IsServerMade && field is "CertificateValue" or "SerialNumber" or "CertificateSerialNumber" or "CertificateLength";

    /// <summary>INDEX.md: "3.0 adds: ServerCorrelationValue/ClientCorrelationValue, RNG parameters, ServerInformation content".</summary>
    private bool MayVaryInVersion3(XElement expected, string field) => IsVersion3
        && (field is "ServerCorrelationValue" or "ClientCorrelationValue" || IsRandomNumberGenerator(expected) || IsWithin(expected, "ServerInformation"));

    /// <summary>
    /// Whether the value is the server's name for a request, of which no two are alike. The cases before 3.0 have a literal there,
    /// which another server had for its requests. spec: KMIP 2.1 §9.10 "SHOULD be globally unique".
    /// </summary>
    public bool IsNameOfRequest(XElement expected) =>
        !IsVersion3 && expected.Name.LocalName == "ServerCorrelationValue" && Parent(expected) is "ResponseHeader" or "RequestHeader";

    /// <summary>
    /// Whether two values of C_GetInfo differ in no more than who made the library: PKCS#11 2.40 §3.1, CK_INFO's manufacturerID,
    /// libraryDescription and libraryVersion. The cases have "TESS Pty Ltd" there. docs/spec-exceptions.md
    /// </summary>
    public bool IsSameButForMaker(XElement expected, string wanted, string given)
    {
        // cryptokiVersion(2) || manufacturerID(32) || flags(8) || libraryDescription(32) || libraryVersion(2), in hexadecimal
        const int length = 2 * 76;
        if (expected.Name.LocalName != "PKCS_11OutputParameters" || (string?)_payload?.Element("PKCS_11Function")?.Attribute("value") is not "C_GetInfo") return false;
        return wanted.Length == length && given.Length == length && Fixed(wanted) == Fixed(given);

        static string Fixed(string info) => info[..4] + info[68..84];
    }

    /// <summary>
    /// Whether an answer names the object that the request names, whatever the case has there: some have one variable for two
    /// objects. INDEX.md: "UniqueIdentifier family".
    /// </summary>
    public bool IsOfRequest(XElement expected, string given) =>
        expected.Name.LocalName == "UniqueIdentifier" && Parent(expected) is "ResponsePayload" && KnownObjects.Identifier(_payload) == given;

    /// <summary>Whether the field stands in a list, to which a server may add.</summary>
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
    /// Whether two entries of a list may change places. INDEX.md: "3.0 adds: … attribute order", "extensions/namespaces" of Query; and
    /// where cases have both orders.
    /// </summary>
    public bool MayChangePlaces(XElement one, XElement other) => (IsVersion3 && IsAttribute(one) && IsAttribute(other))
        || one.Name.LocalName is "ApplicationNamespace" or "ExtensionInformation"
        || orders.AreUndecided(_operation, one, other);

    /// <summary>Whether the order of a list counts: <see cref="ListOrders"/>.</summary>
    public bool IsOrdered(IReadOnlyList<XElement> expected) => !orders.IsOutvoted(_operation, expected);

    /// <summary>Whether the item tells what the server is, in structures whose content <see cref="ServerStatements"/> judges.</summary>
    public bool TellsWhatServerIs(XElement item) => Is("Query") && Parent(item) is "ResponsePayload" && item.Name.LocalName
        is "RNGParameters" or "ProfileInformation" or "ValidationInformation" or "CapabilityInformation" or "ClientRegistrationMethod";

    /// <summary>
    /// Whether the item is the random number generator of an object that the server made: its statement, as in <see cref="ServerStatements"/>.
    /// Of an object that came with one, the value is the client's.
    /// </summary>
    public bool IsGeneratorOfServer(XElement expected) => !IsVersion3 && IsServerMade && FieldOf(expected) == "RandomNumberGenerator" && !expected.Elements("AttributeValue").Any();

    /// <summary>Whether two items of a list are about the same thing.</summary>
    public static bool SameKey(XElement expected, XElement actual) => expected.Name == actual.Name && KeyOf(expected) == KeyOf(actual);

    /// <summary>Whether the answer may lack it.</summary>
    public bool MayBeMissing(XElement expected) => expected.Name.LocalName switch
    {
        // INDEX.md: "extensions/namespaces … in Query".
        "ApplicationNamespace" or "ExtensionInformation" => Is("Query"),
        // A server that nobody has validated has nothing to tell: TC-Q-VAL-2 asks the same as TC-Q-VAL-1, and expects nothing.
        "ValidationInformation" => Is("Query"),
        "VendorIdentification" => Is("Query") && Parent(expected) is "ResponsePayload",
        "ServerCorrelationValue" or "ClientCorrelationValue" => IsVersion3,
        _ => IsOptional(expected) || IsOfServer(expected) || (IsVersion3 && IsRandomNumberGenerator(expected.Parent)),
    };

    /// <summary>Whether the answer may have it in addition.</summary>
    public bool MayBeAdded(XElement actual) => actual.Name.LocalName switch
    {
        "ServerCorrelationValue" or "ClientCorrelationValue" => IsVersion3,
        // TC-Q-S2C-PROF-2 has none for a question for which TC-Q-S2C-1 has one.
        "ServerInformation" => Is("Query") && _payload?.Elements("QueryFunction").Any(f => (string?)f.Attribute("value") == "QueryServerInformation") == true,
        _ => IsOptional(actual) || (IsVersion3 && (IsRandomNumberGenerator(actual.Parent) || IsWithin(actual, "ServerInformation"))),
    };

    /// <summary>Whether a list may have it in addition.</summary>
    /// <param name="actual">The item.</param>
    /// <param name="expected">The items of the case's list.</param>
    public bool MayBeAdded(XElement actual, IReadOnlyList<XElement> expected)
    {
        // INDEX.md: "extensions/namespaces/extra Operations and ObjectTypes in Query".
        if (Is("Query")) return actual.Name.LocalName is "Operation" or "ObjectType" or "ApplicationNamespace" or "ExtensionInformation";
        // INDEX.md: "more protocol versions in DiscoverVersions".
        if (Is("DiscoverVersions")) return _payload?.Element("ProtocolVersion") is null;
        if (IsOfServer(actual)) return true;
        // INDEX.md: "additional attributes in responses": where all were asked for, and only others than those that the case lists.
        var all = Is("GetAttributeList") || Is("Put") || (Is("GetAttributes") && !NamesAttributes(_payload));
        return all && !expected.Any(e => e.Name == actual.Name && VendorOf(e) == VendorOf(actual) && AttributeOf(e) == AttributeOf(actual));
    }

    private static bool NamesAttributes(XElement? payload) => payload?.Elements().Any(e => e.Name.LocalName is "AttributeName" or "AttributeReference") ?? false;

    private bool Is(string operation) => string.Equals(_operation, operation, StringComparison.Ordinal);

    // INDEX.md: "ResultMessage (presence and text)", "AttributeIndex 0", "non-critical message extensions", "TemplateAttribute where optional".
    private bool IsOptional(XElement item) => item.Name.LocalName switch
    {
        "ResultMessage" => true,
        "AttributeIndex" => version is not "1.0" && (string?)item.Attribute("value") == "0",
        "MessageExtension" => (string?)item.Element("CriticalityIndicator")?.Attribute("value") == "false",
        var name => TemplateAttributes.Contains(name) && Parent(item) is "ResponsePayload",
    };

    /// <summary>INDEX.md: "ObjectGroup; y-/server custom attributes".</summary>
    private static bool IsOfServer(XElement item)
    {
        var name = AttributeOf(item);
        if (name is "Object Group" or "ObjectGroup") return true;
        return name is not null && (name.StartsWith("y-", StringComparison.Ordinal) || (string?)item.Element("VendorIdentification")?.Attribute("value") == "y");
    }

    private static bool IsAttribute(XElement item) => Parent(item) is "Attributes" || item.Name.LocalName is "Attribute" or "AttributeName" or "AttributeReference";

    private static bool IsRandomNumberGenerator(XElement? item) => item is not null && (IsWithin(item, "RNGParameters") || IsWithin(item, "RandomNumberGenerator"));

    /// <summary>The cases give a date in the request, or the server sets it.</summary>
    private bool IsGivenInRequest(string field, string wanted) => field is not "TimeStamp" && objects.IsGiven(field, wanted);

    /// <summary>Whether the output is another each time: from a key of the server's making, or by a scheme that draws random numbers.</summary>
    private bool OutputVaries()
    {
        if (Is("RNGRetrieve")) return true;
        if (Is("Hash") || Is("OTP")) return false;
        // What was encrypted in this run comes back as it was, whoever made the key.
        if (Is("Decrypt") && objects.HasEncrypted(KnownObjects.Identifier(_payload), (string?)_payload?.Element("Data")?.Attribute("value"))) return false;
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
