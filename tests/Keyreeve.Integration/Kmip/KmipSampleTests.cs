using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>The sample does what it shows, and the documentation shows what the sample does.</summary>
public sealed partial class KmipSampleTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static string Folder => Path.Combine(Repository.Root, "samples/Keyreeve.Samples.Kmip");

    [Fact]
    public async Task Sample_WithOurServer_GoesThroughAKeysLife()
    {
        var (certificate, key) = server.App.WriteFiles(server.Folder);
        var authority = Path.Combine(server.Folder, "sample-ca.crt");
        await File.WriteAllTextAsync(authority, server.Authority.ExportCertificatePem());
        var program = Path.Combine(
            Folder, "bin", AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug", "net10.0/Keyreeve.Samples.Kmip.dll");
        var start = new ProcessStartInfo("dotnet", [program, "localhost", $"{server.KmipEndPoint.Port}", certificate, key, authority])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, output + await errors);
        Assert.Contains("decrypted: attack at dawn", output, StringComparison.Ordinal);
        Assert.Contains("Active, at Keyreeve", output, StringComparison.Ordinal);
        Assert.Contains("refused: ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("docs/kmip.md")]
    [InlineData("src/Keyreeve.Kmip/README.md")]
    public void Documentation_EveryPieceOfCode_StandsInTheSample(string page)
    {
        var sample = WithoutBlanks(File.ReadAllText(Path.Combine(Folder, "Program.cs")));
        var pieces = CodeBlock().Matches(File.ReadAllText(Path.Combine(Repository.Root, page))).Select(m => m.Groups["code"].Value).ToList();
        Assert.NotEmpty(pieces);
        Assert.All(pieces, piece => Assert.Contains(WithoutBlanks(piece), sample, StringComparison.Ordinal));
    }

    private static string WithoutBlanks(string code) => Blanks().Replace(code, " ").Trim();

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blanks();
}
