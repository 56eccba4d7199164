using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Keyreeve.Integration.Audit;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>The oldest records leave the trail of a server in a process of its own, as two people do it on the command line; what stays verifies with and without Keyreeve.</summary>
[Trait("Speed", "Slow")]
public sealed class PruneCommandTests : IAsyncLifetime
{
    // More than the least size that a segment has.
    private const int Records = 3000;

    private ServerProcess _server = null!;

    private string Trail => Path.Combine(_server.DataDirectory, "audit");

    private string Archive => Path.Combine(_server.Folder, "archive");

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartNewAsync();
        await _server.StopAsync();
        _server.Settings.Add("audit.segment-size=1MiB");
        await _server.StartAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    [Trait("Attack", "32")]
    public async Task Prune_ApprovedByAnother_LeavesATrailThatVerifiesWithAndWithoutKeyreeve()
    {
        var admin = await _server.EnrolAsync("admin", _server.AdministratorCode);
        var shop = await _server.EnrolAsync(admin, "shop", "payments", "use");
        var olga = await SecondOfficerAsync(admin);
        await FillAsync(admin, shop);
        TrailFixture.Archive(Trail, Archive);
        string[] prune = ["audit", "prune", "--archive", Archive, "--before", DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), "--config", admin];

        var asked = await RefusedAsync(5, "ApprovalRequired", prune);
        var request = Regex.Match(asked, "approval approve (?<id>[-0-9a-f]+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["id"].Value;
        await RefusedAsync(5, "Nobody approves what he has asked for himself", "approval", "approve", request, "--config", admin);
        await RefusedAsync(5, "ApprovalRequired", prune);
        await DoneAsync("approval", "approve", request, "--config", olga);
        // Records stay until everybody who follows the trail has read them.
        Finished pruned = null!;
        await TrailFixture.UntilAsync(async () => (pruned = await CliProcess.RunAsync(_server.Folder, prune)).ExitCode != 7, "the trail was passed on");

        Assert.True(pruned.ExitCode == 0, pruned.ToString());
        Assert.Matches(@"^removed   records 1 to [0-9]+\nposition  [0-9]+", pruned.Text);
        Assert.False(File.Exists(Path.Combine(Trail, "000001.jsonl")));
        Assert.Contains($"approval {request} by olga", await DoneAsync("audit", "search", "--operation", "PruneAudit", "--config", admin, "--output", "json"), StringComparison.Ordinal);
        await RefusedAsync(5, "ApprovalRequired", prune);
        await VerifyAsync(Trail);

        // It goes on from there.
        await _server.StopAsync();
        await _server.StartAsync();
        await DoneAsync("key", "create", "later", "--group", "payments", "--config", admin);
        await _server.StopAsync();
        await VerifyAsync(Trail);
        await VerifyAsync(Archive);
    }

    private async Task VerifyAsync(string directory)
    {
        await DoneAsync("audit", "verify", "--directory", directory);
        var (status, text) = await VerifyScript.RunAsync(directory, Path.Combine(Archive, "verifier.pub"));
        Assert.True(status == 0, text);
    }

    // The rule is written while the first one is alone.
    private async Task<string> SecondOfficerAsync(string admin)
    {
        var file = Path.Combine(_server.Folder, "policy.json");
        var policy = JsonNode.Parse(await DoneAsync("policy", "export", "--config", admin))!.AsObject();
        policy["approvals"] = new JsonArray(new JsonObject { ["for"] = new JsonArray("audit-retention"), ["tenant"] = true, ["approvals"] = 1 });
        await File.WriteAllTextAsync(file, policy.ToJsonString());
        await DoneAsync("policy", "apply", file, "--config", admin);
        return await _server.EnrolAsync(admin, "olga", "*", "officer");
    }

    private static async Task FillAsync(string admin, string shop)
    {
        using (var administrator = ServerProcess.Connect(admin)) await administrator.Keys.CreateAsync(new NewKey { Name = "cards", Group = "payments" });
        using var client = ServerProcess.Connect(shop);
        for (var i = 0; i < Records; i += 1000)
            await client.EncryptManyAsync("cards", [.. Enumerable.Range(0, 1000).Select(static _ => new BoundValue(new byte[16], EncryptionContext.Empty))]);
    }

    private async Task<string> DoneAsync(params string[] arguments)
    {
        var finished = await CliProcess.RunAsync(_server.Folder, arguments);
        Assert.True(finished.ExitCode == 0, finished.ToString());
        return finished.Text;
    }

    private async Task<string> RefusedAsync(int exitCode, string containing, params string[] arguments)
    {
        var finished = await CliProcess.RunAsync(_server.Folder, arguments);
        Assert.True(finished.ExitCode == exitCode && finished.Errors.Contains(containing, StringComparison.Ordinal), finished.ToString());
        return finished.Errors;
    }
}
