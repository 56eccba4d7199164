using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Keyreeve.Core;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>Server and commands on machines whose clocks are not set to UTC: a moment means the same there, and one without its zone is refused.</summary>
[Trait("Speed", "Slow")]
public sealed class TimeZoneTests
{
    // Fourteen hours before UTC: whatever is read there as local time is over, or has not begun, by more than half a day.
    private const string Zone = "Pacific/Kiritimati";

    [Fact]
    public async Task Moment_FarFromUtc_MeansTheSameAndIsRefusedWithoutItsZone()
    {
        Assert.Equal(TimeSpan.FromHours(14), TimeZoneInfo.FindSystemTimeZoneById(Zone).BaseUtcOffset);
        await using var server = await ServerProcess.StartNewAsync();
        await server.StopAsync();
        server.Environment["TZ"] = Zone;
        await server.StartAsync();
        var administrator = await server.EnrolAsync("admin", server.AdministratorCode);
        await RunAsync(server, administrator, 0, "key", "create", "orders", "--group", "payments");
        var shop = await server.EnrolAsync(administrator, "shop", "elsewhere", "use");
        var policy = JsonNode.Parse((await RunAsync(server, administrator, 0, "policy", "export")).Text)!.AsObject();
        var now = DateTimeOffset.UtcNow;

        // In a policy: without the zone it is refused; with it, it is that moment.
        foreach (var without in (string[])[Text(now.AddHours(7), "yyyy-MM-dd'T'HH:mm:ss"), Text(now.AddDays(1), "yyyy-MM-dd")])
            AssertTold(await ApplyAsync(server, administrator, policy, without), 7);
        foreach (var (until, isAllowed) in new[] { (now.AddHours(-7), false), (now.AddHours(7), true) })
        {
            var applied = await ApplyAsync(server, administrator, policy, Text(until, "yyyy-MM-dd'T'HH:mm:ss'Z'"));
            Assert.True(applied.ExitCode == 0, applied.ToString());
            var encrypted = await RunAsync(server, shop, isAllowed ? 0 : null, "encrypt", "client.conf", "--to", isAllowed ? "yes.kre" : "no.kre", "--key", "orders");
            Assert.Equal(isAllowed, encrypted.ExitCode == 0);
            var explained = await RunAsync(server, administrator, 0, "policy", "explain", "--principal", "shop", "--operation", "Encrypt", "--key", "orders", "--at", Text(until.AddMinutes(-1), "yyyy-MM-dd'T'HH:mm'Z'"));
            Assert.Contains("shop may Encrypt", explained.Text + explained.Errors, StringComparison.Ordinal);
        }

        // In options of commands.
        var local = Text(now, "yyyy-MM-dd'T'HH:mm");
        AssertTold(await RunAsync(server, administrator, null, "policy", "explain", "--principal", "shop", "--operation", "Encrypt", "--key", "orders", "--at", local), 2);
        AssertTold(await RunAsync(server, administrator, null, "audit", "search", "--from", local), 2);
        AssertTold(await RunAsync(server, administrator, null, "audit", "prune", "--archive", ".", "--before", local), 2);
        Assert.Contains("ChangePolicy", (await RunAsync(server, administrator, 0, "audit", "search", "--from", Text(now, "yyyy-MM-dd'T'HH:mm'Z'"))).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("ChangePolicy", (await RunAsync(server, administrator, 0, "audit", "search", "--from", Text(now.AddHours(1), "yyyy-MM-dd'T'HH:mm'Z'"))).Text, StringComparison.Ordinal);
    }

    private static void AssertTold(Finished refused, int exitCode)
    {
        Assert.True(refused.ExitCode == exitCode, refused.ToString());
        Assert.Contains(Moment.Form, refused.Errors, StringComparison.Ordinal);
    }

    private static async Task<Finished> ApplyAsync(ServerProcess server, string administrator, JsonObject policy, string notAfter)
    {
        var changed = policy.DeepClone().AsObject();
        changed["bindings"]!.AsArray().Add(new JsonObject
        {
            ["name"] = "for-a-while", ["principals"] = new JsonArray("shop"), ["role"] = "KeyUser", ["group"] = "payments", ["conditions"] = new JsonObject { ["notAfter"] = notAfter },
        });
        var file = Path.Combine(server.Folder, "policy.json");
        await File.WriteAllTextAsync(file, changed.ToJsonString());
        return await RunAsync(server, administrator, null, "policy", "apply", file);
    }

    private static async Task<Finished> RunAsync(ServerProcess server, string configuration, int? exitCode, params string[] arguments)
    {
        var start = CliProcess.Command(Path.GetDirectoryName(configuration)!, CliProcess.Executable);
        start.Environment["TZ"] = Zone;
        foreach (var argument in (string[])[.. arguments, "--config", configuration]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var finished = await CliProcess.FinishAsync(process, []);
        Assert.True(exitCode is null || finished.ExitCode == exitCode, finished.ToString());
        return finished;
    }

    private static string Text(DateTimeOffset moment, string form) => moment.UtcDateTime.ToString(form, CultureInfo.InvariantCulture);
}
