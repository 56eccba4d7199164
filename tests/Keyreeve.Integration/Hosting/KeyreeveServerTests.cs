using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Keyreeve.Core;
using Keyreeve.Crypto.Files;
using Keyreeve.Integration.Rest;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Hosting;
using Xunit;

namespace Keyreeve.Integration.Hosting;

public sealed class KeyreeveServerTests
{
    [Fact]
    public async Task Stop_WithARequestInFlight_FinishesItWithinTheLimit()
    {
        await using var server = new ServerFixture();
        await server.InitializeAsync();
        using var client = server.Client(server.App);
        await client.CreateKeyAsync("in-flight");
        using var connection = await RawHttp.ConnectAsync(server.RestPort, server.App);
        using var idle = await RawHttp.ConnectAsync(server.RestPort, server.App);
        const string Body = """{"plaintext":"AA=="}""";
        await connection.SendAsync(
            "POST /v1/keys/in-flight/encrypt HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)}\r\n\r\n" + Body[..5]);
        await Task.Delay(TimeSpan.FromMilliseconds(200));

        var stopping = Stopwatch.StartNew();
        var stopped = server.Server.StopAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(300));
        await connection.SendAsync(Body[5..]);

        Assert.StartsWith("HTTP/1.1 200", await connection.ReadAnswerAsync(), StringComparison.Ordinal);
        await stopped;
        Assert.True(stopping.Elapsed < TimeSpan.FromSeconds(5), $"Stopping took {stopping.Elapsed}.");
    }

    [Theory]
    [InlineData("rest")]
    [InlineData("kmip")]
    public async Task Start_OnABusyPort_SaysWhichPortAndOption(string door)
    {
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        var port = ((IPEndPoint)busy.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await using var server = new ServerFixture();
        await server.InitializeAsync();
        await server.Server.StopAsync();

        var options = OptionsReader.ReadFile(server.ConfigurationFile, $"{door}.port={port}");
        var refused = await Assert.ThrowsAsync<IOException>(() => KeyreeveServer.StartAsync(options, server.Log, TimeProvider.System, default));

        Assert.Contains("127.0.0.1:" + port, refused.Message, StringComparison.Ordinal);
        Assert.Contains($"[{door}] port", refused.Message, StringComparison.Ordinal);
        // Nothing of the failed start holds the data directory.
        await server.RestartAsync();
    }

    [Fact]
    public async Task Start_SecondServerOnTheSameData_IsRefused()
    {
        await using var server = new ServerFixture();
        await server.InitializeAsync();

        var options = OptionsReader.ReadFile(server.ConfigurationFile);
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => KeyreeveServer.StartAsync(options, server.Log, TimeProvider.System, default));

        Assert.True(refused is KeyreeveException or IOException, refused.ToString());
        Assert.Contains(server.DataDirectory, refused.Message, StringComparison.Ordinal);
        using var client = server.Client(server.App);
        (await client.GetAsync("/v1/keys")).Expect(200);
    }

    [Fact]
    public async Task Start_WithoutAnInstallation_SaysHowToMakeOne()
    {
        var folder = Directory.CreateTempSubdirectory("keyreeve-none-");
        try
        {
            var options = OptionsReader.Read("", "none", $"server.data-directory={folder.FullName}/data", $"seal.passphrase-file={folder.FullName}/passphrase");
            var refused = await Assert.ThrowsAsync<KeyreeveException>(() => KeyreeveServer.StartAsync(options, new TestLog(), TimeProvider.System, default));
            Assert.Contains("keyreeve init", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    [Trait("Attack", "61")]
    public async Task Start_DataDirectoryOpenToOthers_IsRefusedWithTheCommandThatMendsIt()
    {
        await using var server = new ServerFixture();
        await server.InitializeAsync();
        await server.Server.StopAsync();
        File.SetUnixFileMode(server.DataDirectory, PrivateFile.DirectoryMode | UnixFileMode.GroupRead);

        var options = OptionsReader.ReadFile(server.ConfigurationFile);
        var refused = await Assert.ThrowsAsync<PrivateFileException>(() => KeyreeveServer.StartAsync(options, server.Log, TimeProvider.System, default));

        Assert.Contains($"chmod 700 '{server.DataDirectory}'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_SaysWhatIsInsecure()
    {
        await using var server = new ServerWithInteropGroup();
        await server.InitializeAsync();

        Assert.Contains(server.Log.Lines, line => line.StartsWith("Warning: The root key is opened by a passphrase file", StringComparison.Ordinal) && line.Contains("docs/hsm.md", StringComparison.Ordinal));
        Assert.Contains(server.Log.Lines, line => line.StartsWith("Warning: INSECURE: key group 'legacy/tapes'", StringComparison.Ordinal));
    }

    private sealed class ServerWithInteropGroup : ServerFixture
    {
        protected override IReadOnlyList<string> Settings => ["groups.legacy/tapes=insecure-interop"];
    }
}
