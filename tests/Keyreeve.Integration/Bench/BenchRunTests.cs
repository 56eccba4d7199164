using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Keyreeve.Integration.Bench;

/// <summary>The benchmarks run and say what they measured; how fast anything is, no test decides.</summary>
public sealed class BenchRunTests : IDisposable
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(5);

    // Built as these tests are.
    private static readonly string Executable = Path.Combine(
        Repository.Root, "bench", "Keyreeve.Benchmarks", "bin",
        AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug", "net10.0", "Keyreeve.Benchmarks");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keyreeve-benchtest-");

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Run_QuickWithNames_WritesThoseRowsAsJson()
    {
        var json = Path.Combine(_folder.FullName, "rows.json");
        var (exitCode, output) = await RunAsync("--quick", "--only", "crypto", "--only", "kmip-encrypt-16", "--only", "rest-encrypt", "--json", json);

        Assert.True(exitCode == 0, output);
        var rows = JsonDocument.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken)).RootElement.GetProperty("rows");
        string[] expected =
            ["kmip-encrypt-16", "rest-encrypt", "crypto-aead-64", "crypto-seal-64", "crypto-file-encrypt", "crypto-file-decrypt"];
        Assert.Equal(expected, rows.EnumerateArray().Select(static row => row.GetProperty("name").GetString()));
        Assert.All(rows.EnumerateArray(), static row =>
        {
            Assert.True(row.GetProperty("ours").GetDouble() > 0);
            Assert.True(row.GetProperty("reference").GetDouble() > 0);
            Assert.True(row.GetProperty("ratio").GetDouble() > 0);
            Assert.NotEqual("", row.GetProperty("unit").GetString());
            Assert.NotEqual("", row.GetProperty("reference_name").GetString());
        });
        Assert.All(expected, name => Assert.Contains(name, output, StringComparison.Ordinal));
        Assert.Empty(LeftBehind());
    }

    [Theory]
    [InlineData("--fast", "'--fast' is no argument here")]
    [InlineData("--json", "--json needs a value")]
    [InlineData("--only kmop", "There is no row 'kmop'. There are: kmip-encrypt-1,")]
    [InlineData("--json /nowhere/rows.json", "its folder does not exist")]
    [InlineData("--quick --only store-locate", "leave out --quick")]
    public async Task Run_Mistake_IsExplainedBeforeAnythingIsMeasured(string arguments, string explanation)
    {
        var (exitCode, output) = await RunAsync(arguments.Split(' '));

        Assert.Equal(2, exitCode);
        Assert.Contains(explanation, output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // The run's own folders lie in the folder that its environment names.
    private IEnumerable<string> LeftBehind() => Directory.EnumerateDirectories(_folder.FullName, "keyreeve-bench-*");

    private async Task<(int ExitCode, string Output)> RunAsync(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Executable, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TMPDIR"] = _folder.FullName;
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeLimit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = await process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
