using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using Keyreeve.Integration.Rest;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Encodings;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip.Https;

/// <summary>What must not work on the wire, tried over HTTPS; the same connection is served afterwards.</summary>
public sealed class KmipHttpsAttackTests(RestDoor door) : IClassFixture<RestDoor>
{
    private const string Ttlv = "application/octet-stream";

    private static readonly string JsonQuery = Encoding.UTF8.GetString(JsonEncoding.Encode(RawKmipClient.Query()));

    private static readonly string XmlQuery = Encoding.UTF8.GetString(XmlEncoding.Encode(RawKmipClient.Query()));

    public static TheoryData<string, string> MalformedTtlv
    {
        get
        {
            var query = RawKmipClient.Query();
            return new()
            {
                { "length 0xFFFFFFFF", Altered(query, 4, 0xFF, 0xFF, 0xFF, 0xFF) },
                { "another tag", Altered(query, 2, 0x7B) },
                { "cut short", Convert.ToHexString(query.AsSpan(0, query.Length - 8)) },
                { "something behind", Convert.ToHexString([.. query, 0, 0, 0, 0, 0, 0, 0, 0]) },
                { "two messages", Convert.ToHexString([.. query, .. query]) },
                { "another protocol", Convert.ToHexString("<RequestMessage/>"u8) },
            };
        }
    }

    public static TheoryData<string, string> MalformedTtlvInside
    {
        get
        {
            var query = RawKmipClient.Query();
            return new()
            {
                { "child longer than its parent", Altered(query, 12, 0x00, 0x00, 0x7F, 0xF8) },
                { "wrong type of the header", Altered(query, 11, 0x02) },
                { "an Integer of length 8", Altered(query, 28, 0x00, 0x00, 0x00, 0x08) },
                { "non-zero padding", Altered(query, 36, 0x01) },
                { "nothing but a header", "4200780100000000" },
            };
        }
    }

    public static TheoryData<string, string> MalformedText
    {
        get
        {
            const string Entity = "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>";
            var bomb = "<!DOCTYPE a [<!ENTITY a \"x\">" + string.Concat(Enumerable.Range('b', 20).Select(c => $"<!ENTITY {(char)c} \"&{(char)(c - 1)};&{(char)(c - 1)};\">")) + "]>";
            return new()
            {
                { "text/xml", Entity + XmlQuery.Replace("QueryOperations", "&e;", StringComparison.Ordinal) },
                { "text/xml", bomb + XmlQuery.Replace("QueryOperations", "&u;", StringComparison.Ordinal) },
                { "text/xml", "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/a.dtd\">" + XmlQuery },
                { "application/xml", XmlQuery + XmlQuery },
                { "text/xml", XmlQuery.Replace("type=\"Integer\"", "type=\"Integer\" type=\"Integer\"", StringComparison.Ordinal) },
                { "text/xml", XmlQuery.Replace("<Operation ", "<Frob ", StringComparison.Ordinal) },
                { "text/xml", XmlQuery.Replace("value=\"Query\"", "value=\"Frob\"", StringComparison.Ordinal) },
                { "text/xml", XmlQuery[..^3] },
                { "text/xml", string.Concat(Enumerable.Repeat("<Attributes>", 10_000)) + string.Concat(Enumerable.Repeat("</Attributes>", 10_000)) },
                { "text/xml", "<RequestMessage " + string.Concat(Enumerable.Range(0, 100_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"a{i}='' "))) + "/>" },
                { "text/xml", JsonQuery },
                { "application/json", XmlQuery },
                { "application/json", JsonQuery + JsonQuery },
                { "application/json", JsonQuery[..^2] },
                { "application/json", JsonQuery.Replace("\"type\":\"Integer\"", "\"type\":\"Integer\",\"type\":\"Integer\"", StringComparison.Ordinal) },
                { "application/json", JsonQuery.Replace("\"tag\":\"Operation\"", "\"tag\":\"Frob\"", StringComparison.Ordinal) },
                { "application/json", JsonQuery.Replace("\"value\":\"Query\"", "\"value\":\"Frob\"", StringComparison.Ordinal) },
                { "application/json", string.Concat(Enumerable.Repeat("{\"tag\":\"Attributes\",\"value\":[", 10_000)) },
                { "application/json", new string('[', 1_000_000) },
                { "application/json", "{" + string.Join(',', Enumerable.Range(0, 200_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"\"k{i}\":0"))) + "}" },
                { "application/json", "\u0000" },
                { "application/json", "{}" },
            };
        }
    }

    [Theory]
    [MemberData(nameof(MalformedTtlv))]
    [Trait("Attack", "1")]
    public async Task Body_ThatIsNotOneMessage_Is400WithTheProtocolsError(string what, string hex)
    {
        using var client = await ClientAsync("framing");
        var reply = await client.SendBodyAsync(Ttlv, Convert.FromHexString(hex));
        AssertUnreadable(reply, Ttlv, what);
        await AssertServesAsync(client);
    }

    [Theory]
    [MemberData(nameof(MalformedTtlvInside))]
    [Trait("Attack", "2")]
    [Trait("Attack", "4")]
    [Trait("Attack", "5")]
    public async Task Message_Malformed_IsTheProtocolsError(string what, string hex)
    {
        using var client = await ClientAsync("malformed");
        var reply = await client.SendBodyAsync(Ttlv, Convert.FromHexString(hex));
        Assert.True(reply.Item.ResultReason == ResultReason.InvalidMessage, what);
        await AssertServesAsync(client);
    }

    [Theory]
    [MemberData(nameof(MalformedText))]
    [Trait("Attack", "3")]
    [Trait("Attack", "6")]
    [Trait("Attack", "11")]
    public async Task Text_ThatIsNoMessage_Is400WithTheProtocolsErrorInItsEncoding(string mediaType, string body)
    {
        using var client = await ClientAsync("text");
        var reply = await client.SendBodyAsync(mediaType, Encoding.UTF8.GetBytes(body));
        AssertUnreadable(reply, mediaType, body[..Math.Min(200, body.Length)]);
        await AssertServesAsync(client);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/xml")]
    [Trait("Attack", "11")]
    public async Task Text_TooLarge_Is413WithinBounds(string mediaType)
    {
        using var client = await ClientAsync("large");
        var body = new byte[16 * 1024 * 1024];
        body.AsSpan().Fill((byte)' ');
        var before = GC.GetTotalAllocatedBytes(precise: true);
        try
        {
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.SendBodyAsync(mediaType, body, ("Expect", "100-continue"))).Status);
        }
        catch (HttpRequestException)
        {
            // The server answered and closed before it had read all, which a client may see as a failure of its sending.
        }

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 8 * 1024 * 1024);
        await AssertServesAsync(client);
    }

    [Fact]
    [Trait("Attack", "7")]
    public async Task Batch_CountThatDisagreesOrTooManyItems_IsRefused()
    {
        using var client = await ClientAsync("batch");
        var lying = XmlQuery.Replace("<BatchCount type=\"Integer\" value=\"1\"", "<BatchCount type=\"Integer\" value=\"2\"", StringComparison.Ordinal);
        Assert.NotEqual(XmlQuery, lying);
        Assert.Equal(ResultReason.InvalidMessage, (await client.SendBodyAsync("text/xml", Encoding.UTF8.GetBytes(lying))).Item.ResultReason);

        var query = RawKmipClient.Payload(new QueryRequest(), ProtocolVersion.Kmip14);
        var items = Enumerable.Repeat((Operation.Query, query), 1001).ToArray();
        var reply = await client.SendAsync("application/json", RawKmipClient.Message(ProtocolVersion.Kmip14, null, items));
        Assert.Equal(ResultReason.InvalidMessage, reply.Item.ResultReason);
        await AssertServesAsync(client);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [Trait("Attack", "12")]
    public async Task Body_Compressed_IsNotExpanded(string encoding)
    {
        using var client = await ClientAsync("zip");
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) await gzip.WriteAsync(new byte[10 * 1024 * 1024]);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await client.SendBodyAsync(Ttlv, packed.ToArray(), ("Content-Encoding", encoding))).Status);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2;a\nb\r\n{}\r\n0\r\n\r\n")]
    [Trait("Attack", "13")]
    public async Task Request_WithTwoMeanings_Is400AndTheConnectionEnds(string rest)
    {
        using var connection = await RawHttp.ConnectAsync(door.RestPort, await door.EnrolAsync("kmip-two-meanings", "*", "use"));
        await connection.SendAsync("POST /kmip HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n" + rest + "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n");
        var answer = await connection.ReadToEndAsync(TimeSpan.FromSeconds(20));
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("(still open)", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/%6bmip", "400")]
    [InlineData("/v1/../kmip", "400")]
    [InlineData("/%2e%2e/kmip", "400")]
    [InlineData("//kmip", "400")]
    [InlineData("/kmip/", "400")]
    [InlineData("/kmip?a=%00", "400")]
    [InlineData("/kmip?a=b", "400")]
    [InlineData("/kmip/more", "404")]
    [Trait("Attack", "14")]
    public async Task Target_OtherThanTheRoute_IsRefused(string target, string status)
    {
        using var connection = await RawHttp.ConnectAsync(door.RestPort, await door.EnrolAsync("kmip-targets", "*", "use"));
        await connection.SendAsync($"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: {XmlQuery.Length}\r\nConnection: close\r\n\r\n{XmlQuery}");
        Assert.StartsWith($"HTTP/1.1 {status}", await connection.ReadToEndAsync(TimeSpan.FromSeconds(20)), StringComparison.Ordinal);
    }

    private static void AssertUnreadable(KmipHttpsReply reply, string mediaType, string what)
    {
        Assert.True(reply.Status == HttpStatusCode.BadRequest, what);
        Assert.Equal(mediaType, reply.ContentType);
        Assert.Equal((ResultStatus.OperationFailed, ResultReason.InvalidMessage), (reply.Item.ResultStatus, reply.Item.ResultReason));
    }

    private static async Task AssertServesAsync(KmipHttpsClient client)
    {
        var reply = await client.SendAsync("text/xml", RawKmipClient.Query());
        Assert.Equal((HttpStatusCode.OK, ResultStatus.Success), (reply.Status, reply.Item.ResultStatus));
    }

    private static string Altered(byte[] message, int at, params byte[] bytes)
    {
        var altered = (byte[])message.Clone();
        bytes.CopyTo(altered, at);
        return Convert.ToHexString(altered);
    }

    private async Task<KmipHttpsClient> ClientAsync(string name) => new(door, (await door.EnrolAsync("kmip-attack-" + name, "*", "use", "manage")).Certificate);
}
