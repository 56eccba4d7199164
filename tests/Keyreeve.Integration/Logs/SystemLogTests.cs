using System.Diagnostics;
using Keyreeve.Integration.Audit;
using Keyreeve.Integration.Cli;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Logs;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Keyreeve.Integration.Logs;

[Trait("Speed", "Slow")]
public sealed class SystemLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-log-").FullName;

    private string Log => Path.Combine(_folder, "keyreeve.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Serials_AcrossRestartsAndRotations_GrowByOneAndVerify()
    {
        Say(10);
        Say(10);
        File.Move(Log, Log + ".2");
        Say(10);
        File.Move(Log, Log + ".1");
        Say(5);

        var verified = await CliProcess.RunAsync(_folder, "log", "verify", Log + ".2", Log + ".1", Log);

        Assert.Equal(0, verified.ExitCode);
        Assert.Equal(Enumerable.Range(1, 35).Select(i => (long)i), SerialsOf(Log + ".2").Concat(SerialsOf(Log + ".1")).Concat(SerialsOf(Log)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(Log));
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("removed")]
    [InlineData("repeated")]
    public async Task Verify_LogTamperedWith_SaysWhere(string damage)
    {
        Say(10);
        var lines = await File.ReadAllLinesAsync(Log, TestContext.Current.CancellationToken);
        if (damage == "changed") lines[4] = lines[4].Replace("number 4", "number 5", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(
            Log, damage switch { "removed" => [.. lines[..4], .. lines[5..]], "repeated" => [.. lines[..5], lines[4], .. lines[5..]], _ => lines }, TestContext.Current.CancellationToken);

        var verified = await CliProcess.RunAsync(_folder, "log", "verify", Log);

        Assert.Equal(9, verified.ExitCode);
        Assert.Contains("5", verified.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("directory gone")]
    [InlineData("a directory in its place")]
    [InlineData("a link in its place")]
    [Trait("Attack", "59")]
    public async Task Log_CannotBeWritten_HoldsNobodyUpAndGoesOnLater(string fault)
    {
        var folder = Path.Combine(_folder, "log");
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "keyreeve.log");
        using var file = new LogFile(path, RecordFormatName.KeyValue, new RecordSource("kms-1", "", "1.0"), TimeProvider.System);
        var logger = file.CreateLogger("Keyreeve.Test");
        if (fault == "directory gone") Directory.Delete(folder);
        if (fault == "a directory in its place") Directory.CreateDirectory(path);
        if (fault == "a link in its place") File.CreateSymbolicLink(path, Path.Combine(_folder, "elsewhere"));

        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20_000; i++) logger.LogInformation("number {I}", i);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.False(File.Exists(Path.Combine(_folder, "elsewhere")));

        if (fault == "directory gone") Directory.CreateDirectory(folder);
        if (fault == "a directory in its place") Directory.Delete(path);
        if (fault == "a link in its place") File.Delete(path);
        await TrailFixture.UntilAsync(() => File.Exists(path) && File.ReadAllText(path).Contains("were not written", StringComparison.Ordinal), "the log going on, with the count of what was lost");
        var serials = SerialsOf(path);
        Assert.Equal(Enumerable.Range(1, serials.Length).Select(i => (long)i), serials);
    }

    [Fact]
    public async Task Hangup_ChangesLevelsWithoutARestart_AndAFaultyFileChangesNothing()
    {
        await using var server = await ServerProcess.StartNewAsync();
        var configuration = await File.ReadAllTextAsync(server.ConfigurationFile, TestContext.Current.CancellationToken);

        await File.WriteAllTextAsync(server.ConfigurationFile, configuration + "\n[log]\nkmip = verbose\n", TestContext.Current.CancellationToken);
        Hangup(server);
        await TrailFixture.UntilAsync(() => server.Log.Contains("The log is loud (kmip = verbose)", StringComparison.Ordinal), "the warning of a loud log");

        await File.WriteAllTextAsync(server.ConfigurationFile, configuration + "\n[log]\nlevel = shout\n", TestContext.Current.CancellationToken);
        Hangup(server);
        await TrailFixture.UntilAsync(() => server.Log.Contains("has faults", StringComparison.Ordinal), "the fault");
        Assert.Contains("'none', 'basic', 'verbose' or 'debug'", server.Log, StringComparison.Ordinal);
    }

    private static void Hangup(ServerProcess server)
    {
        using var kill = Process.Start("/bin/kill", ["-HUP", server.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)])!;
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    private static long[] SerialsOf(string path) =>
        [.. File.ReadAllLines(path).Select(line => LogLine.TryRead(line, out var serial, out var isIntact) && isIntact ? serial : -1)];

    private void Say(int count)
    {
        using var file = new LogFile(Log, RecordFormatName.KeyValue, new RecordSource("kms-1", "", "1.0"), TimeProvider.System);
        var logger = file.CreateLogger("Keyreeve.Test");
        for (var i = 0; i < count; i++) logger.LogInformation("number {I}", i);
    }
}
