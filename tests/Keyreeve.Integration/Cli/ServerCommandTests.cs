using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Keyreeve.Integration.Cli;

[Trait("Speed", "Slow")]
public sealed class ServerCommandTests
{
    [Theory]
    [InlineData("rest.port")]
    [InlineData("kmip.port")]
    public async Task Server_PortInUse_SaysWhichAndEnds(string setting)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        await using var server = await ServerProcess.StartNewAsync();
        await server.StopAsync();

        var finished = await CliProcess.RunAsync(
            server.Folder, "server", "--config", server.ConfigurationFile, "--set", "rest.port=0", "--set", "kmip.port=0", "--set", $"{setting}={port}");

        Assert.Equal(10, finished.ExitCode);
        Assert.Contains($"127.0.0.1:{port}", finished.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", finished.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_SecondOnTheSameData_IsRefused()
    {
        await using var server = await ServerProcess.StartNewAsync();

        var finished = await CliProcess.RunAsync(
            server.Folder, "server", "--config", server.ConfigurationFile, "--set", "rest.port=0", "--set", "kmip.port=0");

        Assert.Equal(10, finished.ExitCode);
        Assert.Contains("using the data directory", finished.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_Terminated_EndsCleanlyAndStartsAgain()
    {
        await using var server = await ServerProcess.StartNewAsync();
        var administrator = await server.EnrolAsync("admin", server.AdministratorCode);
        using (var client = ServerProcess.Connect(administrator))
            await client.Keys.CreateAsync(new Keyreeve.Client.NewKey { Name = "orders" });

        var (exitCode, _) = await server.StopAsync();
        await server.StartAsync();

        Assert.Equal(0, exitCode);
        using var again = ServerProcess.Connect(administrator);
        Assert.Equal("orders", (await again.Keys.GetAsync("orders")).Name);
    }

    [Fact]
    [Trait("Attack", "61")]
    public async Task Server_ConfigurationOrPassphraseOpenToOthers_IsRefused()
    {
        await using var server = await ServerProcess.StartNewAsync();
        await server.StopAsync();
        foreach (var file in (string[])[server.ConfigurationFile, Path.Combine(server.Folder, "passphrase")])
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

            var finished = await CliProcess.RunAsync(
                server.Folder, "server", "--config", server.ConfigurationFile, "--set", "rest.port=0", "--set", "kmip.port=0");

            Assert.Equal(3, finished.ExitCode);
            Assert.Contains($"chmod 600 '{file}'", finished.Errors, StringComparison.Ordinal);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
