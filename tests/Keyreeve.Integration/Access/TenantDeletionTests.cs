using System.Text.Json.Nodes;
using Keyreeve.Core;
using Keyreeve.Integration.Rest;
using Keyreeve.Integration.Sealing;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>The end of a tenant and all its keys.</summary>
[Trait("Speed", "Slow")]
public sealed class TenantDeletionTests : IAsyncLifetime
{
    private readonly RestorableServer _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    [Trait("Attack", "47")]
    [Trait("Attack", "48")]
    public async Task Restore_OfACopyFromBeforeATenantsEnd_EndsItAgainBeforeADoorOpens()
    {
        using var bob = await MakeAsync();
        string ciphertext;
        using (var user = _server.Client(bob))
        {
            await user.CreateKeyAsync("perishable", "g");
            ciphertext = await user.EncryptAsync("perishable", [1, 2, 3]);
        }

        await _server.KeepCopyAsync();
        await EndAsync();
        await _server.PutBackAsync();
        Assert.Equal(KeyreeveError.IntegrityFailure, (await Assert.ThrowsAsync<KeyreeveException>(_server.RestartAsync)).Error);
        _server.Reason = "the disk was replaced, ticket 4711";
        await _server.RestartAsync();

        using var again = _server.Client(bob);
        Assert.Contains("was deleted", (await again.DecryptAsync(ciphertext)).ExpectError(403, "PermissionDenied").Text("detail"), StringComparison.Ordinal);
        using var admin = _server.Client(_server.Admin);
        var shown = (await admin.GetAsync("/v1/tenants/doomed")).Expect(200);
        Assert.Equal("Deleted", shown.Text("state"));
        Assert.Empty(shown.Json["keyVersions"]!.AsArray());
        Assert.Equal(2, _server.ReadAudit().Count(static r => r["event"]!["operation"]!.GetValue<string>() is "DeleteTenant" && r["event"]!["result"]!.GetValue<string>() is "Success"));
    }

    [Fact]
    public async Task Delete_TakesFreezingAndTwoPeople_AndThenItsKeysAreGoneAndTheTrailStays()
    {
        using var root = _server.Client(_server.Admin);
        var made = (await NewAsync(root)).Expect(201).Json;
        var number = made["tenant"]!["number"]!.GetValue<int>();
        using var principal = await _server.EnrolWithCodeAsync("alice", made["code"]!["code"]!.GetValue<string>());
        using var rest = _server.Client(principal);
        await rest.CreateKeyAsync("perishable", "g");

        (await root.DeleteAsync("/v1/tenants/doomed")).ExpectError(409, "WrongKeyLifecycleState");
        (await root.PostAsync("/v1/tenants/doomed/freeze")).Expect(200);
        // Also while there is nobody yet who could agree.
        var reference = (await root.DeleteAsync("/v1/tenants/doomed")).ExpectError(403, "ApprovalRequired").Text("reference");
        var second = await _server.EnrolAsync("second-officer", "*", "officer");
        using var officer = _server.Client(second);
        (await root.PostAsync($"/v1/approvals/{reference}/approve")).ExpectError(403, "PermissionDenied");
        (await officer.PostAsync($"/v1/approvals/{reference}/approve")).Expect(200);
        Assert.Equal("Deleted", (await root.DeleteAsync("/v1/tenants/doomed")).Expect(200).Text("state"));

        Assert.Contains("was deleted", (await rest.GetAsync("/v1/keys")).ExpectError(403, "PermissionDenied").Text("detail"), StringComparison.Ordinal);
        (await root.PostAsync("/v1/tenants/doomed/thaw")).ExpectError(410, "ObjectDestroyed");
        (await NewAsync(root)).Expect(409);
        var shown = (await root.GetAsync("/v1/tenants/doomed")).Expect(200);
        Assert.Empty(shown.Json["keyVersions"]!.AsArray());
        Assert.Contains(_server.ReadAudit(), r => r["event"]!["tenant"]!.GetValue<int>() == number && r["event"]!["keyName"]?.GetValue<string>() == "perishable");

        // Gone from the disk, over a restart; what is left of its rows is removed.
        await _server.RestartAsync();
        using var again = _server.Client(_server.Admin);
        for (var until = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(60); (await again.GetAsync("/v1/tenants/doomed")).Expect(200).Number("objects") > 0; await Task.Delay(50))
            Assert.True(DateTimeOffset.UtcNow < until);
        using var still = _server.Client(principal);
        (await still.GetAsync("/v1/keys")).ExpectError(403, "PermissionDenied");
    }

    // The tenant, and somebody in it who has keys.
    private async Task<TestPrincipal> MakeAsync()
    {
        using var root = _server.Client(_server.Admin);
        using var alice = await _server.EnrolWithCodeAsync("alice", (await NewAsync(root)).Expect(201).Json["code"]!["code"]!.GetValue<string>());
        using var officer = _server.Client(alice);
        var body = new JsonObject { ["name"] = "bob", ["group"] = "*", ["allow"] = new JsonArray("use", "manage") };
        return await _server.EnrolWithCodeAsync("bob", (await officer.PostAsync("/v1/enrolment-codes", body)).Expect(200).Text("code"));
    }

    // As two officers of the root tenant do; the code for the second is given while the first is alone.
    private async Task EndAsync()
    {
        using var root = _server.Client(_server.Admin);
        var second = await _server.EnrolAsync("second-officer", "*", "officer");
        using var officer = _server.Client(second);
        (await root.PostAsync("/v1/tenants/doomed/freeze")).Expect(200);
        var reference = (await root.DeleteAsync("/v1/tenants/doomed")).ExpectError(403, "ApprovalRequired").Text("reference");
        (await officer.PostAsync($"/v1/approvals/{reference}/approve")).Expect(200);
        (await root.DeleteAsync("/v1/tenants/doomed")).Expect(200);
    }

    private static Task<RestReply> NewAsync(RestClient root) => root.PostAsync("/v1/tenants", new JsonObject { ["name"] = "doomed", ["administrator"] = "alice" });
}
