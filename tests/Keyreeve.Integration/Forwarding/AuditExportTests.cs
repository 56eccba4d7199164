using Keyreeve.Integration.Audit;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Forwarding;

public sealed class AuditExportTests
{
    [Fact]
    public async Task Export_WithAFilter_WritesTheRowsAskedForAndNoOthers()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(30, "shop");
        await trail.RecordAsync(20, "=cmd()");

        var all = await RowsAsync(trail, []);
        var shop = await RowsAsync(trail, ["--csv", "--principal", "shop", "--result", "Success", "--from", "2020-01-01T00:00Z"]);
        var later = await RowsAsync(trail, ["--from", "2999-01-01T00:00Z"]);
        var text = await RowsAsync(trail, ["--text", "CMD("]);

        Assert.Equal(trail.Chain.Size, all.Length);
        Assert.Equal(30, shop.Length);
        Assert.Empty(later);
        Assert.Equal(20, text.Length);
        Assert.All(text, row => Assert.Contains(",\"'=cmd()\",", row, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Export_NonsenseTime_SaysHowToWriteIt()
    {
        await using var trail = await new TrailFixture().OpenAsync();

        var refused = await CliProcess.RunAsync(trail.Root, "audit", "export", "-d", trail.Trail, "--from", "yesterday");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("2026-01-31", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_CsvAndAnotherFormat_IsRefused()
    {
        await using var trail = await new TrailFixture().OpenAsync();

        var refused = await CliProcess.RunAsync(trail.Root, "audit", "export", "-d", trail.Trail, "--csv", "--as", "cef");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("two formats", refused.Errors, StringComparison.Ordinal);
    }

    private static async Task<string[]> RowsAsync(TrailFixture trail, string[] arguments)
    {
        var table = Path.Combine(trail.Root, "table.csv");
        var finished = await CliProcess.RunAsync(trail.Root, ["audit", "export", "-d", trail.Trail, "-o", table, .. arguments]);
        Assert.Equal(0, finished.ExitCode);
        return (await File.ReadAllTextAsync(table)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[1..];
    }
}
