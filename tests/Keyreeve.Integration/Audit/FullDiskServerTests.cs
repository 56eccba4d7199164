using System.Diagnostics;
using System.Text.Json.Nodes;
using Keyreeve.Core.Audit;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Hosting;
using Xunit;

namespace Keyreeve.Integration.Audit;

/// <summary>A server whose audit directory lies on a small disk of its own, which fills up.</summary>
[Trait("Speed", "Slow")]
public sealed class FullDiskServerTests : IAsyncLifetime
{
    private readonly ServerFixture _server = new();
    private readonly List<string> _mounted = [];

    private string Trail => Path.Combine(_server.DataDirectory, "audit");

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server.Server is not null) await _server.Server.StopAsync();
        foreach (var mounted in _mounted) await RunAsync("umount", "-l", mounted);
        await _server.DisposeAsync();
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task DiskFull_ReleasesAndChangesAreRefused_UseAndReadGoOn_AlarmAndGapAreTold_AndItMendsItself()
    {
        using (var first = _server.Client(_server.App)) await first.CreateKeyAsync("kept", "default");
        await _server.Server.StopAsync();
        await MountAsync(Trail, "6m");
        // Room for one segment, not for the reserve beside it.
        var ballast = Path.Combine(Trail, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[(4 << 20) + (1 << 19)]);
        await _server.RestartAsync();
        using var app = _server.Client(_server.App);

        var started = Stopwatch.GetTimestamp();
        (await app.GetAsync("/v1/ready")).ExpectError(503, "AuditUnavailable");
        (await app.PostAsync("/v1/keys", new JsonObject { ["name"] = "new" })).ExpectError(503, "AuditUnavailable");
        (await app.PostAsync("/v1/keys/kept/datakey")).ExpectError(503, "AuditUnavailable");
        (await app.PostAsync("/v1/keys/kept/encrypt", new JsonObject { ["plaintext"] = "eA==" })).Expect(200);
        (await app.GetAsync("/v1/keys")).Expect(200);
        // Nothing hangs: five answers within the bound of one, many times over.
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(50));
        Assert.Contains(_server.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("no space can be set aside for the audit trail", StringComparison.Ordinal));

        File.Delete(ballast);
        await TrailFixture.UntilAsync(() => _server.Log.Lines.Any(line => line.StartsWith("Information", StringComparison.Ordinal) && line.Contains("space is set aside for the audit trail again", StringComparison.Ordinal)), "space again");
        (await app.PostAsync("/v1/keys/kept/datakey")).Expect(200);
        await _server.Server.StopAsync();

        var result = AuditVerifier.Verify(new AuditVerifierOptions { Directory = Trail }, CancellationToken.None);
        Assert.True(result.IsIntact, result.Finding?.Explanation);
        var gaps = _server.ReadAudit().Select(line => line["event"]!.AsObject()).Where(e => e["operation"]!.GetValue<string>() == "AuditGap").ToList();
        Assert.Equal(["Failed", "Success"], gaps.Select(g => g["result"]!.GetValue<string>()), StringComparer.Ordinal);
        // What went on while the disk was full is in the trail: there was room for that.
        Assert.Contains(_server.ReadAudit(), line => line["event"]!["operation"]!.GetValue<string>() == "Encrypt");
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task DiskOfIndexAndAlertsFull_IsToldOnce_AndAStopClosesTheTrailAllTheSame()
    {
        await _server.Server.StopAsync();
        string[] folders = ["audit-index", "alerts"];
        foreach (var folder in folders.Select(name => Path.Combine(_server.DataDirectory, name)))
        {
            await MountAsync(folder, "64k");
            await File.WriteAllBytesAsync(Path.Combine(folder, "ballast"), new byte[64 << 10]);
        }

        await _server.RestartAsync();
        using var app = _server.Client(_server.App);
        using var curious = _server.Client(await _server.EnrolAsync("curious", "elsewhere", "use"));
        await app.CreateKeyAsync("guarded", "guarded-group");
        for (var i = 0; i < 30; i++) (await curious.PostAsync("/v1/keys/guarded/encrypt", new JsonObject { ["plaintext"] = "eA==" })).ExpectError(404, "ItemNotFound");
        await TrailFixture.UntilAsync(() => Told("What the alerts have learned cannot be kept") > 0 && Told("The audit index cannot be kept") > 0, "that neither can be kept");
        // Tried again at every look, four times a second.
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        Assert.Equal((1, 1), (Told("What the alerts have learned cannot be kept"), Told("The audit index cannot be kept")));

        await _server.Server.StopAsync();

        Assert.False(File.Exists(Path.Combine(Trail, "running")));
        var result = AuditVerifier.Verify(new AuditVerifierOptions { Directory = Trail }, CancellationToken.None);
        Assert.True(result.IsIntact, result.Finding?.Explanation);
        Assert.Equal(result.Records, result.SignedRecords);
    }

    [Fact]
    public async Task Init_OnADiskThatHoldsTheSegmentsOfTheConfiguration_TakesNoMoreThanThose()
    {
        await using var disk = await SmallDisk.MountAsync(6);
        if (!disk.IsMounted) Assert.Skip("needs root, to mount a small disk");
        var options = OptionsReader.ReadFile(_server.ConfigurationFile, ["server.data-directory=" + Path.Combine(disk.Path, "data")]);

        // Segments of 1 MiB, as the configuration says; those of the default take 64 MiB.
        Assert.True((await Installation.InitialiseAsync(options, "admin", null, static _ => { }, CancellationToken.None)).IsNew);
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task AnswersWithoutARecord_WhenNothingCanBeWrittenForLong_AreCountedInTheTrail()
    {
        await using var trail = new TrailFixture();
        await trail.OpenAsync(trail.Options with { QueueLimitInBytes = 256 * 1024 });
        await trail.RecordAsync(1);
        // Neither the directory nor a place for another.
        Directory.Move(trail.Trail, trail.Trail + "-away");
        await File.WriteAllTextAsync(trail.Trail, "in the way");
        await trail.TryRecordAsync("during");
        await TrailFixture.UntilAsync(() => !trail.Chain.IsAvailable, "unavailable");

        for (var i = 0; i < 7; i++) trail.Chain.CountUnrecorded();
        File.Delete(trail.Trail);
        Directory.Move(trail.Trail + "-away", trail.Trail);

        await TrailFixture.UntilAsync(() => trail.Details().Any(d => d.StartsWith("7 answers were given without a record between", StringComparison.Ordinal)), "the count");
        await trail.Chain.DisposeAsync();
        Assert.True(trail.Verify().IsIntact);
    }

    private int Told(string what) => _server.Log.Lines.Count(line => line.Contains(what, StringComparison.Ordinal));

    private async Task MountAsync(string folder, string size)
    {
        if (await RunAsync("mount", "-t", "tmpfs", "-o", $"size={size},mode=0700", "tmpfs", folder) != 0) Assert.Skip("needs root, to mount a small disk");
        _mounted.Add(folder);
    }

    private static async Task<int> RunAsync(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
