using System.Xml.Linq;
using Xunit;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>The runner fails where it should, and only there: one answer as the case expects it, changed in one place.</summary>
public sealed class ComparisonTests
{
    private const string Known = "11111111-1111-1111-1111-111111111111";

    private const string Material = "00112233445566778899aabbccddeeff";

    private static readonly XElement RegisterRequest = Message("RequestMessage", "Register", "RequestPayload", $"""
        <ObjectType type="Enumeration" value="SymmetricKey"/>
        <TemplateAttribute>
          <Attribute><AttributeName type="TextString" value="Activation Date"/><AttributeValue type="DateTime" value="2001-02-03T04:05:06+00:00"/></Attribute>
        </TemplateAttribute>
        <SymmetricKey><KeyBlock><KeyFormatType type="Enumeration" value="Raw"/><KeyValue><KeyMaterial type="ByteString" value="{Material}"/></KeyValue>
          <CryptographicAlgorithm type="Enumeration" value="AES"/><CryptographicLength type="Integer" value="128"/></KeyBlock></SymmetricKey>
        """);

    private static readonly XElement RegisterResponse = Message(
        "ResponseMessage", "Register", "ResponsePayload", $"""<UniqueIdentifier type="TextString" value="{Known}"/>""");

    private static readonly XElement GetRequest = Message(
        "RequestMessage", "Get", "RequestPayload", $"""<UniqueIdentifier type="TextString" value="{Known}"/>""");

    private static readonly XElement GetResponse = Message("ResponseMessage", "Get", "ResponsePayload", $"""
        <ObjectType type="Enumeration" value="SymmetricKey"/>
        <UniqueIdentifier type="TextString" value="$UNIQUE_IDENTIFIER_0"/>
        <SymmetricKey><KeyBlock><KeyFormatType type="Enumeration" value="Raw"/><KeyValue><KeyMaterial type="ByteString" value="{Material}"/></KeyValue>
          <CryptographicAlgorithm type="Enumeration" value="AES"/><CryptographicLength type="Integer" value="128"/></KeyBlock></SymmetricKey>
        """);

    private static readonly XElement AttributesResponse = Message("ResponseMessage", "GetAttributes", "ResponsePayload", """
        <UniqueIdentifier type="TextString" value="$UNIQUE_IDENTIFIER_0"/>
        <Attribute><AttributeName type="TextString" value="State"/><AttributeValue type="Enumeration" value="Active"/></Attribute>
        <Attribute><AttributeName type="TextString" value="Cryptographic Usage Mask"/><AttributeValue type="Integer" value="Encrypt Decrypt"/></Attribute>
        <Attribute><AttributeName type="TextString" value="Lease Time"/><AttributeValue type="Interval" value="3600"/></Attribute>
        <Attribute><AttributeName type="TextString" value="Fresh"/><AttributeValue type="Boolean" value="true"/></Attribute>
        <Attribute><AttributeName type="TextString" value="Activation Date"/><AttributeValue type="DateTime" value="2001-02-03T04:05:06+00:00"/></Attribute>
        <Attribute><AttributeName type="TextString" value="Initial Date"/><AttributeValue type="DateTime" value="$NOW"/></Attribute>
        <Attribute><AttributeName type="TextString" value="x-ID"/><AttributeValue type="TextString" value="first"/></Attribute>
        <Attribute><AttributeName type="TextString" value="x-ID"/><AttributeIndex type="Integer" value="1"/><AttributeValue type="TextString" value="second"/></Attribute>
        """);

    private static readonly XElement FailureResponse = XElement.Parse("""
        <ResponseMessage>
          <ResponseHeader><ProtocolVersion><ProtocolVersionMajor type="Integer" value="1"/><ProtocolVersionMinor type="Integer" value="4"/></ProtocolVersion>
            <TimeStamp type="DateTime" value="2020-01-01T00:00:00+00:00"/><BatchCount type="Integer" value="1"/></ResponseHeader>
          <BatchItem><Operation type="Enumeration" value="Get"/><ResultStatus type="Enumeration" value="OperationFailed"/>
            <ResultReason type="Enumeration" value="ItemNotFound"/><ResultMessage type="TextString" value="gone"/></BatchItem>
        </ResponseMessage>
        """);

    /// <summary>What is wrong with an answer, by name: to which answer, and how.</summary>
    private static readonly Dictionary<string, (XElement Expected, Action<XElement> Change)> Wrong = new(StringComparer.Ordinal)
    {
        ["an enumeration altered"] = (GetResponse, m => Set(m, "CryptographicAlgorithm", "DES")),
        ["an integer altered"] = (GetResponse, m => Set(m, "CryptographicLength", "256")),
        ["registered key material altered"] = (GetResponse, m => Set(m, "KeyMaterial", "ffeeddccbbaa99887766554433221100")),
        ["the format of a registered key altered"] = (GetResponse, m => Set(m, "KeyFormatType", "Opaque")),
        ["an identifier altered that a response has given before"] = (GetResponse, m => Set(m, "UniqueIdentifier", "22222222-2222-2222-2222-222222222222")),
        ["the type of a field altered"] = (GetResponse, m => m.Descendants("CryptographicLength").Single().SetAttributeValue("type", "LongInteger")),
        ["a field missing"] = (GetResponse, m => m.Descendants("CryptographicLength").Single().Remove()),
        ["a structure missing"] = (GetResponse, m => m.Descendants("SymmetricKey").Single().Remove()),
        ["a field added"] = (GetResponse, m => m.Descendants("KeyBlock").Single().Add(Item("KeyCompressionType", "Enumeration", "ECPublicKeyTypeUncompressed"))),
        ["a field twice"] = (GetResponse, m => m.Descendants("ObjectType").Single().AddAfterSelf(Item("ObjectType", "Enumeration", "SymmetricKey"))),
        ["fields reordered"] = (GetResponse, m => Swap(m.Descendants("CryptographicAlgorithm").Single(), m.Descendants("CryptographicLength").Single())),
        ["a header's field missing"] = (GetResponse, m => m.Descendants("TimeStamp").Single().Remove()),
        ["a header's field added"] = (GetResponse, m => m.Descendants("TimeStamp").Single().AddAfterSelf(Item("ServerCorrelationValue", "TextString", "a"))),
        ["another version"] = (GetResponse, m => Set(m, "ProtocolVersionMinor", "3")),
        ["another operation"] = (GetResponse, m => Set(m, "Operation", "Export")),
        ["a failure in place of a success"] = (GetResponse, m => Set(m, "ResultStatus", "OperationFailed")),
        ["a batch item missing"] = (GetResponse, m => m.Descendants("BatchItem").Single().Remove()),
        ["a batch item added"] = (GetResponse, m => m.Add(new XElement(m.Descendants("BatchItem").Single()))),
        ["the reason altered"] = (FailureResponse, m => Set(m, "ResultReason", "PermissionDenied")),
        ["the reason missing"] = (FailureResponse, m => m.Descendants("ResultReason").Single().Remove()),
        ["a payload added to a failure"] = (FailureResponse, m => m.Descendants("BatchItem").Single().Add(new XElement("ResponsePayload"))),
        ["an attribute's enumeration altered"] = (AttributesResponse, m => SetAttribute(m, "State", "PreActive")),
        ["an attribute's mask altered"] = (AttributesResponse, m => SetAttribute(m, "Cryptographic Usage Mask", "Encrypt")),
        ["an attribute's interval altered"] = (AttributesResponse, m => SetAttribute(m, "Lease Time", "3601")),
        ["an attribute's boolean altered"] = (AttributesResponse, m => SetAttribute(m, "Fresh", "false")),
        ["an attribute's text altered"] = (AttributesResponse, m => SetAttribute(m, "x-ID", "other")),
        ["a date altered that the request gave"] = (AttributesResponse, m => SetAttribute(m, "Activation Date", "2001-02-03T04:05:07+00:00")),
        ["an attribute missing"] = (AttributesResponse, m => AttributeCalled(m, "State").Remove()),
        ["an instance of an attribute added"] = (AttributesResponse, m => AddInstance(m, "x-ID", "2", "third")),
        ["values of an attribute exchanged"] = (AttributesResponse, m => ExchangeValues(m)),
        ["attributes in another order"] = (AttributesResponse, m => Swap(AttributeCalled(m, "State"), AttributeCalled(m, "Lease Time"))),
        ["an attribute's value before its name"] = (AttributesResponse, m => Swap([.. AttributeCalled(m, "x-ID").Elements()])),
        ["an index other than 0 missing"] = (AttributesResponse, m => m.Descendants("AttributeIndex").Single().Remove()),
    };

    /// <summary>What may differ, by name.</summary>
    private static readonly Dictionary<string, (XElement Expected, Action<XElement> Change)> Right = new(StringComparer.Ordinal)
    {
        ["nothing"] = (GetResponse, _ => { }
        ),
        ["another time stamp"] = (GetResponse, m => Set(m, "TimeStamp", "2031-01-01T00:00:00+00:00")),
        ["another message"] = (FailureResponse, m => Set(m, "ResultMessage", "no such object")),
        ["no message"] = (FailureResponse, m => m.Descendants("ResultMessage").Single().Remove()),
        ["another date that the server sets"] = (AttributesResponse, m => SetAttribute(m, "Initial Date", "2031-01-01T00:00:00+00:00")),
        ["another attribute in addition"] = (AttributesResponse, m => AddInstance(m, "Contact Information", null, "somebody")),
        ["an index of 0"] = (AttributesResponse, m => AttributeCalled(m, "State").Element("AttributeName")!.AddAfterSelf(Item("AttributeIndex", "Integer", "0"))),
    };

    public static TheoryData<string> WrongAnswers => [.. Wrong.Keys];

    public static TheoryData<string> RightAnswers => [.. Right.Keys];

    [Theory]
    [MemberData(nameof(WrongAnswers))]
    public void Compare_AnswerWrongInOnePlace_TellsTheDifference(string what) => Assert.NotNull(Compare(Wrong[what]));

    [Theory]
    [MemberData(nameof(RightAnswers))]
    public void Compare_PermittedVariation_Passes(string what) => Assert.Null(Compare(Right[what]));

    [Fact]
    public void Compare_KeyThatServerMade_MayHaveAnyMaterial()
    {
        var actual = Actual(GetResponse);
        Set(actual, "KeyMaterial", "ffeeddccbbaa99887766554433221100");

        Assert.Null(new Comparison(NewVariables(bound: false), new KnownObjects(), new ServerStatements(), ListOrders.Of([]), "1.4").Compare(MessageXml.Expected(GetResponse), Canonical(actual), GetRequest));
    }

    [Fact]
    public void Compare_AttributeThatWasNotNamed_IsADifference()
    {
        var actual = Actual(AttributesResponse);
        AddInstance(actual, "Contact Information", null, "somebody");
        var named = Message("RequestMessage", "GetAttributes", "RequestPayload", """<AttributeName type="TextString" value="State"/>""");

        Assert.NotNull(new Comparison(NewVariables(bound: true), Objects(), new ServerStatements(), ListOrders.Of([]), "1.4").Compare(MessageXml.Expected(AttributesResponse), Canonical(actual), named));
    }

    [Fact]
    public void Compare_FirstDifference_NamesPathAndBothValues()
    {
        var difference = Compare(Wrong["an attribute's enumeration altered"])!;

        Assert.Equal("ResponseMessage/BatchItem/ResponsePayload/Attribute \"State\"/AttributeValue", difference.Path);
        Assert.Contains("Active", difference.Expected, StringComparison.Ordinal);
        Assert.Contains("PreActive", difference.Actual, StringComparison.Ordinal);
    }

    private static Difference? Compare((XElement Expected, Action<XElement> Change) answer)
    {
        var actual = Actual(answer.Expected);
        answer.Change(actual);
        var asked = answer.Expected == AttributesResponse
            ? Message("RequestMessage", "GetAttributes", "RequestPayload", $"""<UniqueIdentifier type="TextString" value="{Known}"/>""")
            : GetRequest;
        return new Comparison(NewVariables(bound: true), Objects(), new ServerStatements(), ListOrders.Of([]), "1.4").Compare(MessageXml.Expected(answer.Expected), Canonical(actual), asked);
    }

    private static KnownObjects Objects()
    {
        var objects = new KnownObjects();
        objects.NoteDates(RegisterRequest);
        objects.Learn(RegisterRequest, RegisterResponse);
        return objects;
    }

    private static Variables NewVariables(bool bound)
    {
        var variables = new Variables(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        if (bound) variables.Bind("$UNIQUE_IDENTIFIER_0", Known);
        return variables;
    }

    /// <summary>The answer with values in place of its variables.</summary>
    private static XElement Actual(XElement expected) => NewVariables(bound: true).Fill(expected);

    private static XElement Canonical(XElement message) => MessageXml.FromTtlv(MessageXml.ToTtlv(message));

    private static XElement Message(string root, string operation, string payload, string content)
    {
        var isRequest = string.Equals(root, "RequestMessage", StringComparison.Ordinal);
        return XElement.Parse($"""
            <{root}>
              <{(isRequest ? "RequestHeader" : "ResponseHeader")}>
                <ProtocolVersion><ProtocolVersionMajor type="Integer" value="1"/><ProtocolVersionMinor type="Integer" value="4"/></ProtocolVersion>
                {(isRequest ? "" : """<TimeStamp type="DateTime" value="2020-01-01T00:00:00+00:00"/>""")}
                <BatchCount type="Integer" value="1"/>
              </{(isRequest ? "RequestHeader" : "ResponseHeader")}>
              <BatchItem>
                <Operation type="Enumeration" value="{operation}"/>
                {(isRequest ? "" : """<ResultStatus type="Enumeration" value="Success"/>""")}
                <{payload}>{content}</{payload}>
              </BatchItem>
            </{root}>
            """);
    }

    private static XElement Item(string name, string type, string value) => new(name, new XAttribute("type", type), new XAttribute("value", value));

    private static void Set(XElement message, string name, string value) => message.Descendants(name).Single().SetAttributeValue("value", value);

    private static XElement AttributeCalled(XElement message, string name) =>
        message.Descendants("Attribute").First(a => string.Equals(MessageXml.AttributeNameOf(a), name, StringComparison.Ordinal));

    private static void SetAttribute(XElement message, string name, string value) =>
        AttributeCalled(message, name).Element("AttributeValue")!.SetAttributeValue("value", value);

    private static void AddInstance(XElement message, string name, string? index, string value) => message.Descendants("ResponsePayload").Single().Add(new XElement(
        "Attribute",
        Item("AttributeName", "TextString", name),
        index is null ? null : Item("AttributeIndex", "Integer", index),
        Item("AttributeValue", "TextString", value)));

    private static void ExchangeValues(XElement message)
    {
        var values = message.Descendants("Attribute").Where(a => MessageXml.AttributeNameOf(a) == "x-ID").Select(a => a.Element("AttributeValue")!).ToList();
        var first = (string)values[0].Attribute("value")!;
        values[0].SetAttributeValue("value", (string)values[1].Attribute("value")!);
        values[1].SetAttributeValue("value", first);
    }

    private static void Swap(params XElement[] two)
    {
        var (first, second) = (new XElement(two[0]), new XElement(two[1]));
        two[0].ReplaceWith(second);
        two[1].ReplaceWith(first);
    }
}
