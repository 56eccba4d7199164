using Keyreeve.Client;
using Keyreeve.Core.Audit;
using Keyreeve.Crypto;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Audit;

/// <summary>A server that did not end as it should says so when it starts again, and whether records may be missing.</summary>
public sealed class UncleanEndTests
{
    private const string Unclean = "the last run did not end as it should";

    [Fact]
    [Trait("Attack", "53")]
    [Trait("Speed", "Slow")]
    public async Task Start_AfterAKillAndAfterAPowerFailure_TellsThemApart()
    {
        await using var server = await ServerProcess.StartNewAsync();
        var user = await server.EnrolAsync(await server.EnrolAsync("admin", server.AdministratorCode), "user", "g", "use", "manage");
        using var client = ServerProcess.Connect(user);
        await client.Keys.CreateAsync(new NewKey { Name = "key" });

        // Answered early, as by default.
        for (var i = 0; i < 20; i++) await client.EncryptAsync("key", new byte[] { 1 }, EncryptionContext.Of(("purpose", "test")));
        await server.KillAsync();
        await server.StartAsync();
        Assert.Equal(20, Records(server, "\"operation\":\"Encrypt\"").Length);
        Assert.Contains(Unclean + ": records on their way to disk were found in memory", Assert.Single(Records(server, Unclean)), StringComparison.Ordinal);

        await server.KillAsync();
        // What a power failure takes away.
        File.Delete(AuditSpool.PathOf(AuditSpool.DefaultDirectory, Path.Combine(server.DataDirectory, AuditDirectory.Name)));
        await server.StartAsync();
        var told = Records(server, "may have no record");
        Assert.Contains(told, static line => line.Contains("\"operation\":\"AuditGap\"", StringComparison.Ordinal) && line.Contains("within 50 ms and a flush of the end", StringComparison.Ordinal));
        Assert.Contains(told, static line => line.Contains("\"operation\":\"ServerStart\"", StringComparison.Ordinal));
        Assert.Contains(Unclean, server.Log, StringComparison.Ordinal);

        await server.StopAsync();
        var before = Records(server, Unclean).Length;
        await server.StartAsync();
        Assert.Equal(before, Records(server, Unclean).Length);
    }

    private static string[] Records(ServerProcess server, string having) =>
        [.. Directory.GetFiles(Path.Combine(server.DataDirectory, AuditDirectory.Name), "*.jsonl").Order(StringComparer.Ordinal).SelectMany(TrailFixture.LinesOf)
            .Where(line => line.Contains(having, StringComparison.Ordinal))];
}
