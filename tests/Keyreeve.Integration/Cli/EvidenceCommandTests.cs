using System.Text.Json;
using Keyreeve.Cli;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Keyreeve.Integration.Audit;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>What people ask the trail, the sinks and the alerts of a server in a process of its own.</summary>
[Trait("Speed", "Slow")]
public sealed class EvidenceCommandTests(EvidenceCommandTests.AuditedServer server) : IClassFixture<EvidenceCommandTests.AuditedServer>
{
    [Fact]
    public async Task History_OfAKeyByNameOrVersion_ShowsWhoUsedItWhenFromWhereAndForWhat()
    {
        var id = (await JsonAsync(["key", "create", "history-key", "--group", "shop"], server.Admin)).GetProperty("id").GetString()!;
        await RunAsync(["key", "create", "another-key", "--group", "shop"], server.Admin);
        await EncryptAsync("history-key", "refund/7");
        await EncryptAsync("another-key", "billing");

        // Found some tenths of a second after it was written.
        await TrailFixture.UntilAsync(async () => (await HistoryAsync("history-key")).Count == 2, "both records of the key");

        var history = await HistoryAsync("history-key");
        Assert.Equal(["Create", "Encrypt"], history.Select(static r => r.GetProperty("operation").GetString()));
        var use = history[1];
        Assert.Equal(("shop", "refund/7", "Success"), (use.GetProperty("principal").GetString(), use.GetProperty("purpose").GetString(), use.GetProperty("result").GetString()));
        Assert.Contains(use.GetProperty("sourceAddress").GetString(), (string[])["127.0.0.1", "::1"]);
        Assert.InRange(use.GetProperty("time").GetDateTimeOffset(), TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow());
        Assert.All(await HistoryAsync(id), r => Assert.Equal(id, r.GetProperty("objectId").GetString()));
        Assert.Equal("Encrypt", Assert.Single(await HistoryAsync("history-key", "--limit", "1")).GetProperty("operation").GetString());
        Assert.Equal("Encrypt", Assert.Single(await HistoryAsync("history-key", "--operation", "Encrypt")).GetProperty("operation").GetString());
        Assert.Empty(await HistoryAsync("never-made"));
        var refused = await CliProcess.RunAsync(server.Process.Folder, "audit", "history", "history-key", "--config", server.Shop);
        Assert.Equal(5, refused.ExitCode);
    }

    [Fact]
    public async Task Search_Following_ShowsEachRecordOnceAsItComesUnderOneHeading()
    {
        var lines = await FollowAsync("followed", []);

        Assert.StartsWith("SERIAL", lines[0], StringComparison.Ordinal);
        Assert.Equal(4, lines.Length);
        Assert.All(Enumerable.Range(1, 3), i => Assert.Contains($"step-{i}", lines[i], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Search_FollowingAsJson_WritesOneRecordALine()
    {
        var lines = await FollowAsync("followed-by-a-program", ["--output", "json"]);

        Assert.Equal(["step-1", "step-2", "step-3"], lines.Select(static line =>
        {
            using var record = JsonDocument.Parse(line);
            return record.RootElement.GetProperty("purpose").GetString();
        }));
    }

    // What it prints of three uses of a key that come one after the other, each waited for.
    private async Task<string[]> FollowAsync(string key, string[] options)
    {
        await RunAsync(["key", "create", key, "--group", "shop"], server.Admin);
        using var following = CliProcess.Start(server.Process.Folder, ["audit", "search", "--key", key, "--operation", "Encrypt", "--follow", "--config", server.Auditor, .. options]);
        var seen = new List<string>();
        following.OutputDataReceived += (_, line) =>
        {
            lock (seen)
                if (line.Data is { Length: > 0 } text) seen.Add(text);
        };
        following.BeginOutputReadLine();
        try
        {
            for (var i = 1; i <= 3; i++)
            {
                await EncryptAsync(key, $"step-{i}");
                await TrailFixture.UntilAsync(() => Seen().Any(line => line.Contains($"step-{i}", StringComparison.Ordinal)), $"the record of step {i}");
            }

            await ProcessSignal.SendAsync(following.Id, "INT");
            await following.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!following.HasExited) following.Kill();
        }

        return Seen();

        string[] Seen()
        {
            lock (seen) return [.. seen];
        }
    }

    [Fact]
    public async Task Status_WhileASinkTakesNothing_NamesItAndSaysSinceWhenAndWhy()
    {
        await TrailFixture.UntilAsync(
            async () => (await RunAsync(["status"], server.Admin)).Text.Contains("takes nothing since", StringComparison.Ordinal), "the failing sink in the status");

        var text = (await RunAsync(["status"], server.Admin)).Text;
        Assert.Matches(@"gone.*tcp://127\.0\.0\.1:1", text);
        Assert.Contains("Connection refused", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hangup_WithANewAlertRule_HoldsWithoutARestart()
    {
        await RunAsync(["key", "create", "crown", "--group", "jewels"], server.Admin);
        await File.AppendAllTextAsync(
            server.Process.ConfigurationFile, "\n[alert-rules]\njewels-used = group=jewels operation=Encrypt per=key severity=critical\n", TestContext.Current.CancellationToken);
        await server.Process.SignalAsync("HUP");
        await TrailFixture.UntilAsync(
            async () => (await RunAsync(["audit", "search", "--operation", "ReloadConfiguration", "--output", "json"], server.Auditor)).Text.Contains("alerts with 1 rules", StringComparison.Ordinal),
            "the record of the reload");

        await EncryptAsync("crown", "a-look");

        await TrailFixture.UntilAsync(async () => (await RunAsync(["alerts", "list"], server.Auditor)).Text.Contains("jewels-used", StringComparison.Ordinal), "the alert");
    }

    private async Task<List<JsonElement>> HistoryAsync(params string[] arguments) =>
        [.. (await JsonAsync(["audit", "history", .. arguments], server.Auditor)).EnumerateArray()];

    private async Task EncryptAsync(string key, string purpose)
    {
        using var client = new KeyreeveClient(ClientConfiguration.Load(server.Shop) with { Purpose = purpose });
        await client.EncryptAsync(key, "x"u8.ToArray(), EncryptionContext.Empty);
    }

    private async Task<JsonElement> JsonAsync(string[] arguments, string configuration) =>
        JsonDocument.Parse((await RunAsync([.. arguments, "--output", "json"], configuration)).Output).RootElement;

    private async Task<Finished> RunAsync(string[] arguments, string configuration)
    {
        var finished = await CliProcess.RunAsync(server.Process.Folder, [.. arguments, "--config", configuration]);
        Assert.True(finished.ExitCode == 0, finished.ToString());
        return finished;
    }

    /// <summary>A server in a process, with a sink that nobody answers.</summary>
    public sealed class AuditedServer : IAsyncLifetime
    {
        internal ServerProcess Process { get; private set; } = null!;

        public string Admin { get; private set; } = "";

        public string Shop { get; private set; } = "";

        public string Auditor { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            Process = await ServerProcess.StartNewAsync();
            Admin = await Process.EnrolAsync("admin", Process.AdministratorCode);
            Shop = await Process.EnrolAsync(Admin, "shop", "*", "use");
            Auditor = await Process.EnrolAsync(Admin, "auditor", "*", "audit");
            await Process.StopAsync();
            Process.Settings.Add("sinks.gone=tcp://127.0.0.1:1");
            await Process.StartAsync();
        }

        public ValueTask DisposeAsync() => Process.DisposeAsync();
    }
}
