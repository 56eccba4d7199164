using System.Diagnostics;
using Keyreeve.Client;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>The samples do what they show, each as a process of its own against a server; docs/frameworks.md shows what they do.</summary>
public sealed class FrameworkSampleTests(ServerFixture server) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private readonly Scratch _scratch = new();
    private string _configuration = "";

    public async ValueTask InitializeAsync()
    {
        var (certificate, key) = server.App.WriteFiles(_scratch.Folder);
        await File.WriteAllTextAsync(_scratch["authority.pem"], server.Authority.ExportCertificatePem());
        _configuration = _scratch.Write("client.conf", System.Text.Encoding.UTF8.GetBytes($"""
            [client]
            servers = localhost:{server.RestPort}
            authority = authority.pem
            certificate = {certificate}
            private-key = {key}
            key = orders
            """));
        using var client = new KeyreeveClient(ClientSettings.Load(_configuration).Connection);
        try
        {
            await client.Keys.CreateAsync(new NewKey { Name = "orders" });
        }
        catch (KeyreeveClientException e) when (e.Is("NonUniqueName"))
        {
            Assert.Equal("orders", (await client.Keys.GetAsync("orders")).Name);
        }
    }

    public ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task EntityFrameworkCore()
    {
        var output = await RunAsync("EntityFrameworkCore", [_configuration, _scratch["shop.db"]]);

        Assert.Contains("found: Anna Lind", output, StringComparison.Ordinal);
        Assert.Contains("stored: Sw", output, StringComparison.Ordinal);
        Assert.Contains("encrypted: 0, before: 1", output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task AspNetCore()
    {
        var output = await RunAsync("AspNetCore", [_configuration, _scratch.Folder]);

        Assert.Contains("health: Healthy", output, StringComparison.Ordinal);
        Assert.Contains("cookie: CfDJ8", output, StringComparison.Ordinal);
        Assert.Contains("setting: Host=db;Password=secret", output, StringComparison.Ordinal);
        Assert.Contains("holds ************1111", output, StringComparison.Ordinal);
        Assert.Contains("keyreeveEnvelope", await File.ReadAllTextAsync(Directory.GetFiles(_scratch.Folder, "key-*.xml").Single()), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Tokens()
    {
        var (certificate, key) = server.App.WriteFiles(_scratch.Folder);

        var output = await RunAsync("Tokens", ["localhost", $"{server.KmipEndPoint.Port}", certificate, key, _scratch["authority.pem"]]);

        Assert.Contains("valid: True", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_EveryPieceOfCode_StandsInASample()
    {
        var samples = WithoutBlanks(string.Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples"), "Program.cs", SearchOption.AllDirectories).Select(File.ReadAllText)));
        var blocks = File.ReadAllText(Path.Combine(Repository.Root, "docs/frameworks.md")).Split("```csharp").Skip(1).Select(static block => block[..block.IndexOf("```", StringComparison.Ordinal)]).ToList();

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(WithoutBlanks(block), samples, StringComparison.Ordinal));
    }

    private static string WithoutBlanks(string text) => string.Concat(text.Where(static c => !char.IsWhiteSpace(c)));

    private static async Task<string> RunAsync(string sample, string[] arguments)
    {
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        var program = Path.Combine(Repository.Root, $"samples/Keyreeve.Samples.{sample}/bin/{configuration}/net10.0/Keyreeve.Samples.{sample}.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await errors);
        return output;
    }
}
