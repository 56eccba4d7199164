using System.Text.Json.Nodes;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>Grants, from their making to their end, on connections that are open.</summary>
public sealed class GrantTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    [Trait("Attack", "31")]
    public async Task Grant_OfAPartOfOnesRights_HoldsUntilItIsRevokedOrTheRightIsLost()
    {
        using var ann = server.Client(await server.EnrolAsync("ann", "ann", "use", "manage", "grant"));
        using var bob = server.Client(await server.EnrolAsync("bob", "bob", "use"));
        using var officer = server.Client(server.Admin);
        await ann.CreateKeyAsync("anns-key", "ann/keys");
        var secret = await ann.EncryptAsync("anns-key", [1, 2, 3]);
        (await bob.DecryptAsync(secret)).ExpectError(422, "CryptographicFailure");
        (await bob.GetAsync("/v1/keys/anns-key")).ExpectError(404, "ItemNotFound");

        // Not to himself, not more than he has, not by who may not, not to somebody whose duties it does not go together with.
        (await ann.PostAsync("/v1/grants", Body("ann", "decrypt"))).ExpectError(400, "InvalidField");
        (await ann.PostAsync("/v1/grants", Body("bob", "export"))).ExpectError(403, "PermissionDenied");
        (await ann.PostAsync("/v1/grants", Body("bob", "audit"))).ExpectError(400, "InvalidField");
        (await ann.PostAsync("/v1/grants", Body("nobody-there", "decrypt"))).ExpectError(404, "ItemNotFound");
        (await ann.PostAsync("/v1/grants", Body("admin", "decrypt"))).ExpectError(400, "InvalidField");
        (await bob.PostAsync("/v1/grants", Body("app", "decrypt"))).ExpectError(404, "ItemNotFound");

        var grant = (await ann.PostAsync("/v1/grants", Body("bob", "decrypt"))).Expect(201);
        var id = grant.Text("id");
        (await bob.DecryptAsync(secret, key: "anns-key")).Expect(200);
        (await bob.PostAsync("/v1/keys/anns-key/encrypt", new JsonObject { ["plaintext"] = "AA==" })).ExpectError(403, "PermissionDenied");
        var record = server.ReadAudit().Select(r => r["event"]!).Last(e => e["operation"]?.ToString() is "Decrypt" && e["principal"]?.ToString() is "bob" && e["result"]?.ToString() is "Success");
        Assert.Equal("grant:" + id, record["rule"]!.ToString());
        Assert.Equal(id, Assert.Single((await bob.GetAsync("/v1/grants")).Expect(200).Json["grants"]!.AsArray())!["id"]!.ToString());
        (await bob.GetAsync("/v1/grants?all=true")).ExpectError(403, "PermissionDenied");
        Assert.Single((await officer.GetAsync("/v1/grants?all=true")).Expect(200).Json["grants"]!.AsArray());

        // It survives a restart, and its end does.
        await server.RestartAsync();
        using var bobAgain = server.Client(await server.EnrolAsync("bob", "bob", "use"));
        using var annAgain = server.Client(await server.EnrolAsync("ann", "ann", "use"));
        (await bobAgain.DecryptAsync(secret, key: "anns-key")).Expect(200);
        using var stranger = server.Client(await server.EnrolAsync("stranger", "stranger", "use"));
        (await stranger.DeleteAsync("/v1/grants/" + id)).ExpectError(403, "PermissionDenied");
        (await annAgain.DeleteAsync("/v1/grants/" + id)).Expect(204);
        (await bobAgain.GetAsync("/v1/keys/anns-key")).ExpectError(404, "ItemNotFound");
        (await annAgain.DeleteAsync("/v1/grants/" + id)).ExpectError(403, "PermissionDenied");

        // Whoever is disabled takes with it what it gave.
        (await annAgain.PostAsync("/v1/grants", Body("bob", "decrypt"))).Expect(201);
        (await bobAgain.DecryptAsync(secret, key: "anns-key")).Expect(200);
        await server.DisableAsync("ann");
        (await bobAgain.GetAsync("/v1/keys/anns-key")).ExpectError(404, "ItemNotFound");
    }

    [Fact]
    public async Task Grant_AfterItsTime_IsRefused_AndTheTrailSaysThatItHasEnded()
    {
        await using var late = new LateServer();
        await late.InitializeAsync();
        using var ann = late.Client(await late.EnrolAsync("ann", "ann", "use", "manage", "grant"));
        using var bob = late.Client(await late.EnrolAsync("bob", "bob", "use"));
        await ann.CreateKeyAsync("anns-key", "ann/keys");
        var secret = await ann.EncryptAsync("anns-key", [1, 2, 3]);
        var body = Body("bob", "decrypt");
        body["validFor"] = "PT1M";
        var id = (await ann.PostAsync("/v1/grants", body)).Expect(201).Text("id");
        (await bob.DecryptAsync(secret, key: "anns-key")).Expect(200);

        late.Clock.Jump(TimeSpan.FromMinutes(2));
        (await bob.DecryptAsync(secret)).ExpectError(422, "CryptographicFailure");
        (await bob.GetAsync("/v1/keys/anns-key")).ExpectError(404, "ItemNotFound");
        var denied = late.ReadAudit().Select(static r => r["event"]!).Last(static e => e["principal"]?.ToString() is "bob" && e["operation"]?.ToString() is "GetKey");
        Assert.Equal("Denied", denied["result"]!.ToString());
        // A part of what 'decrypt' gives is to know of the key.
        Assert.Equal($"default-deny; grant:{id} has ended", denied["rule"]!.ToString());
    }

    private static JsonObject Body(string to, string allow) => new() { ["key"] = "anns-key", ["to"] = to, ["allow"] = new JsonArray(allow) };

    private sealed class LateServer : ServerFixture
    {
        public JumpingTime Clock { get; } = new();

        public override TimeProvider Time => Clock;
    }
}
