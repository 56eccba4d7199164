using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Keyreeve.Integration.Rest;

public sealed class KeyTests(RestDoor door) : IClassFixture<RestDoor>
{
    [Fact]
    public async Task Key_FromCreationToDestruction_DoesWhatItSays()
    {
        using var client = await door.EverythingClientAsync("life");
        var created = await client.CreateKeyAsync("orders");
        Assert.Equal("/v1/keys/" + created.Text("id"), created.Headers.Location!.OriginalString);
        Assert.Equal("Active", created.Text("state"));
        Assert.Equal(256, created.Number("lengthInBits"));

        var first = await client.EncryptAsync("orders", "one"u8.ToArray());
        var rotated = (await client.PostAsync("/v1/keys/orders/rotate")).Expect(200);
        Assert.Equal(2, rotated.Number("currentVersion"));
        Assert.Equal(created.Text("id"), rotated.Text("id"));
        var second = await client.EncryptAsync(created.Text("id"), "two"u8.ToArray());

        Assert.Equal("one", await OpenAsync(client, first));
        Assert.Equal("two", await OpenAsync(client, second));
        var versions = (await client.GetAsync("/v1/keys/orders/versions")).Expect(200).Json["versions"]!.AsArray();
        Assert.Equal([false, true], versions.Select(v => v!["isCurrent"]!.GetValue<bool>()));

        (await client.DeleteAsync("/v1/keys/orders")).ExpectError(400, "MissingField");
        (await client.DeleteAsync("/v1/keys/orders?confirm=order")).ExpectError(400, "InvalidField");
        (await client.DeleteAsync("/v1/keys/orders", new JsonObject { ["confirm"] = "orders" })).Expect(204);
        (await client.DecryptAsync(first)).ExpectError(410, "ObjectDestroyed");
        (await client.DecryptAsync(second)).ExpectError(410, "ObjectDestroyed");
        (await client.PostAsync($"/v1/keys/{created.Text("id")}/rotate")).ExpectError(410, "ObjectDestroyed");
        Assert.Equal("Destroyed", (await client.GetAsync("/v1/keys/" + created.Text("id"))).Expect(200).Text("state"));

        // The name is free; what a new key of that name encrypts has nothing to do with the old one.
        Assert.NotEqual(created.Text("id"), (await client.CreateKeyAsync("orders")).Text("id"));
        (await client.DecryptAsync(first, key: "orders")).ExpectError(422, "CryptographicFailure");
    }

    [Fact]
    public async Task Create_EveryField_IsKept()
    {
        using var client = await door.EverythingClientAsync("fields");
        var key = (await client.PostAsync("/v1/keys", new JsonObject
        {
            ["name"] = "All.fields_1-x", ["group"] = "payments/cards", ["algorithm"] = "AES", ["lengthInBits"] = 128, ["usage"] = new JsonArray("Decrypt"),
        })).Expect(201);

        Assert.Equal("payments/cards", key.Text("group"));
        Assert.Equal(128, key.Number("lengthInBits"));
        Assert.Equal(["Decrypt"], key.Json["usage"]!.AsArray().Select(u => u!.GetValue<string>()));
        Assert.Equal(key.Body, (await client.GetAsync("/v1/keys/All.fields_1-x")).Expect(200).Body);
        Assert.Equal(key.Body, (await client.GetAsync("/v1/keys/" + key.Text("id"))).Expect(200).Body);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\u0000b")]
    [InlineData("schlüssel")]
    [InlineData("e\u0301")]
    [InlineData("018f3a5e-0000-7000-8000-000000000000")]
    [Trait("Attack", "14")]
    public async Task Create_NameThatIsNone_IsRefused(string name)
    {
        using var client = await door.EverythingClientAsync("names");

        (await client.PostAsync("/v1/keys", new JsonObject { ["name"] = name })).ExpectError(400, "InvalidField");
    }

    [Theory]
    [InlineData("""{"name":"x","algorithm":"aes"}""", 400, "InvalidField")]
    [InlineData("""{"name":"x","algorithm":"3"}""", 400, "InvalidField")]
    [InlineData("""{"name":"x","algorithm":"RC4"}""", 400, "CryptographicParametersNotSupported")]
    [InlineData("""{"name":"x","lengthInBits":257}""", 400, "CryptographicParametersNotSupported")]
    [InlineData("""{"name":"x","group":"../up"}""", 400, "InvalidField")]
    [InlineData("""{"name":"x","usage":["Everything"]}""", 400, "InvalidField")]
    public async Task Create_ValueThatIsNotOffered_IsRefused(string body, int status, string error)
    {
        using var client = await door.EverythingClientAsync("values");

        (await client.PostAsync("/v1/keys", JsonNode.Parse(body))).ExpectError(status, error);
    }

    [Fact]
    public async Task Create_TakenName_IsRefused()
    {
        using var client = await door.EverythingClientAsync("taken");
        await client.CreateKeyAsync("taken");

        (await client.PostAsync("/v1/keys", new JsonObject { ["name"] = "taken" })).ExpectError(409, "NonUniqueName");
    }

    [Fact]
    [Trait("Attack", "53")]
    public async Task Create_SentAgainWithItsIdempotencyKey_GivesTheSameKey()
    {
        using var client = await door.EverythingClientAsync("again");
        var headers = new Dictionary<string, string> { ["Idempotency-Key"] = "once-and-only" };
        var body = new JsonObject { ["name"] = "once" };

        var first = (await client.SendAsync(HttpMethod.Post, "/v1/keys", body, headers)).Expect(201);
        var second = (await client.SendAsync(HttpMethod.Post, "/v1/keys", body, headers)).Expect(201);
        Assert.Equal(first.Text("id"), second.Text("id"));
        (await client.SendAsync(HttpMethod.Post, "/v1/keys", new JsonObject { ["name"] = "other" }, headers)).ExpectError(409, "IdempotencyConflict");

        var rotateHeaders = new Dictionary<string, string> { ["Idempotency-Key"] = "rotate-once" };
        for (var i = 0; i < 3; i++)
            Assert.Equal(2, (await client.SendAsync(HttpMethod.Post, "/v1/keys/once/rotate", (JsonNode?)null, rotateHeaders)).Expect(200).Number("currentVersion"));
    }

    [Fact]
    public async Task Create_ManyAtOnceWithOneIdempotencyKey_MakeOneKey()
    {
        using var client = await door.EverythingClientAsync("race");
        var headers = new Dictionary<string, string> { ["Idempotency-Key"] = "race" };

        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => client.SendAsync(HttpMethod.Post, "/v1/keys", new JsonObject { ["name"] = "raced" }, headers)));

        Assert.Single(replies.Select(reply => reply.Expect(201).Text("id")).Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Rotate_ManyAtOnce_GivesVersionsWithoutGapAndOneCurrent()
    {
        using var client = await door.EverythingClientAsync("rotations");
        await client.CreateKeyAsync("spinning");
        var ciphertext = await client.EncryptAsync("spinning", [1, 2, 3]);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => (await client.PostAsync("/v1/keys/spinning/rotate")).Expect(200)));

        var versions = (await client.GetAsync("/v1/keys/spinning/versions")).Expect(200).Json["versions"]!.AsArray();
        Assert.Equal([1, 2, 3, 4, 5], versions.Select(v => v!["version"]!.GetValue<int>()));
        Assert.Equal(5, versions.Single(v => v!["isCurrent"]!.GetValue<bool>())!["version"]!.GetValue<int>());
        (await client.DecryptAsync(ciphertext)).Expect(200);
    }

    [Fact]
    [Trait("Attack", "40")]
    public async Task Disable_StopsEveryVersionAtOnce_EnableBringsItBack()
    {
        using var client = await door.EverythingClientAsync("switch");
        await client.CreateKeyAsync("switched");
        var old = await client.EncryptAsync("switched", [1]);
        (await client.PostAsync("/v1/keys/switched/rotate")).Expect(200);

        Assert.False((await client.PostAsync("/v1/keys/switched/disable")).Expect(200).Json["enabled"]!.GetValue<bool>());
        (await client.PostAsync("/v1/keys/switched/encrypt", new JsonObject { ["plaintext"] = "AA==" })).ExpectError(409, "KeyDisabled");
        (await client.DecryptAsync(old)).ExpectError(409, "KeyDisabled");
        (await client.PostAsync("/v1/keys/switched/datakey")).ExpectError(409, "KeyDisabled");
        (await client.PostAsync("/v1/keys/switched/rotate")).ExpectError(409, "KeyDisabled");

        Assert.True((await client.PostAsync("/v1/keys/switched/enable")).Expect(200).Json["enabled"]!.GetValue<bool>());
        (await client.DecryptAsync(old)).Expect(200);
    }

    [Fact]
    public async Task ScheduleDestruction_StopsUse_CancelBringsItBack()
    {
        using var client = await door.EverythingClientAsync("schedule");
        await client.CreateKeyAsync("doomed");
        var ciphertext = await client.EncryptAsync("doomed", [1]);

        var scheduled = (await client.PostAsync("/v1/keys/doomed/destruction", new JsonObject { ["after"] = "PT2H" })).Expect(200);
        var date = scheduled.Json["destructionDate"]!.GetValue<DateTimeOffset>();
        Assert.InRange(date, DateTimeOffset.UtcNow.AddMinutes(110), DateTimeOffset.UtcNow.AddMinutes(125));
        (await client.DecryptAsync(ciphertext)).ExpectError(409, "KeyDisabled");

        Assert.Null((await client.DeleteAsync("/v1/keys/doomed/destruction")).Expect(200).Json["destructionDate"]);
        (await client.DecryptAsync(ciphertext)).Expect(200);
        (await client.PostAsync("/v1/keys/doomed/destruction")).Expect(200);
    }

    [Theory]
    [InlineData("PT59M")]
    [InlineData("P31D")]
    [InlineData("P1M")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("-PT2H")]
    [InlineData("7 days")]
    public async Task ScheduleDestruction_TimeOutOfRange_IsRefused(string after)
    {
        using var client = await door.EverythingClientAsync("ranges");
        if ((await client.GetAsync("/v1/keys/range")).Status == 404) await client.PostAsync("/v1/keys", new JsonObject { ["name"] = "range" });

        (await client.PostAsync("/v1/keys/range/destruction", new JsonObject { ["after"] = after })).ExpectError(400, "InvalidField");
    }

    [Fact]
    [Trait("Attack", "29")]
    public async Task List_ShowsOnlyWhatTheCallerMaySee_PageByPage()
    {
        using var admin = await door.EverythingClientAsync("lister");
        for (var i = 0; i < 5; i++) await admin.CreateKeyAsync($"list-a{i}", "list/mine");
        for (var i = 0; i < 3; i++) await admin.CreateKeyAsync($"list-b{i}", "list/theirs");
        await admin.CreateKeyAsync("list-c", "list/mine-not");
        using var user = door.Client(await door.EnrolAsync("list-user", "list/mine", "use"));

        Assert.Equal(["list-a0", "list-a1", "list-a2", "list-a3", "list-a4"], await NamesAsync(user, "limit=2"));
        Assert.Equal([], await NamesAsync(user, "limit=2&group=list/theirs"));
        Assert.Equal(["list-a3"], await NamesAsync(user, "limit=2&prefix=list-a3"));
        Assert.Equal(9, (await NamesAsync(admin, "limit=4&prefix=list-")).Count);
        Assert.Equal(8 - 5, (await NamesAsync(admin, "limit=100&group=list/theirs")).Count);
        using var nobody = door.Client(await door.EnrolAsync("list-nobody", "nowhere", "audit"));
        Assert.Equal([], await NamesAsync(nobody, "limit=2"));
        (await user.GetAsync("/v1/keys/list-b0")).ExpectError(404, "ItemNotFound");
    }

    [Fact]
    public async Task List_ByState_ShowsWhatIsInForceNow()
    {
        using var client = await door.EverythingClientAsync("states");
        await client.CreateKeyAsync("state-1", "states");
        await client.CreateKeyAsync("state-2", "states");
        (await client.DeleteAsync("/v1/keys/state-1?confirm=state-1")).Expect(204);

        Assert.Equal(["state-2"], await NamesAsync(client, "limit=1&group=states&state=Active"));
        Assert.Equal(["state-1"], await NamesAsync(client, "limit=1&group=states&state=Destroyed"));
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("limit=-1")]
    [InlineData("limit=1&limit=2")]
    [InlineData("cursor=x")]
    [InlineData("state=active")]
    [InlineData("group=A")]
    [InlineData("prefx=a")]
    public async Task List_ParameterThatIsNotAllowed_IsRefused(string query)
    {
        using var client = await door.EverythingClientAsync("queries");

        (await client.GetAsync("/v1/keys?" + query)).ExpectError(400, "InvalidField");
    }

    [Theory]
    [InlineData("x'); DROP TABLE objects;--")]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("\" OR 1=1 --")]
    [Trait("Attack", "60")]
    public async Task List_PrefixWithMetacharacters_IsData(string prefix)
    {
        using var client = await door.EverythingClientAsync("sql");
        if ((await client.GetAsync("/v1/keys/sql")).Status == 404) await client.PostAsync("/v1/keys", new JsonObject { ["name"] = "sql" });

        var reply = await client.GetAsync("/v1/keys?prefix=" + Uri.EscapeDataString(prefix));
        // A blank is refused before it gets anywhere; whatever is taken finds nothing, since no name begins so.
        if (prefix.Contains(' ', StringComparison.Ordinal)) reply.Expect(400);
        else Assert.Empty(reply.Expect(200).Json["keys"]!.AsArray());
        (await client.GetAsync("/v1/keys/sql")).Expect(200);
    }

    private static async Task<List<string>> NamesAsync(RestClient client, string query)
    {
        var names = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await client.GetAsync($"/v1/keys?{query}{(cursor is null ? "" : "&cursor=" + cursor)}")).Expect(200).Json;
            names.AddRange(page["keys"]!.AsArray().Select(key => key!["name"]!.GetValue<string>()));
            cursor = page["next"]?.GetValue<string>();
        }
        while (cursor is not null);
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private static async Task<string> OpenAsync(RestClient client, string ciphertext) =>
        Encoding.UTF8.GetString(Convert.FromBase64String((await client.DecryptAsync(ciphertext)).Expect(200).Text("plaintext")));
}
