using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Keyreeve.Integration.Rest;

public sealed class WireTests(RestDoor door) : IClassFixture<RestDoor>
{
    private const string Json = "application/json";

    // spec: RFC 9112 §6.3 "A server MAY reject a request that contains both Content-Length and Transfer-Encoding"
    [Theory]
    [InlineData("POST /v1/decrypt HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /v1/decrypt HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /v1/decrypt HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{\"a\":1}")]
    [InlineData("POST /v1/decrypt HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2;a\nb\r\n{}\r\n0\r\n\r\n")]
    [InlineData("POST /v1/decrypt HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: gzip\r\n\r\n{}")]
    [InlineData("GET /v1/health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n")]
    [Trait("Attack", "13")]
    public async Task Request_WithTwoMeanings_Is400AndTheConnectionEnds(string request)
    {
        using var connection = await RawHttp.ConnectAsync(door.RestPort, await door.EnrolAsync("framing-" + Guid.NewGuid().ToString("N"), "*", "use"));
        await connection.SendAsync(request + "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n");

        var answer = await connection.ReadToEndAsync(TimeSpan.FromSeconds(10));

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("(still open)", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/%2e%2e/v1/health")]
    [InlineData("/v1/../v1/health")]
    [InlineData("/v1/./health")]
    [InlineData("/v1/keys/%2e%2e/keys")]
    [InlineData("/v1/keys/a%00b")]
    [InlineData("/v1/keys/a%0ab")]
    [InlineData("/v1/keys/a%2fversions")]
    [InlineData("/v1/keys/a\\b")]
    [InlineData("/v1/keys/e%CC%81")]
    [InlineData("/v1/keys/%C3%A9")]
    [InlineData("//v1/health")]
    [InlineData("/v1/health/")]
    [InlineData("/v1/keys?prefix=%00")]
    [InlineData("/v1/keys?prefix=%zz")]
    [InlineData("/v1/keys?prefix=e%CC%81")]
    [InlineData("http://localhost/v1/health")]
    [Trait("Attack", "14")]
    public async Task Target_ThatIsNotPlain_IsRefusedBeforeRouting(string target)
    {
        using var connection = await RawHttp.ConnectAsync(door.RestPort);
        await connection.SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        var answer = await connection.ReadToEndAsync(TimeSpan.FromSeconds(10));

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("identity, gzip")]
    [Trait("Attack", "12")]
    public async Task Body_Compressed_IsNotExpanded(string encoding)
    {
        using var client = await door.EverythingClientAsync("zip-" + encoding.Replace(", ", "-", StringComparison.Ordinal));
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) await gzip.WriteAsync(new byte[10 * 1024 * 1024]);
        using var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue(Json);
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

        (await client.SendAsync(HttpMethod.Post, "/v1/decrypt", content)).ExpectError(415, "InvalidMessage");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json-patch+json")]
    [InlineData(null)]
    public async Task Body_OfAnotherType_Is415(string? type)
    {
        using var client = await door.EverythingClientAsync("types");
        using var content = new ByteArrayContent("{}"u8.ToArray());
        if (type is not null) content.Headers.TryAddWithoutValidation("Content-Type", type);

        (await client.SendAsync(HttpMethod.Post, "/v1/decrypt", content)).ExpectError(415, "InvalidMessage");
    }

    [Theory]
    [InlineData("""{"name":"a","name":"b"}""")]
    [InlineData("""{"name":"a","Name":"b"}""")]
    [InlineData("""{"name":"a","colour":"b"}""")]
    [InlineData("""{"name":null}""")]
    [InlineData("""{}""")]
    [InlineData("""[]""")]
    [InlineData("""null""")]
    [InlineData("""{"name":"a",}""")]
    [InlineData("""{"name":"a"} {}""")]
    [InlineData("""{"name":"a"/**/}""")]
    [InlineData("""{"name":"a","lengthInBits":"256"}""")]
    [InlineData("""{"name":"a","lengthInBits":99999999999}""")]
    [InlineData("""{"name":{"a":1}}""")]
    [InlineData("")]
    [Trait("Attack", "11")]
    public async Task Json_ThatIsNotTheMessage_Is400(string body)
    {
        using var client = await door.EverythingClientAsync("json");
        using var content = new StringContent(body, Encoding.UTF8, Json);

        (await client.SendAsync(HttpMethod.Post, "/v1/keys", content)).ExpectError(400, "InvalidMessage");
    }

    [Fact]
    [Trait("Attack", "11")]
    public async Task Json_RepeatedNameInAContext_Is400()
    {
        using var client = await door.EverythingClientAsync("repeated");
        await client.CreateKeyAsync("repeated");
        using var content = new StringContent("""{"plaintext":"AA==","context":{"a":"1","a":"2"}}""", Encoding.UTF8, Json);

        (await client.SendAsync(HttpMethod.Post, "/v1/keys/repeated/encrypt", content)).ExpectError(400, "InvalidField");
    }

    [Fact]
    [Trait("Attack", "11")]
    public async Task Json_TooDeepTooLargeOrAMillionKeys_IsRefusedWithinBounds()
    {
        using var client = await door.EverythingClientAsync("bombs");
        var before = GC.GetTotalAllocatedBytes(precise: true);

        using var deep = new StringContent("""{"name":""" + new string('[', 15000), Encoding.UTF8, Json);
        (await client.SendAsync(HttpMethod.Post, "/v1/keys", deep)).ExpectError(400, "InvalidMessage");

        var million = new StringBuilder("{\"ciphertext\":\"\",\"context\":{");
        for (var i = 0; i < 1_000_000; i++) million.Append(System.Globalization.CultureInfo.InvariantCulture, $"\"{i}\":\"\",");
        using var keys = new StringContent(million.Append("\"z\":\"\"}}").ToString(), Encoding.UTF8, Json);
        var size = keys.Headers.ContentLength!.Value;
        (await SendLargeAsync(client, keys)).ExpectError(413, "RequestTooLarge");

        // The client's own copies of the text are in this process too; the server's share is small beside them.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, (12 * size) + (64 << 20));
    }

    [Fact]
    public async Task Body_LargerThanTheRoute_Is413WithAndWithoutALength()
    {
        using var connection = await RawHttp.ConnectAsync(door.RestPort, await door.EnrolAsync("large", "*", "use"));
        await connection.SendAsync("POST /v1/keys HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 413", await connection.ReadToEndAsync(TimeSpan.FromSeconds(20)), StringComparison.Ordinal);

        using var chunked = await RawHttp.ConnectAsync(door.RestPort, await door.EnrolAsync("large-chunked", "*", "use"));
        await chunked.SendAsync("POST /v1/keys HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        await chunked.SendAsync($"8000\r\n{new string(' ', 0x8000)}\r\n");
        Assert.StartsWith("HTTP/1.1 413", await chunked.ReadToEndAsync(TimeSpan.FromSeconds(20)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_WhereNoneIsTaken_IsRefused()
    {
        using var client = await door.EverythingClientAsync("bodies");
        await client.CreateKeyAsync("bodies");

        (await client.PostAsync("/v1/keys/bodies/rotate", new JsonObject())).ExpectError(400, "InvalidMessage");
        (await client.PostAsync("/v1/decrypt")).ExpectError(400, "InvalidMessage");
    }

    [Fact]
    public async Task Answer_ToAnything_CarriesTheHeadersOfTheHouse()
    {
        using var client = await door.EverythingClientAsync("headers");
        foreach (var path in new[] { "/v1/health", "/v1/keys", "/v1/keys/absent", "/nowhere", "/v1/keys/%2e" })
        {
            var reply = await client.GetAsync(path);
            Assert.Matches("^[0-9a-f]{12}-[0-9a-f]{8}$", Assert.Single(reply.Headers.GetValues("X-Correlation-Id")));
            Assert.Contains("max-age=", Assert.Single(reply.Headers.GetValues("Strict-Transport-Security")), StringComparison.Ordinal);
            Assert.True(reply.Headers.CacheControl!.NoStore);
            Assert.False(reply.Headers.Contains("Server"));
            if (reply.Status >= 400) Assert.Equal("application/problem+json", reply.ContentHeaders.ContentType!.MediaType);
        }
    }

    [Fact]
    public async Task Route_ThatIsNot_Is404AndMethodThatIsNot_Is405()
    {
        using var client = await door.EverythingClientAsync("routes");

        (await client.GetAsync("/v2/keys")).ExpectError(404, "ItemNotFound");
        var reply = (await client.SendAsync(HttpMethod.Put, "/v1/keys", new JsonObject())).ExpectError(405, "OperationNotSupported");
        Assert.Equal(["GET", "POST"], reply.ContentHeaders.Allow.Order(StringComparer.Ordinal));
        (await client.SendAsync(HttpMethod.Trace, "/v1/health", (HttpContent?)null)).Expect(405);
    }

    [Theory]
    [InlineData("X-Keyreeve-Purpose", "two words")]
    [InlineData("X-Keyreeve-Purpose", "")]
    [InlineData("Idempotency-Key", "two words")]
    public async Task Header_ThatIsNotAllowed_IsRefused(string name, string value)
    {
        using var client = await door.EverythingClientAsync("bad-headers");

        (await client.SendAsync(HttpMethod.Post, "/v1/keys", new JsonObject { ["name"] = "h" }, new Dictionary<string, string> { [name] = value }))
            .ExpectError(400, "InvalidField");
    }

    [Fact]
    public async Task Http2_ServesTheSame()
    {
        using var client = door.Client(await door.EnrolAsync("two", "*", "manage", "use"), HttpVersion.Version20);
        await client.CreateKeyAsync("over-two");

        var ciphertexts = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => client.EncryptAsync("over-two", [(byte)i])));

        foreach (var ciphertext in ciphertexts) (await client.DecryptAsync(ciphertext)).Expect(200);
        (await client.GetAsync("/v1/keys/%C3%A9")).Expect(400);
    }

    private static async Task<RestReply> SendLargeAsync(RestClient client, HttpContent content)
    {
        // The server answers and closes before it has read all: the client may see that as a failure of its sending.
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await client.SendAsync(HttpMethod.Post, "/v1/decrypt", content, new Dictionary<string, string> { ["Expect"] = "100-continue" });
            }
            catch (HttpRequestException) when (attempt < 5)
            {
                await Task.Yield();
            }
        }
    }
}
