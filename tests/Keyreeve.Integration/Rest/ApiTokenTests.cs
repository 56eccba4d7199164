using System.Text;
using System.Text.Json.Nodes;
using Keyreeve.Client;
using Xunit;

namespace Keyreeve.Integration.Rest;

/// <summary>Tokens of the server's own, from their making to their end.</summary>
public sealed class ApiTokenTests(ServerFixture door) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Token_OfOnesOwn_LetsInWithoutACertificateForAPartOfTheRights()
    {
        using var app = door.Client(door.App);
        using var nobody = door.Client();
        await app.CreateKeyAsync("token-a", "tokens/a");
        await app.CreateKeyAsync("token-b", "tokens-b");
        var made = (await app.PostAsync("/v1/tokens", Body("own", "encrypt", group: "tokens"))).Expect(201);
        var terms = made.Json["terms"]!;

        Assert.Equal(("app", "own", "app"), (terms["principal"]!.ToString(), terms["label"]!.ToString(), terms["createdBy"]!.ToString()));
        var hello = new JsonObject { ["plaintext"] = "aGVsbG8=" };
        (await SendAsync(nobody, HttpMethod.Post, "/v1/keys/token-a/encrypt", made.Text("token"), hello)).Expect(200);
        (await SendAsync(nobody, HttpMethod.Post, "/v1/keys/token-a/rotate", made.Text("token"))).ExpectError(403, "PermissionDenied");
        (await SendAsync(nobody, HttpMethod.Post, "/v1/keys/token-b/encrypt", made.Text("token"), hello)).ExpectError(404, "ItemNotFound");
        var listed = (await SendAsync(nobody, HttpMethod.Get, "/v1/keys?prefix=token-", made.Text("token"))).Expect(200).Json["keys"]!.AsArray();
        Assert.Equal("token-a", Assert.Single(listed)!["name"]!.ToString());
        (await SendAsync(nobody, HttpMethod.Post, "/v1/tokens", made.Text("token"), Body("more", "encrypt"))).ExpectError(403, "PermissionDenied");

        // The trail names the credential, and never the token.
        var record = door.ReadAudit().Select(r => r["event"]!).Last(e => e["operation"]?.ToString() is "Encrypt" && e["principal"]?.ToString() is "app");
        Assert.Equal(terms["id"]!.ToString(), record["credential"]!.ToString());
        Assert.DoesNotContain(door.ReadAudit(), r => r.ToJsonString().Contains(made.Text("token")[19..], StringComparison.Ordinal));
        Assert.DoesNotContain(door.Log.Lines, line => line.Contains(made.Text("token")[19..], StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhoAmI_WithAToken_TellsWhatTheTokenLeavesAndThatItIsOne()
    {
        var dora = await door.EnrolAsync("dora", "shops", "manage", "use");
        using var client = door.Client(dora);
        using var nobody = door.Client();
        Task<JsonObject> WhoAsync(RestReply made) => WhoIsAsync(nobody, made.Text("token"));
        Assert.Equal(["KeyAdministrator@shops", "KeyUser@shops"], Rights(await WhoIsAsync(client, null)));
        Assert.Null((await WhoIsAsync(client, null))["token"]);

        // A part of a role, in a part of its place.
        var narrow = await WhoAsync((await client.PostAsync("/v1/tokens", Body("till", "encrypt", "shops/north"))).Expect(201));
        Assert.Equal(["Encrypter@shops/north"], Rights(narrow));
        Assert.Equal(("dora", "till", "dora"), (narrow["name"]!.ToString(), narrow["token"]!["label"]!.ToString(), narrow["token"]!["principal"]!.ToString()));

        // A wider place gives no more, and another nothing; nor does a role that its principal has not.
        Assert.Equal(["KeyAdministrator@shops"], Rights(await WhoAsync((await client.PostAsync("/v1/tokens", Body("all", "manage"))).Expect(201))));
        Assert.Empty(Rights(await WhoAsync((await client.PostAsync("/v1/tokens", Body("elsewhere", "use", "factory"))).Expect(201))));
        Assert.Equal(["KeyViewer@shops"], Rights(await WhoAsync((await client.PostAsync("/v1/tokens", Body("no exporter", "export"))).Expect(201))));

        // For one key.
        var id = (await client.CreateKeyAsync("till-1", "shops/north")).Text("id");
        var body = Body("one key", "decrypt");
        body["keys"] = new JsonArray(id);
        Assert.Equal([$"Decrypter@key:{id}"], Rights(await WhoAsync((await client.PostAsync("/v1/tokens", body)).Expect(201))));
    }

    [Theory]
    [InlineData("groups")]
    [InlineData("keys")]
    [InlineData("networks")]
    public async Task Token_NarrowedToAnEmptyList_IsRefusedAndNotMadeForEverywhere(string list)
    {
        using var app = door.Client(door.App);
        var body = Body("empty", "encrypt");
        body[list] = new JsonArray();

        var refused = (await app.PostAsync("/v1/tokens", body)).ExpectError(400, "InvalidField");

        Assert.Contains($"'{list}' is an empty list", refused.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(await ListAsync(app), static token => token!["label"]?.ToString() is "empty");
    }

    [Fact]
    public async Task Token_Listed_SaysWhenItWasUsedLastAlsoAfterARestart()
    {
        var ann = await door.EnrolAsync("ann", "ann", "use");
        using var client = door.Client(ann);
        using var nobody = door.Client();
        var made = (await client.PostAsync("/v1/tokens", Body("seen", "use"))).Expect(201);
        Assert.Null(Assert.Single(await ListAsync(client))["lastUsedAt"]);
        (await SendAsync(nobody, HttpMethod.Get, "/v1/whoami", made.Text("token"))).Expect(200);
        var used = Assert.Single(await ListAsync(client))["lastUsedAt"]!.GetValue<DateTimeOffset>();
        Assert.DoesNotContain("token\":", (await client.GetAsync("/v1/tokens")).Body, StringComparison.Ordinal);

        await door.RestartAsync();

        using var again = door.Client(ann);
        Assert.Equal(used, Assert.Single(await ListAsync(again))["lastUsedAt"]!.GetValue<DateTimeOffset>());
        using var stillNobody = door.Client();
        (await SendAsync(stillNobody, HttpMethod.Get, "/v1/whoami", made.Text("token"))).Expect(200);
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task Token_RevokedOrOfADisabledPrincipal_EndsOnOpenConnections()
    {
        var bea = await door.EnrolAsync("bea", "bea", "use");
        using var client = door.Client(bea);
        using var officer = door.Client(door.Admin);
        using var nobody = door.Client();
        var first = (await client.PostAsync("/v1/tokens", Body("first", "use"))).Expect(201);
        var second = (await officer.PostAsync("/v1/tokens", Body("second", "use", principal: "bea"))).Expect(201);
        foreach (var made in (RestReply[])[first, second]) (await SendAsync(nobody, HttpMethod.Get, "/v1/keys", made.Text("token"))).Expect(200);
        using var stranger = door.Client(await door.EnrolAsync("cid", "cid", "use"));
        (await stranger.DeleteAsync("/v1/tokens/" + first.Json["terms"]!["id"])).ExpectError(403, "PermissionDenied");
        (await stranger.DeleteAsync("/v1/tokens/token-0000000000000000")).ExpectError(403, "PermissionDenied");
        (await stranger.GetAsync("/v1/tokens?principal=bea")).ExpectError(403, "PermissionDenied");
        (await stranger.PostAsync("/v1/tokens", Body("stolen", "use", principal: "bea"))).ExpectError(403, "PermissionDenied");

        (await client.DeleteAsync("/v1/tokens/" + first.Json["terms"]!["id"])).Expect(204);
        (await SendAsync(nobody, HttpMethod.Get, "/v1/keys", first.Text("token"))).ExpectError(401, "AuthenticationFailed");
        (await SendAsync(nobody, HttpMethod.Get, "/v1/keys", second.Text("token"))).Expect(200);
        (await officer.DeleteAsync("/v1/tokens/" + first.Json["terms"]!["id"])).ExpectError(404, "ItemNotFound");

        await door.DisableAsync("bea");
        (await SendAsync(nobody, HttpMethod.Get, "/v1/keys", second.Text("token"))).ExpectError(401, "AuthenticationFailed");
    }

    [Fact]
    [Trait("Attack", "22")]
    [Trait("Attack", "23")]
    public async Task Token_ThatIsNotGood_GetsOneAnswer()
    {
        using var app = door.Client(door.App);
        using var nobody = door.Client();
        var good = (await app.PostAsync("/v1/tokens", Body("good", "use"))).Expect(201).Text("token");
        // Another secret under an identity that there is, with a checksum that is right.
        var forged = good[..19] + new string('7', 64);
        forged += Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(forged)))[..8];
        var never = Core.Access.ApiToken.Generate(out _, out _);
        var answers = new List<string>();
        foreach (var token in (string[])[forged, never, "kr_", good[..^1], good.ToUpperInvariant()])
            answers.Add((await SendAsync(nobody, HttpMethod.Get, "/v1/keys", token)).ExpectError(401, "AuthenticationFailed").Text("detail"));

        Assert.Single(answers.Distinct(StringComparer.Ordinal));
        (await SendAsync(app, HttpMethod.Get, "/v1/keys", never)).ExpectError(401, "AuthenticationFailed");
    }

    [Fact]
    public async Task Create_WhatCannotBe_IsRefused()
    {
        using var app = door.Client(door.App);
        foreach (var body in new[]
        {
            Body("", "use"), Body("x", "everything"), Body("x", "use", validFor: "P91D"), Body("x", "use", validFor: "PT59S"), Body("x", "use", group: "../up"),
            Body("x", "use", network: "10.1.2.3/8"), Body("x", "use", network: "home"), Body("x\n", "use"),
        })
            (await app.PostAsync("/v1/tokens", body)).ExpectError(400, "InvalidField");
    }

    [Fact]
    public async Task Kmip_OverHttpsWithAToken_IsRefused()
    {
        using var app = door.Client(door.App);
        using var nobody = door.Client();
        var token = (await app.PostAsync("/v1/tokens", Body("kmip", "use"))).Expect(201).Text("token");
        using var message = new ByteArrayContent([0x42, 0, 0x78, 1, 0, 0, 0, 0]);
        message.Headers.ContentType = new("application/octet-stream");

        (await nobody.SendAsync(HttpMethod.Post, "/kmip", message, Bearer(token))).ExpectError(401, "AuthenticationFailed");
    }

    [Fact]
    public async Task Client_WithATokenInAFile_TakesUpTheOneThatReplacesIt()
    {
        using var app = door.Client(door.App);
        var first = (await app.PostAsync("/v1/tokens", Body("sdk", "use"))).Expect(201);
        var file = Path.Combine(door.Folder, "sdk.token");
        Write(file, first.Text("token") + "\n");
        var authority = Path.Combine(door.Folder, "sdk-authority.pem");
        await File.WriteAllTextAsync(authority, door.Authority.ExportCertificatePem());
        var options = new ClientOptions { Servers = [new KeyServer { Address = door.RestAddress }], CertificateAuthorityFile = authority, Token = SecretReference.FromFile(file) };
        using var client = new KeyreeveClient(options);
        Assert.Equal("app", (await client.WhoAmIAsync()).Name);

        var second = (await app.PostAsync("/v1/tokens", Body("sdk", "use"))).Expect(201);
        (await app.DeleteAsync("/v1/tokens/" + first.Json["terms"]!["id"])).Expect(204);
        Assert.Equal("AuthenticationFailed", (await Assert.ThrowsAsync<KeyreeveClientException>(() => client.WhoAmIAsync())).Error);
        Write(file, second.Text("token"));

        Assert.Equal("app", (await client.WhoAmIAsync()).Name);
    }

    private static async Task<List<JsonNode>> ListAsync(RestClient client) => [.. (await client.GetAsync("/v1/tokens")).Expect(200).Json["tokens"]!.AsArray().Select(static t => t!)];

    private static void Write(string path, string content)
    {
        File.WriteAllText(path, "");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(path, content);
    }

    private static JsonObject Body(string label, string allow, string? group = null, string? principal = null, string? network = null, string? validFor = null)
    {
        var body = new JsonObject { ["label"] = label, ["allow"] = new JsonArray(allow) };
        if (group is not null) body["groups"] = new JsonArray(group);
        if (network is not null) body["networks"] = new JsonArray(network);
        if (principal is not null) body["principal"] = principal;
        if (validFor is not null) body["validFor"] = validFor;
        return body;
    }

    private static async Task<JsonObject> WhoIsAsync(RestClient client, string? token) =>
        (token is null ? await client.GetAsync("/v1/whoami") : await SendAsync(client, HttpMethod.Get, "/v1/whoami", token)).Expect(200).Json;

    private static IEnumerable<string> Rights(JsonObject who) => who["grants"]!.AsArray()
        .Select(static grant => grant!["key"] is { } key ? $"{grant["role"]}@key:{key}" : $"{grant["role"]}@{grant["group"]}").Order(StringComparer.Ordinal);

    private static Dictionary<string, string> Bearer(string token) => new() { ["Authorization"] = "Bearer " + token };

    private static Task<RestReply> SendAsync(RestClient client, HttpMethod method, string path, string token, JsonNode? body = null) =>
        client.SendAsync(method, path, body, Bearer(token));
}
