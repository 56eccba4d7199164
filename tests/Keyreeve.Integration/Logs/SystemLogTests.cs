using System.Diagnostics;
using Keyreeve.Crypto.Files;
using Keyreeve.Integration.Audit;
using Keyreeve.Integration.Cli;
using Keyreeve.Server.Configuration;
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
        Assert.All((string[])[Log, Log + ".serial"], static file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task Verify_AllFilesThatLogrotateLeft_TakesThemInTheOrderInWhichTheyWereWritten()
    {
        Say(10);
        await CompressAsync(".2.gz");
        Say(10);
        File.Move(Log, Log + ".1");
        Say(5);
        // As 'keyreeve.log*' names them, the server's own note of the last number among them.
        string[] named = [Log, Log + ".1", Log + ".2.gz", Log + ".serial"];

        var sound = await CliProcess.RunAsync(_folder, ["log", "verify", .. named]);
        var packed = await File.ReadAllBytesAsync(Log + ".2.gz", TestContext.Current.CancellationToken);
        packed[packed.Length / 2] ^= 0xFF;
        await File.WriteAllBytesAsync(Log + ".2.gz", packed, TestContext.Current.CancellationToken);
        var damaged = await CliProcess.RunAsync(_folder, ["log", "verify", .. named]);
        File.Delete(Log + ".2.gz");
        File.Move(Log + ".1", Log + ".0");
        await CompressAsync(".3.gz");
        var part = await CliProcess.RunAsync(_folder, "log", "verify", Log + ".3.gz", Log + ".0");

        Assert.True(sound.ExitCode == 0, sound.Text);
        Assert.Contains("25", sound.Text, StringComparison.Ordinal);
        Assert.True(damaged.ExitCode == 9, damaged.Text);
        Assert.True(part.ExitCode == 0, part.Text);

        async Task CompressAsync(string suffix)
        {
            await using (var packing = new System.IO.Compression.GZipStream(File.Create(Log + suffix), System.IO.Compression.CompressionMode.Compress))
                await packing.WriteAsync(await File.ReadAllBytesAsync(Log, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
            File.Delete(Log);
        }
    }

    [Fact]
    public async Task Serials_AcrossKillsOfTheServer_GrowByOneAndVerify()
    {
        await using var server = await ServerProcess.StartNewAsync();
        var log = Path.Combine(server.Folder, "log", "keyreeve.log");
        server.Settings.Add($"log.file={log}");
        await server.KillAsync();
        for (var i = 0; i < 2; i++)
        {
            var before = File.Exists(log) ? SerialsOf(log).Length : 0;
            await server.StartAsync();
            await TrailFixture.UntilAsync(() => File.Exists(log) && SerialsOf(log).Length > before, "what the server says at its start");
            await server.KillAsync();
        }

        await server.StartAsync();
        await server.StopAsync();

        var verified = await CliProcess.RunAsync(server.Folder, "log", "verify", log);
        Assert.True(verified.ExitCode == 0, verified.ToString());
        var serials = SerialsOf(log);
        Assert.True(serials.Length > 3);
        Assert.Equal(Enumerable.Range(1, serials.Length).Select(static i => (long)i), serials);
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
    [InlineData("a pipe in its place")]
    [Trait("Attack", "59")]
    public async Task Log_CannotBeWritten_HoldsNobodyUpAndGoesOnLater(string fault)
    {
        var folder = Path.Combine(_folder, "log");
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "keyreeve.log");
        using var file = new LogFile(path, RecordFormatName.KeyValue, new RecordSource("kms-1", "", "1.0"), TimeProvider.System);
        var told = new System.Collections.Concurrent.ConcurrentQueue<(LogLevel Level, string Text)>();
        file.Tell = (level, text) => told.Enqueue((level, text));
        var logger = file.CreateLogger("Keyreeve.Test");
        if (fault == "directory gone") Directory.Delete(folder);
        if (fault == "a directory in its place") Directory.CreateDirectory(path);
        if (fault == "a link in its place") File.CreateSymbolicLink(path, Path.Combine(_folder, "elsewhere"));
        // Whoever opens it waits for a reader, who never comes.
        if (fault == "a pipe in its place") MakePipe(path);

        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20_000; i++) logger.LogInformation("number {I}", i);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(50));
        Assert.False(File.Exists(Path.Combine(_folder, "elsewhere")));

        await TrailFixture.UntilAsync(() => !told.IsEmpty, "that the log cannot be written being told");
        if (fault == "directory gone") Directory.CreateDirectory(folder);
        if (fault == "a directory in its place") Directory.Delete(path);
        if (fault is "a link in its place" or "a pipe in its place") File.Delete(path);
        // The last line may be half there while it is written.
        long[] serials = [];
        await TrailFixture.UntilAsync(
            () => File.Exists(path) && File.ReadAllText(path).Contains("were not written", StringComparison.Ordinal) && (serials = SerialsOf(path)).All(serial => serial > 0),
            "the log going on, with the count of what was lost");
        Assert.Equal(Enumerable.Range(1, serials.Length).Select(i => (long)i), serials);
        await TrailFixture.UntilAsync(() => told.Count > 1, "that it is written again being told");
        // Once each, however often it was tried.
        Assert.Equal(
            [(LogLevel.Error, $"The log '{path}' cannot be written"), (LogLevel.Information, $"The log '{path}' is written again.")],
            told.Select(static one => (one.Level, one.Text.Split(": ")[0])));
    }

    [Theory]
    [InlineData("full")]
    [InlineData("read-only")]
    public async Task Disk_FullOrReadOnly_HoldsNobodyUpAndGoesOnLater(string fault)
    {
        await using var disk = await SmallDisk.MountAsync(sizeInMiB: 1);
        if (!disk.IsMounted) Assert.Skip("needs root, to mount a small disk");
        var path = Path.Combine(disk.Path, "keyreeve.log");
        using var file = new LogFile(path, RecordFormatName.KeyValue, new RecordSource("kms-1", "", "1.0"), TimeProvider.System);
        var logger = file.CreateLogger("Keyreeve.Test");
        logger.LogInformation("before");
        await TrailFixture.UntilAsync(() => File.Exists(path) && SerialsOf(path).Length == 1, "the first message");
        var ballast = Path.Combine(disk.Path, "ballast");
        if (fault == "full") Fill(ballast);
        else await RemountAsync(disk.Path, "ro");

        for (var i = 0; i < 20_000; i++) logger.LogInformation("number {I}", i);
        if (fault == "full") File.Delete(ballast);
        else await RemountAsync(disk.Path, "rw");

        await TrailFixture.UntilAsync(() => File.ReadAllText(path).Contains("were not written", StringComparison.Ordinal), "the log going on, with the count of what was lost");
        // What the full disk took of a message is not left there: each stands once, whole.
        file.Dispose();
        var serials = SerialsOf(path);
        Assert.Equal(Enumerable.Range(1, serials.Length).Select(static i => (long)i), serials);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("cannot be made")]
    [InlineData("read-only")]
    public async Task Server_WhoseLogCannotBeWritten_StartsServesAndSaysSo(string fault)
    {
        await using var disk = await SmallDisk.MountAsync(sizeInMiB: 1);
        if (!disk.IsMounted) Assert.Skip("needs root, to mount a small disk");
        var folder = Path.Combine(disk.Path, "log");
        if (fault == "cannot be made") await File.WriteAllTextAsync(folder, "in the way", TestContext.Current.CancellationToken);
        if (fault == "read-only") await RemountAsync(disk.Path, "ro");
        var options = OptionsReader.Read($"[server]\ndata-directory = {_folder}/data\n[log]\nfile = {folder}/keyreeve.log\n", "test", []);

        using (var log = SystemLog.Open(options, TimeProvider.System))
        {
            for (var i = 0; i < 20_000; i++) log.Factory.CreateLogger("Keyreeve.Quiet").LogTrace("number {I}", i);
            log.Factory.CreateLogger("Keyreeve.Test").LogInformation("said");
            if (fault == "missing") await TrailFixture.UntilAsync(() => File.Exists($"{folder}/keyreeve.log"), "the folder and the log");
        }

        if (fault == "read-only") await RemountAsync(disk.Path, "rw");
        if (fault != "missing") Assert.False(File.Exists($"{folder}/keyreeve.log"));
        else Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute, File.GetUnixFileMode(folder));
    }

    [Theory]
    [InlineData("folder", 0b111_111_000, "chmod 0750")]
    [InlineData("folder", 0b111_101_101, "chmod 0750")]
    [InlineData("file", 0b110_110_000, "chmod 0640")]
    [InlineData("file", 0b110_100_100, "chmod 0640")]
    [Trait("Attack", "61")]
    public void Open_FolderOrFileOpenToOthers_IsRefusedWithTheCommandThatMendsIt(string what, int mode, string command)
    {
        File.WriteAllText(Log, "");
        File.SetUnixFileMode(Log, (UnixFileMode)0b110_100_000);
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_000);
        var path = what == "file" ? Log : _folder;
        File.SetUnixFileMode(path, (UnixFileMode)mode);
        var options = OptionsReader.Read($"[server]\ndata-directory = {_folder}/data\n[log]\nfile = {Log}\n", "test", []);

        var refusal = Assert.Throws<PrivateFileException>(() => SystemLog.Open(options, TimeProvider.System));
        Assert.Contains($"Mend it with: {command} '{path}'", refusal.Message, StringComparison.Ordinal);

        using (var mend = Process.Start("/bin/sh", ["-c", refusal.Message[(refusal.Message.IndexOf("chmod", StringComparison.Ordinal))..]])!) mend.WaitForExit();
        using var log = SystemLog.Open(options, TimeProvider.System);
    }

    [Fact]
    [Trait("Attack", "61")]
    public void Open_FolderOfSomebodyElse_IsRefusedWithTheCommandThatMendsIt()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("needs root, to give a folder away");
        using (var chown = Process.Start("chown", ["12345", _folder])!) chown.WaitForExit();
        var options = OptionsReader.Read($"[server]\ndata-directory = {_folder}/data\n[log]\nfile = {Log}\n", "test", []);

        var refusal = Assert.Throws<PrivateFileException>(() => SystemLog.Open(options, TimeProvider.System));

        Assert.Contains("belongs to user 12345", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"Mend it with: chown 0 '{_folder}'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LoudLog_IsSaidAtStartEveryHourAndInTheStatus()
    {
        var time = new HourlyTime();
        var options = OptionsReader.Read($"[server]\ndata-directory = {_folder}/data\n[log]\nkmip = debug\nfile = {Log}\n", "test", []);
        using (var log = SystemLog.Open(options, time))
        {
            Assert.Equal(TimeSpan.FromHours(1), time.Period);
            time.Fire();
            time.Fire();
            await TrailFixture.UntilAsync(() => Warnings() == 2, "two warnings");
            log.Levels.Options = log.Levels.Options with { Components = log.Levels.Options.Components.Clear() };
            time.Fire();
        }

        Assert.Equal(2, Warnings());
        await using var server = new ServerAtDebug();
        await server.InitializeAsync();
        using var anybody = server.Client();
        Assert.Equal("ok; the log is loud (level = debug)", (await anybody.GetAsync("/v1/ready")).Expect(200).Text("status"));

        int Warnings() => File.Exists(Log) ? File.ReadAllLines(Log).Count(line => line.Contains("The log is loud (kmip = debug)", StringComparison.Ordinal)) : 0;
    }

    [Theory]
    [InlineData("none", "none", 0)]
    [InlineData("none", "debug", 4)]
    [InlineData("basic", "basic", 3)]
    [InlineData("debug", "none", 0)]
    [InlineData("basic", "verbose", 4)]
    public void Levels_OfAComponent_StandAboveTheGeneralOneAndChangeAtOnce(string general, string component, int said)
    {
        var levels = new LogLevels(OptionsReader.Read("", "test", []).Log);
        levels.Options = OptionsReader.Read($"[log]\nlevel = {general}\nkmip = {component}\n", "test", []).Log;

        LogLevel[] all = [LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error];
        Assert.Equal(said, all.Count(level => levels.IsSaid("Keyreeve.Server.Kmip.KmipListener", level)));
        Assert.Equal(general is "none" ? 0 : general is "basic" ? 3 : 4, all.Count(level => levels.IsSaid("Keyreeve.Rest", level)));
    }

    [Fact]
    public async Task Hangup_ChangesLevelsWithoutARestart_AndAFaultyFileChangesNothing()
    {
        await using var server = await ServerProcess.StartNewAsync();
        var configuration = await File.ReadAllTextAsync(server.ConfigurationFile, TestContext.Current.CancellationToken);

        await File.WriteAllTextAsync(server.ConfigurationFile, configuration + "\n[log]\nkmip = verbose\n", TestContext.Current.CancellationToken);
        await server.SignalAsync("HUP");
        await TrailFixture.UntilAsync(() => server.Log.Contains("The log is loud (kmip = verbose)", StringComparison.Ordinal), "the warning of a loud log");

        await File.WriteAllTextAsync(server.ConfigurationFile, configuration + "\n[log]\nlevel = shout\n", TestContext.Current.CancellationToken);
        await server.SignalAsync("HUP");
        await TrailFixture.UntilAsync(() => server.Log.Contains("has faults", StringComparison.Ordinal), "the fault");
        Assert.Contains("'none', 'basic', 'verbose' or 'debug'", server.Log, StringComparison.Ordinal);
    }

    private static void Fill(string path)
    {
        using var file = File.Create(path, bufferSize: 0);
        try
        {
            while (true) file.Write(new byte[512]);
        }
        catch (IOException)
        {
            // Full, as it should be.
            Assert.True(file.Length > 0);
        }
    }

    private static void MakePipe(string path)
    {
        using var make = Process.Start("mkfifo", [path])!;
        make.WaitForExit();
        Assert.Equal(0, make.ExitCode);
    }

    private static async Task RemountAsync(string path, string mode)
    {
        using var mount = Process.Start("mount", ["-o", "remount," + mode, path]);
        await mount.WaitForExitAsync();
        Assert.Equal(0, mount.ExitCode);
    }

    private static long[] SerialsOf(string path) =>
        [.. File.ReadAllLines(path).Select(line => LogLine.TryRead(line, out var serial, out var isIntact) && isIntact ? serial : -1)];

    private sealed class ServerAtDebug : ServerFixture
    {
        protected override IReadOnlyList<string> Settings => ["log.level=debug"];
    }

    // The timer fires when the test says so.
    private sealed class HourlyTime : TimeProvider
    {
        private Action _fire = static () => { };

        public TimeSpan Period { get; private set; }

        public void Fire() => _fire();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (period <= TimeSpan.Zero) return base.CreateTimer(callback, state, dueTime, period);
            Period = period;
            _fire = () => callback(state);
            return base.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void Say(int count)
    {
        using var file = new LogFile(Log, RecordFormatName.KeyValue, new RecordSource("kms-1", "", "1.0"), TimeProvider.System);
        var logger = file.CreateLogger("Keyreeve.Test");
        for (var i = 0; i < count; i++) logger.LogInformation("number {I}", i);
    }
}
