using System.Text;
using System.Text.Json;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary><c>keyreeve client configure</c>, <c>client check</c> and <c>rewrap</c>, with a server of their own.</summary>
[Trait("Speed", "Slow")]
public sealed class ClientCommandsTests
{
    [Fact]
    public async Task Configure_Check_ReWrap_GoThrough()
    {
        await using var server = await ServerProcess.StartNewAsync();
        var administrator = await server.EnrolAsync("admin", server.AdministratorCode);
        await RunAsync(server, "key", "create", "orders", "--group", "payments", "--config", administrator);
        await RunAsync(server, "key", "create", "papers", "--group", "payments", "--config", administrator);
        var made = await RunAsync(server, "enrolment-code", "create", "shop", "--group", "payments", "--allow", "use", "--config", administrator, "--output", "json");
        var code = JsonDocument.Parse(made.Output).RootElement.GetProperty("code").GetString()!;

        // Configure: a Keyreeve server, by one-time code; the second server of the list is nobody.
        var configuration = Path.Combine(server.Folder, "shop", "client.conf");
        var answers = $"keyreeve\nlocalhost:{server.HttpsPort}\n{code}\n{server.Fingerprint}\norders\nnightly\n";
        var configured = await CliProcess.RunAsync(server.Folder, Encoding.UTF8.GetBytes(answers), ["client", "configure", "--config", configuration]);
        Assert.True(configured.ExitCode == 0, configured.ToString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(configuration));
        var again = await CliProcess.RunAsync(server.Folder, Encoding.UTF8.GetBytes(answers), ["client", "configure", "--config", configuration]);
        Assert.Equal(10, again.ExitCode);

        var check = JsonDocument.Parse((await RunAsync(server, "client", "check", "--config", configuration, "--output", "json")).Output).RootElement[0];
        Assert.StartsWith("Tls13", check.GetProperty("tls").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("orders, version 1, Active", check.GetProperty("key").GetString(), StringComparison.Ordinal);
        Assert.True(check.GetProperty("latencyInMilliseconds").GetDouble() > 0);
        Assert.True(check.GetProperty("serverCertificateUntil").GetDateTimeOffset() > DateTimeOffset.UtcNow);
        Assert.True(check.GetProperty("clientCertificateUntil").GetDateTimeOffset() > DateTimeOffset.UtcNow);

        // One of two servers is not there: the check shows both, and encrypting goes on with the one that is.
        await File.WriteAllTextAsync(configuration, (await File.ReadAllTextAsync(configuration)).Replace("servers = ", "attempt-time-limit = 1m\nconnect-time-limit = 1m\nrequest-time-limit = 5m\nservers = localhost:1, ", StringComparison.Ordinal));
        var two = await CliProcess.RunAsync(server.Folder, "client", "check", "--config", configuration, "--output", "json");
        Assert.Equal(4, two.ExitCode);
        var rows = JsonDocument.Parse(two.Output).RootElement;
        Assert.True(rows[0].TryGetProperty("fault", out _));
        Assert.False(rows[1].TryGetProperty("fault", out _));

        await AssertReWrapAsync(server, administrator, configuration);
    }

    private static async Task AssertReWrapAsync(ServerProcess server, string administrator, string configuration)
    {
        var folder = Directory.CreateDirectory(Path.Combine(server.Folder, "archive")).FullName;
        for (var i = 0; i < 3; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, $"{i}.txt"), $"contents {i}");
            // The key is that of the configuration.
            await RunAsync(server, "encrypt", Path.Combine(folder, $"{i}.txt"), "--context", "purpose=archive", "--config", configuration);
        }

        var body = (await File.ReadAllBytesAsync(Path.Combine(folder, "0.txt.kre")))[^20..];
        string[] rewrap = ["rewrap", folder, "--key", "papers", "--context", "purpose=archive", "--config", configuration, "--output", "json"];
        Assert.Equal((3, 0), Account(await RunAsync(server, rewrap)));
        Assert.Equal((0, 3), Account(await RunAsync(server, rewrap)));
        await RunAsync(server, "key", "rotate", "papers", "--config", administrator);
        Assert.Equal((3, 0), Account(await RunAsync(server, rewrap)));

        Assert.Equal(body, (await File.ReadAllBytesAsync(Path.Combine(folder, "0.txt.kre")))[^20..]);
        var shown = JsonDocument.Parse((await RunAsync(server, "inspect", Path.Combine(folder, "0.txt.kre"), "--output", "json")).Output).RootElement;
        Assert.Equal(2, shown.GetProperty("keyVersion").GetInt32());
        var decrypted = await RunAsync(server, "decrypt", Path.Combine(folder, "0.txt.kre"), "--to", "-", "--context", "purpose=archive", "--config", configuration);
        Assert.Equal("contents 0", decrypted.Text);

        var wrong = await CliProcess.RunAsync(server.Folder, ["rewrap", folder, "--key", "orders", "--context", "purpose=other", "--config", configuration]);
        Assert.Equal(8, wrong.ExitCode);
    }

    private static (int ReWrapped, int AlreadyThere) Account(Finished finished)
    {
        var account = JsonDocument.Parse(finished.Output).RootElement;
        return (account.GetProperty("reWrapped").GetInt32(), account.GetProperty("alreadyThere").GetInt32());
    }

    private static async Task<Finished> RunAsync(ServerProcess server, params string[] arguments)
    {
        var finished = await CliProcess.RunAsync(server.Folder, arguments);
        Assert.True(finished.ExitCode == 0, finished.ToString());
        return finished;
    }
}
