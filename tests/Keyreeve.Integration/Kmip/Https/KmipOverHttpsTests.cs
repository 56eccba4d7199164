using System.Net;
using Keyreeve.Integration.Rest;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip.Https;

/// <summary>POST /kmip: the same operations, principals and refusals as on the KMIP port, in three encodings.</summary>
public sealed class KmipOverHttpsTests(RestDoor door) : IClassFixture<RestDoor>
{
    private const string Ttlv = "application/octet-stream";

    public static TheoryData<string, string> EncodingsAndVersions
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var encoding in Encodings.Select(row => row.Data))
                foreach (var version in Server.Kmip.KmipRoutes.SupportedVersions)
                    data.Add(encoding, version.ToString());
            return data;
        }
    }

    public static TheoryData<string> Encodings => [Ttlv, "text/xml", "application/xml", "application/json"];

    [Theory]
    [MemberData(nameof(EncodingsAndVersions))]
    public async Task Create_InEveryEncodingAndVersion_IsAnsweredInTheSame(string encoding, string version)
    {
        using var client = await ClientAsync("create");
        var spoken = Server.Kmip.KmipRoutes.SupportedVersions.Single(known => known.ToString() == version);
        var create = new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = new AttributeList(
                new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
                new(Tag.CryptographicLength, KmipValue.Integer(256)),
                new(Tag.CryptographicUsageMask, KmipValue.Integer((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)))),
        };

        var reply = await client.SendAsync(encoding, RawKmipClient.Message(spoken, null, (Operation.Create, RawKmipClient.Payload(create, spoken))));

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal(encoding, reply.ContentType);
        Assert.Contains("no-cache", reply.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Equal(spoken, reply.Message.Header.ProtocolVersion);
        Assert.Equal(ResultStatus.Success, reply.Item.ResultStatus);
        Assert.NotEqual(default, reply.Item.ResponsePayload!.Value.Decode<CreateResponse>(spoken).UniqueIdentifier);
    }

    [Fact]
    public async Task Query_OverHttp2_IsAnswered()
    {
        using var client = new KmipHttpsClient(door, (await door.EnrolAsync("kmip-h2", "*", "use", "manage")).Certificate, HttpVersion.Version20);
        Assert.Equal(ResultStatus.Success, (await client.SendAsync("text/xml", RawKmipClient.Query())).Item.ResultStatus);
    }

    // spec: KMIP Profiles 2.1 MSGENC-XML-M-1-21: a Query whose answer is longer than that as XML is answered when the Maximum Response
    // Size is 2048: it is the length of the message, which is TTLV, whatever it is written in.
    [Theory]
    [Trait("Attack", "15")]
    [MemberData(nameof(Encodings))]
    public async Task MaximumResponseSize_IsThatOfTheTtlv_AndTheProtocolsErrorBeyond(string encoding)
    {
        using var client = await ClientAsync("maximum");
        var tooLarge = await client.SendAsync(encoding, RawKmipClient.Query(maximumResponseSize: 256));
        Assert.Equal((HttpStatusCode.OK, ResultReason.ResponseTooLarge), (tooLarge.Status, tooLarge.Item.ResultReason));
        Assert.Null(tooLarge.Item.ResponsePayload);

        var fits = await client.SendAsync(encoding, RawKmipClient.Query(maximumResponseSize: 1400));
        Assert.Equal(ResultStatus.Success, fits.Item.ResultStatus);
        if (encoding != Ttlv) Assert.True(fits.Body.Length > 1400);
    }

    // Longer than what the web server buffers, in all three encodings and both directions.
    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Message_OfManyBuffers_ComesAndGoesWhole(string encoding)
    {
        using var client = await ClientAsync("large");
        var data = new byte[200_000];
        System.Security.Cryptography.RandomNumberGenerator.Fill(data);
        var version = ProtocolVersion.Kmip21;
        var hash = new HashRequest
        {
            CryptographicParameters = new() { HashingAlgorithm = HashingAlgorithm.SHA_256 },
            Data = DataReference.From(data),
        };
        var reply = await client.SendAsync(encoding, RawKmipClient.Message(version, null, (Operation.Hash, RawKmipClient.Payload(hash, version))));
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(data), reply.Item.ResponsePayload!.Value.Decode<HashResponse>(version).Data!.Value.ToArray());

        var random = new RNGRetrieveRequest { DataLength = 60_000 };
        reply = await client.SendAsync(encoding, RawKmipClient.Message(version, null, (Operation.RNGRetrieve, RawKmipClient.Payload(random, version))));
        Assert.Equal(60_000, reply.Item.ResponsePayload!.Value.Decode<RNGRetrieveResponse>(version).Data!.Value.Length);
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Operation_ThatIsRefused_IsTheProtocolsErrorWith200(string encoding)
    {
        using var client = await ClientAsync("refused");
        var reply = await client.SendAsync(encoding, RawKmipClient.Message(ProtocolVersion.Kmip14, null, ((Operation)0x7777, [])));
        Assert.Equal((HttpStatusCode.OK, ResultReason.OperationNotSupported), (reply.Status, reply.Item.ResultReason));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/octet-stream; charset=utf-8")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("text/xml; charset=iso-8859-1")]
    [InlineData("application/xml-dtd")]
    [InlineData("nonsense")]
    [InlineData(null)]
    public async Task Body_OfAnotherType_Is415(string? type)
    {
        using var client = await ClientAsync("types");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await client.SendBodyAsync(type, RawKmipClient.Query())).Status);
    }

    [Theory]
    [InlineData("application/json", HttpStatusCode.NotAcceptable)]
    [InlineData("text/xml;q=0", HttpStatusCode.NotAcceptable)]
    [InlineData("text/xml", HttpStatusCode.OK)]
    [InlineData("text/*", HttpStatusCode.OK)]
    [InlineData("application/json, */*;q=0.1", HttpStatusCode.OK)]
    public async Task Accept_OfAnotherType_Is406(string accept, HttpStatusCode expected)
    {
        using var client = await ClientAsync("accept");
        var xml = KmipHttpsClient.Encode("text/xml", RawKmipClient.Query());
        Assert.Equal(expected, (await client.SendBodyAsync("text/xml; charset=UTF-8", xml, ("Accept", accept))).Status);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Method_OtherThanPost_Is405(string method)
    {
        using var client = await ClientAsync("methods");
        using var request = new HttpRequestMessage(new HttpMethod(method), "/kmip");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.SendAsync(request)).Status);
    }

    [Fact]
    [Trait("Attack", "16")]
    public async Task Certificate_Absent_Is401_AndUnknown_IsToldInAMessage()
    {
        using var nobody = new KmipHttpsClient(door, null);
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.SendAsync(Ttlv, RawKmipClient.Query())).Status);
        using var certificate = door.Issuer.IssueClient("stranger");
        using var stranger = new KmipHttpsClient(door, certificate);
        await IsNotKnownAsync(stranger, Ttlv);
        // KMIP takes no token, good or bad, whatever comes beside it.
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.SendBodyAsync(Ttlv, RawKmipClient.Query(), ("Authorization", "Bearer x"))).Status);
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task Principal_Disabled_IsRefusedOnAnOpenConnection()
    {
        using var client = await ClientAsync("soon-gone");
        Assert.Equal(ResultStatus.Success, (await client.SendAsync("application/json", RawKmipClient.Query())).Item.ResultStatus);
        await door.DisableAsync("kmip-soon-gone");
        await IsNotKnownAsync(client, "application/json");
    }

    // As on the door of its own: in a message, and that all items alike.
    private static async Task IsNotKnownAsync(KmipHttpsClient client, string encoding)
    {
        var reply = await client.SendAsync(encoding, RawKmipClient.Query());
        Assert.Equal((HttpStatusCode.OK, ResultStatus.OperationFailed, ResultReason.AuthenticationNotSuccessful), (reply.Status, reply.Item.ResultStatus, reply.Item.ResultReason));
    }

    [Fact]
    public async Task Name_WithACharacterThatXmlCannotCarry_IsARefusalInXmlAndAnAnswerInJson()
    {
        using var client = await ClientAsync("control-character");
        var version = ProtocolVersion.Kmip14;
        var name = KmipValue.Structure((Tag.NameValue, KmipValue.Text("a\u0001b")), (Tag.NameType, KmipValue.Enumeration(NameType.UninterpretedTextString)));
        var register = new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = new AttributeList(
                new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
                new(Tag.CryptographicLength, KmipValue.Integer(256)),
                new(Tag.CryptographicUsageMask, KmipValue.Integer((int)CryptographicUsageMask.Encrypt)),
                new(Tag.Name, name)),
        };
        var created = await client.SendAsync(Ttlv, RawKmipClient.Message(version, null, (Operation.Create, RawKmipClient.Payload(register, version))));
        Assert.Equal(ResultStatus.Success, created.Item.ResultStatus);
        var id = created.Item.ResponsePayload!.Value.Decode<CreateResponse>(version).UniqueIdentifier;
        var ask = RawKmipClient.Message(version, null, (Operation.GetAttributes, RawKmipClient.Payload(new GetAttributesRequest { UniqueIdentifier = id }, version)));

        var inXml = await client.SendAsync("text/xml", ask);
        Assert.Equal((HttpStatusCode.OK, ResultStatus.OperationFailed), (inXml.Status, inXml.Item.ResultStatus));
        Assert.Equal(ResultStatus.Success, (await client.SendAsync("application/json", ask)).Item.ResultStatus);
    }

    [Fact]
    public async Task Request_OverHttps_IsRecordedWithItsPrincipal()
    {
        using var client = await ClientAsync("recorded");
        var reply = await client.SendBodyAsync("text/xml", KmipHttpsClient.Encode("text/xml", RawKmipClient.Query()), ("X-Keyreeve-Purpose", "backup"));
        Assert.Equal(ResultStatus.Success, reply.Item.ResultStatus);
        var record = door.ReadAudit().Last(r => r.ToJsonString().Contains("kmip-recorded", StringComparison.Ordinal));
        Assert.Contains("\"purpose\":\"backup\"", record.ToJsonString(), StringComparison.Ordinal);
    }

    private async Task<KmipHttpsClient> ClientAsync(string name) => new(door, (await door.EnrolAsync("kmip-" + name, "*", "use", "manage", "export")).Certificate);
}

/// <summary>The route of a server that does not offer it.</summary>
public sealed class KmipOverHttpsTurnedOffTests(KmipOverHttpsTurnedOffTests.Door door) : IClassFixture<KmipOverHttpsTurnedOffTests.Door>
{
    [Fact]
    public async Task Request_WhenTurnedOff_Is404()
    {
        using var client = new KmipHttpsClient(door, door.App.Certificate);
        Assert.Equal(HttpStatusCode.NotFound, (await client.SendAsync("application/json", RawKmipClient.Query())).Status);
    }

    public sealed class Door : ServerFixture
    {
        protected override IReadOnlyList<string> Settings => ["kmip.https=no"];
    }
}
