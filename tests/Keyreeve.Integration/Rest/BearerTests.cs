using System.Text.Json.Nodes;
using Keyreeve.Integration.Identity;
using Xunit;

namespace Keyreeve.Integration.Rest;

/// <summary>Tokens at the REST door.</summary>
public sealed class BearerTests(BearerTests.Door door) : IClassFixture<BearerTests.Door>
{
    public sealed class Door : ServerFixture
    {
        private readonly string _keys = Directory.CreateTempSubdirectory("keyreeve-issuer-").FullName;

        public Door() => Issuer = new TokenIssuerForTests(_keys);

        internal TokenIssuerForTests Issuer { get; }

        protected override IReadOnlyList<string> Settings => ["token-issuers.login=" + Issuer.Setting];
    }

    [Fact]
    public async Task Token_OfAPrincipalThatWasAdded_LetsItInWithoutACertificate()
    {
        using var officer = door.Client(door.Admin);
        using var nobody = door.Client();
        var added = (await officer.PostAsync("/v1/principals", new JsonObject
        {
            ["name"] = "shop-ci", ["group"] = "*", ["allow"] = new JsonArray("manage", "use"),
            ["credential"] = new JsonObject { ["issuer"] = door.Issuer.Issuer, ["subject"] = "repo:shop" },
        })).Expect(200);

        var bearer = new Dictionary<string, string> { ["Authorization"] = "Bearer " + Token("repo:shop") };
        (await nobody.SendAsync(HttpMethod.Post, "/v1/keys", new JsonObject { ["name"] = "made-by-token" }, bearer)).Expect(201);
        Assert.Equal("shop-ci", (await SendAsync(nobody, "/v1/whoami", "bearer " + Token("repo:shop"))).Expect(200).Text("name"));
        Assert.Contains(door.ReadAudit().Select(r => r["event"]!), r => r["principal"]?.ToString() is "shop-ci" && string.Equals(r["credential"]?.ToString(), added.Text("fingerprint"), StringComparison.Ordinal));

        var other = (await officer.PostAsync("/v1/principals/shop-ci/credentials", new JsonObject { ["issuer"] = door.Issuer.Issuer, ["subject"] = "second" })).Expect(200);
        var id = other.Json["credentials"]![1]!["id"]!.ToString();
        (await SendAsync(nobody, "/v1/keys", "Bearer " + Token("second"))).Expect(200);
        (await officer.DeleteAsync("/v1/principals/shop-ci/credentials/" + id)).Expect(200);
        (await SendAsync(nobody, "/v1/keys", "Bearer " + Token("second"))).ExpectError(401, "AuthenticationFailed");

        await door.DisableAsync("shop-ci");
        (await SendAsync(nobody, "/v1/keys", "Bearer " + Token("repo:shop"))).ExpectError(401, "AuthenticationFailed");
    }

    [Fact]
    [Trait("Attack", "22")]
    public async Task Token_ThatIsNotGood_Is401AndTellsNothing()
    {
        using var nobody = door.Client();
        var answers = new List<string>();
        foreach (var token in new[] { Token("nobody"), TokenIssuerForTests.Unsigned(door.Issuer.Claims("nobody", DateTimeOffset.UtcNow)), "x", "kr-something" })
            answers.Add((await SendAsync(nobody, "/v1/keys", "Bearer " + token)).ExpectError(401, "AuthenticationFailed").Text("detail"));

        Assert.Single(answers.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Token_BesideAGoodCertificate_IsWhatCounts()
    {
        using var app = door.Client(door.App);

        (await SendAsync(app, "/v1/keys", "Bearer x")).ExpectError(401, "AuthenticationFailed");
        (await SendAsync(app, "/v1/keys", "Basic dXNlcjpwYXNz")).ExpectError(400, "InvalidField");
        (await app.GetAsync("/v1/keys")).Expect(200);
    }

    [Fact]
    public async Task AddPrincipal_WhatCannotBe_IsRefused()
    {
        using var officer = door.Client(door.Admin);
        using var app = door.Client(door.App);
        var body = new JsonObject
        {
            ["name"] = "wrong", ["group"] = "*", ["allow"] = new JsonArray("use"),
            ["credential"] = new JsonObject { ["issuer"] = "https://evil.example", ["subject"] = "s" },
        };

        (await officer.PostAsync("/v1/principals", body)).ExpectError(400, "InvalidField");
        body["credential"] = new JsonObject { ["issuer"] = door.Issuer.Issuer };
        (await officer.PostAsync("/v1/principals", body)).ExpectError(400, "InvalidField");
        body["credential"] = new JsonObject { ["certificateName"] = "CN=wrong" };
        (await officer.PostAsync("/v1/principals", body)).ExpectError(400, "InvalidField");
        body["credential"] = new JsonObject { ["issuer"] = door.Issuer.Issuer, ["subject"] = "s" };
        (await app.PostAsync("/v1/principals", body)).ExpectError(403, "PermissionDenied");
        body["allow"] = new JsonArray();
        (await officer.PostAsync("/v1/principals", body)).ExpectError(400, "InvalidField");
    }

    private string Token(string subject) => door.Issuer.Token(door.Issuer.Claims(subject, DateTimeOffset.UtcNow));

    private static Task<RestReply> SendAsync(RestClient client, string path, string authorization) =>
        client.SendAsync(HttpMethod.Get, path, (HttpContent?)null, new Dictionary<string, string> { ["Authorization"] = authorization });
}
