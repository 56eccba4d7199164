using System.Text.Json.Nodes;
using Keyreeve.Integration.Rest;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>The end of a tenant and all its keys.</summary>
[Trait("Speed", "Slow")]
public sealed class TenantDeletionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Delete_TakesFreezingAndTwoPeople_AndThenItsKeysAreGoneAndTheTrailStays()
    {
        using var root = server.Client(server.Admin);
        var made = (await NewAsync(root)).Expect(201).Json;
        var number = made["tenant"]!["number"]!.GetValue<int>();
        using var principal = await server.EnrolWithCodeAsync("alice", made["code"]!["code"]!.GetValue<string>());
        using var rest = server.Client(principal);
        await rest.CreateKeyAsync("perishable", "g");

        (await root.DeleteAsync("/v1/tenants/doomed")).ExpectError(409, "WrongKeyLifecycleState");
        (await root.PostAsync("/v1/tenants/doomed/freeze")).Expect(200);
        // Also while there is nobody yet who could agree.
        var reference = (await root.DeleteAsync("/v1/tenants/doomed")).ExpectError(403, "ApprovalRequired").Text("reference");
        var second = await server.EnrolAsync("second-officer", "*", "officer");
        using var officer = server.Client(second);
        (await root.PostAsync($"/v1/approvals/{reference}/approve")).ExpectError(403, "PermissionDenied");
        (await officer.PostAsync($"/v1/approvals/{reference}/approve")).Expect(200);
        Assert.Equal("Deleted", (await root.DeleteAsync("/v1/tenants/doomed")).Expect(200).Text("state"));

        Assert.Contains("was deleted", (await rest.GetAsync("/v1/keys")).ExpectError(403, "PermissionDenied").Text("detail"), StringComparison.Ordinal);
        (await root.PostAsync("/v1/tenants/doomed/thaw")).ExpectError(410, "ObjectDestroyed");
        (await NewAsync(root)).Expect(409);
        var shown = (await root.GetAsync("/v1/tenants/doomed")).Expect(200);
        Assert.Empty(shown.Json["keyVersions"]!.AsArray());
        Assert.Contains(server.ReadAudit(), r => r["event"]!["tenant"]!.GetValue<int>() == number && r["event"]!["keyName"]?.GetValue<string>() == "perishable");

        // Gone from the disk, over a restart; what is left of its rows is removed.
        await server.RestartAsync();
        using var again = server.Client(server.Admin);
        for (var until = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(60); (await again.GetAsync("/v1/tenants/doomed")).Expect(200).Number("objects") > 0; await Task.Delay(50))
            Assert.True(DateTimeOffset.UtcNow < until);
        using var still = server.Client(principal);
        (await still.GetAsync("/v1/keys")).ExpectError(403, "PermissionDenied");
    }

    private static Task<RestReply> NewAsync(RestClient root) => root.PostAsync("/v1/tenants", new JsonObject { ["name"] = "doomed", ["administrator"] = "alice" });
}
