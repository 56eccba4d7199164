using System.Xml.Linq;
using Xunit;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>Where each permission of the runner ends: one answer just within, one just beyond.</summary>
public sealed class PermissionEdgesTests
{
    private const string Registered = "11111111-1111-1111-1111-111111111111";
    private const string Made = "22222222-2222-2222-2222-222222222222";

    // cryptokiVersion(2) || manufacturerID(32) || flags(8) || libraryDescription(32) || libraryVersion(2)
    private static readonly string GetInfo = "0228" + new string('5', 64) + new string('0', 16) + new string('6', 64) + "0100";

    private static readonly Dictionary<string, Edge> Edges = new(StringComparer.Ordinal)
    {
        ["Query: an operation more"] = new(true, Queried, q => q.Add(Enumeration("Operation", "Hash"))),
        ["Query: a type of object more"] = new(true, Queried, q => q.Elements("ObjectType").Last().AddAfterSelf(Enumeration("ObjectType", "Template"))),
        ["Query: another vendor"] = new(true, Queried, q => Set(q, "VendorIdentification", "somebody")),
        ["Query: no vendor"] = new(true, Queried, q => q.Element("VendorIdentification")!.Remove()),
        ["Query: an operation missing"] = new(false, Queried, q => q.Elements("Operation").First().Remove()),
        ["Query: operations exchanged"] = new(false, Queried, q => Swap(q.Elements("Operation"))),
        ["Query: types of objects exchanged"] = new(false, Queried, q => Swap(q.Elements("ObjectType"))),
        ["Query: an operation twice"] = new(true, Queried, q => q.Elements("Operation").First().AddAfterSelf(Enumeration("Operation", "Query"))),
        ["Query: a field that nobody asked for"] = new(false, Queried, q => q.Add(Enumeration("AttestationType", "TPMQuote"))),
        ["Query: information of the server's own, before 3.0"] = new(false, Queried, q => q.Element("ServerInformation")!.Add(Text("ServerName", "a"))),
        ["Query: information of the server's own, in 3.0"] = new(true, Queried with { Version = "3.0" }, q => q.Element("ServerInformation")!.Add(Text("ServerName", "a"))),
        ["Query: a generator of the server's own"] = new(true, Describing("RNGParameters", Generator), q => Set(q, "RNGAlgorithm", "DRBG")),
        ["Query: a generator with a field more"] = new(true, Describing("RNGParameters", Generator), q => q.Element("RNGParameters")!.Add(Boolean("PredictionResistance", "true"))),
        ["Query: a generator that has no algorithm"] = new(false, Describing("RNGParameters", Generator), q => q.Descendants("RNGAlgorithm").Single().Remove()),
        ["Query: a generator in disorder"] = new(false, Describing("RNGParameters", Generator), q => Swap(q.Element("RNGParameters")!.Elements())),
        ["Query: a generator with a field of another structure"] = new(false, Describing("RNGParameters", Generator), q => q.Element("RNGParameters")!.Add(Boolean("StreamingCapability", "true"))),
        ["Query: no generator"] = new(false, Describing("RNGParameters", Generator), q => q.Element("RNGParameters")!.Remove()),
        ["Query: other capabilities"] = new(true, Describing("CapabilityInformation", Capabilities), q => Set(q, "StreamingCapability", "false")),
        ["Query: no capabilities"] = new(false, Describing("CapabilityInformation", Capabilities), q => q.Element("CapabilityInformation")!.Remove()),
        ["Query: another profile"] = new(true, Describing("ProfileInformation", Profile), q => Set(q, "ProfileName", "BaselineServerBasicKMIPV1_4")),
        ["Query: no profile"] = new(false, Describing("ProfileInformation", Profile), q => q.Element("ProfileInformation")!.Remove()),
        ["Query: no validation"] = new(true, Describing("ValidationInformation", """<ValidationAuthorityType type="Enumeration" value="NISTCMVP"/>"""), q => q.Element("ValidationInformation")!.Remove()),
        ["Query: a validation that no case has"] = new(false, Queried, q => q.Add(XElement.Parse("""<ValidationInformation><ValidationAuthorityType type="Enumeration" value="NISTCMVP"/></ValidationInformation>"""))),

        ["Discover Versions: a version more"] = new(true, Discovered(""), q => q.Add(ProtocolVersion(1, 0))),
        ["Discover Versions: a version more than were named"] = new(false, Discovered(ProtocolVersion(1, 4).ToString()), q => q.Add(ProtocolVersion(1, 0))),
        ["Discover Versions: versions exchanged"] = new(false, Discovered(""), q => Swap(q.Elements("ProtocolVersion"))),

        ["C_GetInfo: another maker"] = new(true, Pkcs11("C_GetInfo"), q => Set(q, "PKCS_11OutputParameters", "0228" + new string('7', 64) + GetInfo[68..])),
        ["C_GetInfo: another description and version"] = new(true, Pkcs11("C_GetInfo"), q => Set(q, "PKCS_11OutputParameters", GetInfo[..84] + new string('7', 64) + "0203")),
        ["C_GetInfo: another Cryptoki"] = new(false, Pkcs11("C_GetInfo"), q => Set(q, "PKCS_11OutputParameters", "0300" + GetInfo[4..])),
        ["C_GetInfo: a flag"] = new(false, Pkcs11("C_GetInfo"), q => Set(q, "PKCS_11OutputParameters", GetInfo[..68] + "01" + GetInfo[70..])),
        ["C_GetInfo: a byte less"] = new(false, Pkcs11("C_GetInfo"), q => Set(q, "PKCS_11OutputParameters", GetInfo[..^2])),
        ["another function: another maker"] = new(false, Pkcs11("C_GetSlotList"), q => Set(q, "PKCS_11OutputParameters", "0228" + new string('7', 64) + GetInfo[68..])),

        ["Decrypt: another output of what the key's maker encrypted elsewhere"] = new(true, Decrypted(Made, "0102"), q => Set(q, "Data", "ff")),
        ["Decrypt: another output of what was encrypted here"] = new(false, Decrypted(Made, "c0ffee"), q => Set(q, "Data", "ff")),
        ["Decrypt: another output under a registered key"] = new(false, Decrypted(Registered, "0102"), q => Set(q, "Data", "ff")),
        ["MAC: another output under a made key"] = new(true, Computed("MAC", "MACData", Made), q => Set(q, "MACData", "ff")),
        ["MAC: another output under a registered key"] = new(false, Computed("MAC", "MACData", Registered), q => Set(q, "MACData", "ff")),
        ["Sign: another signature under a registered key"] = new(false, Computed("Sign", "SignatureData", Registered), q => Set(q, "SignatureData", "ff")),
        ["Sign: another signature, with PSS"] = new(true, Computed("Sign", "SignatureData", Registered, """<CryptographicParameters><PaddingMethod type="Enumeration" value="PSS"/></CryptographicParameters>"""), q => Set(q, "SignatureData", "ff")),
        ["Hash: another output"] = new(false, Computed("Hash", "Data", null), q => Set(q, "Data", "ff")),
        ["RNG Retrieve: another output"] = new(true, Computed("RNGRetrieve", "Data", null), q => Set(q, "Data", "ff")),

        ["Get: another format of a made key"] = new(true, GotKey(Made, ""), q => Set(q, "KeyFormatType", "TransparentSymmetricKey")),
        ["Get: another format than was asked for"] = new(false, GotKey(Made, """<KeyFormatType type="Enumeration" value="Raw"/>"""), q => Set(q, "KeyFormatType", "TransparentSymmetricKey")),
        ["Get: another certificate that was made"] = new(true, GotCertificate(Made), q => Set(q, "CertificateValue", "ff")),
        ["Get: another certificate than was registered"] = new(false, GotCertificate(Registered), q => Set(q, "CertificateValue", "ff")),

        ["attributes: another digest of a registered object"] = new(true, Attributes("""<Digest><HashingAlgorithm type="Enumeration" value="SHA_256"/><DigestValue type="ByteString" value="00"/></Digest>"""), q => Set(q, "DigestValue", "ff")),
        ["attributes: a digest without algorithm"] = new(false, Attributes("""<Digest><HashingAlgorithm type="Enumeration" value="SHA_256"/><DigestValue type="ByteString" value="00"/></Digest>"""), q => q.Descendants("HashingAlgorithm").Single().Remove()),
        ["attributes: another generator of a made object"] = new(true, Attributes($"<RandomNumberGenerator>{Generator}</RandomNumberGenerator>", Made), q => Set(q, "RNGAlgorithm", "DRBG")),
        ["attributes: no generator of a made object"] = new(false, Attributes($"<RandomNumberGenerator>{Generator}</RandomNumberGenerator>", Made), q => q.Descendants("RandomNumberGenerator").Single().Remove()),
        ["attributes: another generator of a registered object"] = new(false, Attributes($"<RandomNumberGenerator>{Generator}</RandomNumberGenerator>"), q => Set(q, "RNGAlgorithm", "DRBG")),
        ["attributes: exchanged"] = new(false, Attributes(Two), q => Swap(q.Element("Attributes")!.Elements())),
        ["attributes: exchanged, in 3.0"] = new(true, Attributes(Two) with { Version = "3.0" }, q => Swap(q.Element("Attributes")!.Elements())),
        ["attributes: a client's own exchanged"] = new(true, Attributes(Own("b", "1") + Own("a", "2")), q => Swap(q.Element("Attributes")!.Elements())),
        ["attributes: a client's own altered"] = new(false, Attributes(Own("b", "1")), q => Set(q, "AttributeValue", "2")),
        ["attributes: the vendor of a client's own altered"] = new(false, Attributes(Own("b", "1")), q => Set(q, "VendorIdentification", "z")),
        ["attributes: one of the server's own more"] = new(true, Attributes(Two), q => q.Element("Attributes")!.Add(XElement.Parse(Own("s", "1", "y")))),
        ["attributes: an object group missing"] = new(true, Attributes("""<ObjectGroup type="TextString" value="default"/>"""), q => q.Descendants("ObjectGroup").Single().Remove()),
    };

    private static Exchange Queried => new("Query", Functions("QueryOperations", "QueryObjects", "QueryServerInformation"), """
        <Operation type="Enumeration" value="Query"/><Operation type="Enumeration" value="Locate"/>
        <ObjectType type="Enumeration" value="SymmetricKey"/><ObjectType type="Enumeration" value="PublicKey"/>
        <VendorIdentification type="TextString" value="a"/><ServerInformation/>
        """);

    private const string Generator = """<RNGAlgorithm type="Enumeration" value="ANSIX9_31"/><CryptographicAlgorithm type="Enumeration" value="AES"/>""";

    private const string Capabilities = """<StreamingCapability type="Boolean" value="true"/>""";

    private const string Profile = """<ProfileName type="Enumeration" value="TapeLibraryServerKMIPV1_0"/>""";

    private const string Two = """<State type="Enumeration" value="Active"/><CryptographicLength type="Integer" value="128"/>""";

    public static TheoryData<string> Names => [.. Edges.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Compare_AtTheEdge_IsAsPermitted(string name)
    {
        var edge = Edges[name];
        var difference = new Runner(edge.Exchange).Compare(edge.Change);
        Assert.True(edge.Passes == (difference is null), difference?.ToString() ?? "no difference");
    }

    [Fact]
    public void Compare_ServerThatDescribesItselfAnew_IsADifference()
    {
        var runner = new Runner(Describing("RNGParameters", Generator));

        Assert.Null(runner.Compare(q => Set(q, "RNGAlgorithm", "DRBG")));
        Assert.Null(runner.Compare(q => Set(q, "RNGAlgorithm", "DRBG")));
        Assert.NotNull(runner.Compare(q => Set(q, "RNGAlgorithm", "Unspecified")));
    }

    [Fact]
    public void Compare_GeneratorOfObjectThatServerDoesNotHave_IsADifference()
    {
        var runner = new Runner(Describing("RNGParameters", Generator));
        Assert.Null(runner.Compare(q => Set(q, "RNGAlgorithm", "DRBG")));

        Assert.NotNull(runner.Compare(Attributes($"<RandomNumberGenerator>{Generator}</RandomNumberGenerator>", Made), q => Set(q, "RNGAlgorithm", "FIPS186_2")));
    }

    [Theory]
    [InlineData("another", true)]
    [InlineData("first", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Compare_NameOfRequest_HasToBeNew(string? name, bool passes)
    {
        var runner = new Runner(Queried with { Version = "2.0", CorrelationValue = "of the case" });
        Assert.Null(runner.Compare(q => SetCorrelationValue(q, "first")));

        Assert.Equal(passes, runner.Compare(q => SetCorrelationValue(q, name)) is null);
    }

    [Theory]
    [InlineData("first")]
    [InlineData(null)]
    public void Compare_NameOfRequestInVersion3_MayBeAnythingOrMissing(string? name)
    {
        var runner = new Runner(Queried with { Version = "3.0", CorrelationValue = "of the case" });
        Assert.Null(runner.Compare(q => SetCorrelationValue(q, "first")));

        Assert.Null(runner.Compare(q => SetCorrelationValue(q, name)));
    }

    [Fact]
    public void Compare_NameOfRequestWhereCaseHasNone_IsADifference() =>
        Assert.NotNull(new Runner(Queried with { Version = "2.0" }).Compare(q => SetCorrelationValue(q, "first")));

    /// <summary>Cases that have State before Cryptographic Length, and cases that have them the other way round.</summary>
    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(2, 1, false)]
    [InlineData(1, 1, true)]
    [InlineData(1, 2, true)]
    public void Compare_ListsOfCasesThatContradict_TheMoreDecide(int asExpected, int otherwise, bool mayBeExchanged)
    {
        var list = Attributes(Two);
        var other = Attributes(string.Concat(XElement.Parse($"<a>{Two}</a>").Elements().Reverse().Select(e => e.ToString())));
        var cases = Enumerable.Repeat(list, asExpected).Concat(Enumerable.Repeat(other, otherwise))
            .Select((exchange, i) => CaseFile.Parse($"TC-{i}-20", $"<KMIP>{exchange.Request}{exchange.Response}</KMIP>"));

        var difference = new Runner(list, ListOrders.Of(cases)).Compare(q => Swap(q.Element("Attributes")!.Elements()));

        Assert.Equal(mayBeExchanged, difference is null);
    }

    private static Exchange Describing(string structure, string content) =>
        new("Query", Functions("QueryRNGs"), $"<{structure}>{content}</{structure}>");

    private static Exchange Discovered(string named) => new("DiscoverVersions", named, $"{ProtocolVersion(1, 4)}{ProtocolVersion(1, 3)}");

    private static Exchange Pkcs11(string function)
    {
        var call = $"""<PKCS_11Function type="Enumeration" value="{function}"/>""";
        return new("PKCS_11", call, $"""{call}<PKCS_11OutputParameters type="ByteString" value="{GetInfo}"/>""") { Version = "2.1" };
    }

    private static Exchange Decrypted(string key, string data) => new(
        "Decrypt", $"{Identifier(key)}<Data type=\"ByteString\" value=\"{data}\"/>", $"""{Identifier(key)}<Data type="ByteString" value="0a"/>""");

    private static Exchange Computed(string operation, string output, string? key, string parameters = "")
    {
        var about = key is null ? "" : Identifier(key);
        return new(operation, $"""{about}{parameters}<Data type="ByteString" value="01"/>""", $"""{about}<{output} type="ByteString" value="0a"/>""");
    }

    private static Exchange GotKey(string key, string asked) => new("Get", Identifier(key) + asked, $"""
        <ObjectType type="Enumeration" value="SymmetricKey"/>{Identifier(key)}
        <SymmetricKey><KeyBlock><KeyFormatType type="Enumeration" value="Raw"/></KeyBlock></SymmetricKey>
        """);

    private static Exchange GotCertificate(string certificate) => new("Get", Identifier(certificate), $"""
        <ObjectType type="Enumeration" value="Certificate"/>{Identifier(certificate)}
        <Certificate><CertificateType type="Enumeration" value="X_509"/><CertificateValue type="ByteString" value="30"/></Certificate>
        """);

    private static Exchange Attributes(string attributes, string about = Registered) =>
        new("GetAttributes", Identifier(about), $"{Identifier(about)}<Attributes>{attributes}</Attributes>") { Version = "2.0" };

    private static string Own(string name, string value, string vendor = "x") => $"""
        <Attribute><VendorIdentification type="TextString" value="{vendor}"/><AttributeName type="TextString" value="{name}"/><AttributeValue type="TextString" value="{value}"/></Attribute>
        """;

    private static string Identifier(string value) => $"""<UniqueIdentifier type="TextString" value="{value}"/>""";

    private static string Functions(params string[] names) => string.Concat(names.Select(n => Enumeration("QueryFunction", n).ToString()));

    private static XElement ProtocolVersion(int major, int minor) => new(
        "ProtocolVersion", Item("ProtocolVersionMajor", "Integer", $"{major}"), Item("ProtocolVersionMinor", "Integer", $"{minor}"));

    private static XElement Enumeration(string name, string value) => Item(name, "Enumeration", value);

    private static XElement Boolean(string name, string value) => Item(name, "Boolean", value);

    private static XElement Text(string name, string value) => Item(name, "TextString", value);

    private static XElement Item(string name, string type, string value) => new(name, new XAttribute("type", type), new XAttribute("value", value));

    private static void Set(XElement payload, string name, string value) => payload.Descendants(name).First().SetAttributeValue("value", value);

    private static void SetCorrelationValue(XElement payload, string? value)
    {
        var header = payload.Document!.Root!.Element("ResponseHeader")!;
        header.Elements("ServerCorrelationValue").Remove();
        if (value is not null) header.Element("TimeStamp")!.AddAfterSelf(Text("ServerCorrelationValue", value));
    }

    private static void Swap(IEnumerable<XElement> items)
    {
        var two = items.Take(2).ToList();
        var (first, second) = (new XElement(two[0]), new XElement(two[1]));
        two[0].ReplaceWith(second);
        two[1].ReplaceWith(first);
    }

    /// <summary>A permission's edge: whether the answer, changed so, passes.</summary>
    private sealed record Edge(bool Passes, Exchange Exchange, Action<XElement> Change);

    /// <summary>One request and the answer that the case has.</summary>
    private sealed record Exchange(string Operation, string Asked, string Answered)
    {
        public string Version { get; init; } = "1.4";

        public string? CorrelationValue { get; init; }

        public XElement Request => Message("RequestMessage", "RequestHeader", "", $"<RequestPayload>{Asked}</RequestPayload>");

        public XElement Response => Message(
            "ResponseMessage",
            "ResponseHeader",
            $"""<TimeStamp type="DateTime" value="2020-01-01T00:00:00+00:00"/>{(CorrelationValue is null ? "" : Text("ServerCorrelationValue", CorrelationValue))}""",
            $"""<ResultStatus type="Enumeration" value="Success"/><ResponsePayload>{Answered}</ResponsePayload>""");

        private XElement Message(string root, string header, string headerFields, string item) => XElement.Parse($"""
            <{root}><{header}>{ProtocolVersion(Version[0] - '0', Version[2] - '0')}{headerFields}<BatchCount type="Integer" value="1"/></{header}>
            <BatchItem><Operation type="Enumeration" value="{Operation}"/>{item}</BatchItem></{root}>
            """);
    }

    /// <summary>A run in which one key was registered, and one that the server made has encrypted something.</summary>
    private sealed class Runner
    {
        private readonly KnownObjects _objects = new();
        private readonly ServerStatements _statements = new();
        private readonly ListOrders _orders;
        private readonly Exchange _exchange;

        public Runner(Exchange exchange, ListOrders? orders = null)
        {
            _exchange = exchange;
            _orders = orders ?? ListOrders.Of([]);
            var register = new Exchange("Register", """<ObjectType type="Enumeration" value="SymmetricKey"/>""", Identifier(Registered));
            var encrypt = new Exchange("Encrypt", Identifier(Made), $"""{Identifier(Made)}<Data type="ByteString" value="c0ffee"/>""");
            _objects.Learn(register.Request, register.Response);
            _objects.Learn(encrypt.Request, encrypt.Response);
        }

        public Difference? Compare(Action<XElement> change) => Compare(_exchange, change);

        public Difference? Compare(Exchange exchange, Action<XElement> change)
        {
            var actual = new XDocument(exchange.Response);
            change(actual.Descendants("ResponsePayload").Single());
            var canonical = MessageXml.FromTtlv(MessageXml.ToTtlv(actual.Root!));
            return new Comparison(new Variables(DateTimeOffset.UnixEpoch), _objects, _statements, _orders, exchange.Version)
                .Compare(MessageXml.Expected(exchange.Response), canonical, exchange.Request);
        }
    }
}
