using System.Text.Json.Nodes;
using Keyreeve.Integration.Rest;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>Tenants, from making one to freezing it, as both doors have them.</summary>
[Trait("Speed", "Slow")]
public sealed class TenantAdministrationTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    [Trait("Attack", "28")]
    public async Task Create_ATenant_HasAKeyHierarchyPrincipalsPolicyPurposesAndTrailOfItsOwn()
    {
        using var root = server.Client(server.Admin);
        using var rootApp = server.Client(server.App);
        var (number, acmeAdmin) = await CreateAsync(root, "acme");
        using var alice = acmeAdmin;
        using var acme = server.Client(alice);

        // The same name in both is two keys; neither door nor list shows the other's.
        await rootApp.CreateKeyAsync("orders", "g");
        await acme.CreateKeyAsync("orders", "g");
        await acme.CreateKeyAsync("of-acme", "g");
        Assert.Equal(["of-acme", "orders"], Names((await acme.GetAsync("/v1/keys")).Expect(200), "keys"));
        Assert.DoesNotContain("of-acme", Names((await rootApp.GetAsync("/v1/keys")).Expect(200), "keys"));
        (await rootApp.GetAsync("/v1/keys/of-acme")).ExpectError(404, "ItemNotFound");

        Assert.Equal(["alice"], Names((await acme.GetAsync("/v1/principals")).Expect(200), "principals"));
        Assert.DoesNotContain("alice", Names((await root.GetAsync("/v1/principals")).Expect(200), "principals"));
        (await root.PostAsync("/v1/principals/alice/disable")).ExpectError(404, "ItemNotFound");

        var policy = (await acme.GetAsync("/v1/policy")).Expect(200).Json["policy"]!.DeepClone().AsObject();
        policy["purposes"] = JsonNode.Parse("""[{"code": "acme-only"}]""");
        (await acme.SendAsync(HttpMethod.Put, "/v1/policy", new JsonObject { ["policy"] = policy })).Expect(200);
        Assert.DoesNotContain("acme-only", (await root.GetAsync("/v1/policy")).Expect(200).Body, StringComparison.Ordinal);

        var shown = (await root.GetAsync("/v1/tenants/acme")).Expect(200);
        Assert.Equal((number, "Active", 1, 2), (shown.Number("number"), shown.Text("state"), shown.Number("principals"), shown.Number("objects")));
        Assert.DoesNotContain("of-acme", shown.Body, StringComparison.Ordinal);

        await TrailAsync(acme, "of-acme");
        Assert.DoesNotContain("of-acme", (await root.GetAsync("/v1/audit?limit=1000")).Expect(200).Body, StringComparison.Ordinal);
        // Who was let in by whom, the tenant's own auditor sees.
        var enrolled = await TrailAsync(acme, "admin of the root tenant");
        Assert.Contains("Enrol", enrolled, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "28")]
    public async Task WhatIsCountedOfTheWholeServer_IsNotATenants()
    {
        using var root = server.Client(server.Admin);
        var (_, admin) = await CreateAsync(root, "curious");
        using var principal = admin;
        using var rest = server.Client(principal);
        (await root.GetAsync("/metrics")).Expect(200);
        (await root.GetAsync("/v1/status")).Expect(200);

        (await rest.GetAsync("/metrics")).ExpectError(403, "PermissionDenied");
        (await rest.GetAsync("/v1/status")).ExpectError(403, "PermissionDenied");
        var learning = (await rest.GetAsync("/v1/alerts")).Expect(200).Json["learning"]!;
        Assert.Equal((0, 0, 0), (learning["known"]!.GetValue<int>(), learning["learning"]!.GetValue<int>(), learning["lag"]!.GetValue<int>()));
        // Nor do the names of requests tell how many came between.
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 20; i++) ids.Add((await rest.GetAsync("/v1/keys/absent")).ExpectError(404, "ItemNotFound").Text("correlationId")[..12]);
        Assert.Equal(20, ids.Count);
    }

    [Fact]
    public async Task Freeze_RefusesEverythingOnOpenConnectionsOfBothDoors_UntilItIsThawed()
    {
        using var root = server.Client(server.Admin);
        var (_, admin) = await CreateAsync(root, "frosty");
        using var principal = admin;
        using var rest = server.Client(principal);
        await using var kmip = server.Kmip(principal);
        await rest.CreateKeyAsync("cold", "g");
        await kmip.LocateAsync(AttributeList.Empty);

        var frozen = (await root.PostAsync("/v1/tenants/frosty/freeze", new JsonObject { ["reason"] = "unpaid since May" })).Expect(200);
        Assert.Equal(("Frozen", "admin"), (frozen.Text("state"), frozen.Text("changedBy")));
        foreach (var path in new[] { "/v1/keys", "/v1/keys/cold", "/v1/keys/absent", "/v1/whoami", "/v1/principals", "/v1/policy", "/v1/audit", "/v1/random?bytes=8" })
        {
            var refused = (await rest.GetAsync(path)).ExpectError(403, "PermissionDenied");
            Assert.Contains("is frozen since", refused.Text("detail"), StringComparison.Ordinal);
            Assert.Contains("unpaid since May", refused.Text("detail"), StringComparison.Ordinal);
            Assert.Contains("keyreeve tenant thaw frosty", refused.Text("detail"), StringComparison.Ordinal);
        }

        var told = await Assert.ThrowsAsync<KmipException>(() => kmip.LocateAsync(AttributeList.Empty));
        Assert.Contains("is frozen since", told.Message, StringComparison.Ordinal);
        Assert.Contains(server.ReadAudit(), static r => r["event"]!["rule"]?.GetValue<string>() == "tenant-frozen");

        // It stays so over a restart, and the code of somebody who has not enrolled yet does not get him in.
        var late = (await root.PostAsync("/v1/tenants/frosty/administrators", new JsonObject { ["administrator"] = "late" })).Expect(200).Text("code");
        await server.RestartAsync();
        using var rootAgain = server.Client(server.Admin);
        using var restAgain = server.Client(principal);
        (await restAgain.GetAsync("/v1/keys")).ExpectError(403, "PermissionDenied");
        await Assert.ThrowsAnyAsync<Exception>(() => server.EnrolWithCodeAsync("late", late));

        (await rootAgain.PostAsync("/v1/tenants/frosty/thaw")).Expect(200);
        (await restAgain.GetAsync("/v1/keys/cold")).Expect(200);
        (await server.EnrolWithCodeAsync("late", late)).Dispose();
    }

    [Fact]
    [Trait("Attack", "34")]
    public async Task Tenants_OfATenantsOfficer_AreRefused_AndSoIsTheRootOfTrust()
    {
        using var root = server.Client(server.Admin);
        var (_, admin) = await CreateAsync(root, "small");
        using var principal = admin;
        using var rest = server.Client(principal);
        using var app = server.Client(server.App);

        foreach (var client in new[] { rest, app })
        {
            foreach (var path in new[] { "/v1/tenants", "/v1/tenants/small", "/v1/tenants/absent", "/v1/seal" })
                (await client.GetAsync(path)).ExpectError(403, "PermissionDenied");
            (await client.PostAsync("/v1/tenants", new JsonObject { ["name"] = "mine", ["administrator"] = "me" })).ExpectError(403, "PermissionDenied");
            foreach (var path in new[] { "/v1/tenants/small/freeze", "/v1/tenants/default/freeze", "/v1/tenants/small/thaw", "/v1/seal/rotate", "/v1/seal/tenant-key/rotate" })
                (await client.PostAsync(path)).ExpectError(403, "PermissionDenied");
            (await client.PostAsync("/v1/tenants/small/administrators", new JsonObject { ["administrator"] = "me" })).ExpectError(403, "PermissionDenied");
        }
    }

    [Fact]
    [Trait("Attack", "27")]
    public async Task Names_AreExact_AndGivenOnce()
    {
        using var root = server.Client(server.Admin);
        using var principal = (await CreateAsync(root, "Once")).Admin;
        (await NewAsync(root, "Once")).ExpectError(409, "NonUniqueName");
        (await NewAsync(root, "ONCE")).ExpectError(409, "NonUniqueName");
        (await NewAsync(root, "default")).ExpectError(409, "NonUniqueName");
        foreach (var wrong in new[] { "", " once", "a/b", "*", "ａ", "a\0" }) (await NewAsync(root, wrong)).ExpectError(400, "InvalidField");
        (await root.GetAsync("/v1/tenants/once")).ExpectError(404, "ItemNotFound");
        (await root.PostAsync("/v1/tenants/default/freeze")).ExpectError(400, "InvalidField");
    }

    [Fact]
    [Trait("Attack", "22")]
    public async Task Credential_OfAnIssuerThatIsNotTheTenants_IsRefusedWhoeverHasIt()
    {
        using var root = server.Client(server.Admin);
        var authority = (await root.GetAsync("/v1/ca")).Expect(200).Text("caChain");
        var fingerprint = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
            System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(authority).PublicKey.ExportSubjectPublicKeyInfo()));
        using var principal = (await CreateAsync(root, "squatter")).Admin;
        using var rest = server.Client(principal);
        JsonObject New(string name) => new()
        {
            ["name"] = name, ["group"] = "*", ["allow"] = new JsonArray("use"), ["credential"] = new JsonObject { ["certificateName"] = "uri:spiffe://x/billing", ["authority"] = fingerprint },
        };

        var free = (await rest.PostAsync("/v1/principals", New("mine"))).ExpectError(403, "PermissionDenied");
        (await root.PostAsync("/v1/principals", New("theirs"))).Expect(200);
        // Whether somebody has it makes no difference.
        var taken = (await rest.PostAsync("/v1/principals", New("mine"))).ExpectError(403, "PermissionDenied");
        Assert.Equal(free.Text("detail"), taken.Text("detail"));
        Assert.Equal("theirs", Names((await root.GetAsync("/v1/principals")).Expect(200), "principals").Single(static n => n == "theirs"));
    }

    private static Task<RestReply> NewAsync(RestClient root, string name) =>
        root.PostAsync("/v1/tenants", new JsonObject { ["name"] = name, ["administrator"] = "alice" });

    private async Task<(int Number, TestPrincipal Admin)> CreateAsync(RestClient root, string name)
    {
        var made = (await NewAsync(root, name)).Expect(201).Json;
        return (made["tenant"]!["number"]!.GetValue<int>(), await server.EnrolWithCodeAsync("alice", made["code"]!["code"]!.GetValue<string>()));
    }

    private static string[] Names(RestReply reply, string member) =>
        [.. reply.Json[member]!.AsArray().Select(static k => k!["name"]!.GetValue<string>()).Order(StringComparer.Ordinal)];

    // A record is found some time after it was written.
    private static async Task<string> TrailAsync(RestClient auditor, string text)
    {
        for (var until = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(60); ; await Task.Delay(20))
        {
            var page = (await auditor.GetAsync("/v1/audit?limit=1000")).Expect(200).Body;
            if (page.Contains(text, StringComparison.Ordinal)) return page;
            Assert.True(DateTimeOffset.UtcNow < until, page);
        }
    }
}
