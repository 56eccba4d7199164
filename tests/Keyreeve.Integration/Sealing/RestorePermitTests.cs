using System.Text.Json.Nodes;
using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Integration.Audit;
using Keyreeve.Integration.Rest;
using Xunit;

namespace Keyreeve.Integration.Sealing;

/// <summary>What others have to agree to before a store is put back, and before records leave the trail: asked, approved by another, done.</summary>
[Trait("Speed", "Slow")]
public sealed class RestorePermitTests : IAsyncLifetime
{
    private const string Records = "/v1/audit/prune";
    private const string Permits = "/v1/restore-permits";

    private readonly RestorableServer _server = new();

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        await _server.ChangePolicyAsync(static policy => policy["approvals"] = new JsonArray(
            new JsonObject { ["for"] = new JsonArray("restore", "audit-retention"), ["tenant"] = true, ["approvals"] = 1 }));
        await _server.EnrolAsync("olga", "*", "officer");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    [Trait("Attack", "32")]
    [Trait("Attack", "47")]
    public async Task Start_OlderStore_TakesAPermissionThatAnotherHasApproved_AndTakesItOnce()
    {
        await _server.KeepCopyAsync();
        var body = new JsonObject { ["reason"] = "ticket 4711", ["validFor"] = "PT1H" };
        (await AskedAndApprovedAsync(Permits, body)).Expect(201);
        Assert.Contains("the store may be put back until ", Told("PermitRestore"), StringComparison.Ordinal);

        await _server.PutBackAsync();
        _server.Reason = "disk replaced";
        await _server.RestartAsync();
        Assert.Contains("accepted: disk replaced, permitted by record ", Told("ServerStart", "older than the trail"), StringComparison.Ordinal);

        await _server.PutBackAsync();
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(_server.RestartAsync);
        Assert.Equal(KeyreeveError.ApprovalRequired, refusal.Error);
    }

    [Fact]
    [Trait("Attack", "32")]
    [Trait("Attack", "48")]
    public async Task Prune_TakesAnothersApproval_AndNoStoreFromBeforeWhatIsLeftIsPutBack()
    {
        await _server.KeepCopyAsync();
        await FillAsync();
        var archived = TrailFixture.Archive(Trail, Path.Combine(_server.Folder, "archive"));
        var body = new JsonObject { ["archived"] = archived.ToString(), ["before"] = DateTimeOffset.UtcNow.ToString("O", System.Globalization.CultureInfo.InvariantCulture) };

        var pruned = await AskedAndApprovedAsync(Records, body);

        pruned.Expect(200);
        Assert.StartsWith($"records 1 to {pruned.Number("records")} are removed; ", Told("PruneAudit"), StringComparison.Ordinal);
        using (var auditor = _server.Client(_server.Admin))
        {
            (await auditor.GetAsync("/v1/audit?limit=1000")).Expect(200);
        }

        await _server.Server.StopAsync();
        var found = AuditVerifier.Verify(new AuditVerifierOptions { Directory = Trail }, default);
        Assert.True(found.IsIntact, found.Finding?.Explanation);
        Assert.Equal(pruned.Number("records"), found.RemovedRecords);
        await _server.RestartAsync();

        // What was destroyed between that copy and what is left of the trail nobody here could destroy again.
        (await AskedAndApprovedAsync(Permits, new JsonObject { ["reason"] = "ticket 4712" })).Expect(201);
        await _server.PutBackAsync();
        _server.Reason = "disk replaced";
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(_server.RestartAsync);
        Assert.Contains("what is left of the audit trail", refusal.Message, StringComparison.Ordinal);
    }

    private string Trail => Path.Combine(_server.DataDirectory, "audit");

    // Refused to the one who is alone, and to the one who approves what he has asked for; then another approves.
    private async Task<RestReply> AskedAndApprovedAsync(string path, JsonObject body)
    {
        using var admin = _server.Client(_server.Admin);
        using var olga = _server.Client(await _server.EnrolAsync("olga", "*", "officer"));
        var id = (await admin.PostAsync(path, body.DeepClone())).ExpectError(403, "ApprovalRequired").Text("reference");
        (await admin.PostAsync($"/v1/approvals/{id}/approve")).ExpectError(403, "PermissionDenied");
        Assert.Equal(id, (await admin.PostAsync(path, body.DeepClone())).ExpectError(403, "ApprovalRequired").Text("reference"));
        (await olga.PostAsync($"/v1/approvals/{id}/approve")).Expect(200);
        // Records stay until everybody who follows the trail has read them.
        RestReply reply = null!;
        await TrailFixture.UntilAsync(async () => (reply = await admin.PostAsync(path, body.DeepClone())).Status != 400, "the trail was passed on");
        return reply;
    }

    private string Told(string operation, string containing = "") => _server.ReadAudit().Select(static r => r["event"]!)
        .Last(e => e["operation"]!.GetValue<string>() == operation && e["result"]!.GetValue<string>() is "Success" && e["detail"]!.GetValue<string>().Contains(containing, StringComparison.Ordinal))["detail"]!
        .GetValue<string>();

    private async Task FillAsync()
    {
        var trail = _server.Server.Trail!;
        for (var i = 0; i < 6000; i += 500)
        {
            AuditTicket last = default;
            for (var n = 0; n < 500; n++) last = trail.Append(TrailFixture.Event());
            await trail.WhenDurableAsync(last, default);
        }
    }
}
