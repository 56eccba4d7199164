using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Xunit;

namespace Keyreeve.Integration.Audit;

/// <summary>The trail's files, touched behind a running server's back.</summary>
public sealed class AuditUnderAttackTests
{
    [Fact]
    [Trait("Attack", "49")]
    public async Task FileDeletedUnderTheServer_RefusedAndAlarm_ThenGoesOnWithNothingLost()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(10, "before");

        File.Delete(trail.Segment(1));
        await AssertFaultIsNoticedAndMendedAsync(trail, "was deleted");

        // The open file still had its records: the new segment begins with them.
        Assert.Equal(10, trail.Lines().Count(line => line.Contains("\"principal\":\"before\"", StringComparison.Ordinal)));
        var result = trail.Verify();
        Assert.True(result.IsIntact, result.Finding?.Explanation);
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task FileReplacedUnderTheServer_RefusedAndAlarm_ThenGoesOnWithNothingLost()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(10, "before");

        File.Move(trail.Segment(1), Path.Combine(trail.Root, "stolen"));
        await File.WriteAllTextAsync(trail.Segment(1), "{\"event\":{},\"prev\":\"\",\"seq\":1}\n");
        await AssertFaultIsNoticedAndMendedAsync(trail, "was replaced");

        // Once the planted file is gone, everything is there.
        File.Delete(trail.Segment(1));
        Assert.Equal(10, trail.Lines().Count(line => line.Contains("\"principal\":\"before\"", StringComparison.Ordinal)));
        Assert.True(trail.Verify().IsIntact);
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task FileTruncatedUnderTheServer_RefusedAndAlarm_AndVerifyShowsTheLoss()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(10, "before");

        await using (var file = new FileStream(trail.Segment(1), FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(0);
        await AssertFaultIsNoticedAndMendedAsync(trail, "was truncated");

        var result = trail.Verify();
        Assert.Equal(AuditFault.MissingRecords, result.Finding?.Fault);
        Assert.Contains("records 1 to 10 are missing", result.Finding!.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task FileLaidOpenUnderTheServer_RefusedAndAlarm_ThenGoesOn()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(10);

        File.SetUnixFileMode(trail.Segment(1), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await AssertFaultIsNoticedAndMendedAsync(trail, "permissions");

        Assert.True(trail.Verify().IsIntact);
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task DirectoryMovedUnderTheServer_RefusedAndAlarm_ThenGoesOnInANewOne()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(10, "before");

        Directory.Move(trail.Trail, Path.Combine(trail.Root, "moved"));
        await AssertFaultIsNoticedAndMendedAsync(trail, "the audit directory was moved");

        Assert.Equal(10, trail.Lines().Count(line => line.Contains("\"principal\":\"before\"", StringComparison.Ordinal)));
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task FileDeletedWhileIdle_IsNoticedWithoutARequest()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(1);

        File.Delete(trail.Segment(1));

        await TrailFixture.UntilAsync(() => trail.Alarms.Any(a => a.Contains("is written again", StringComparison.Ordinal)), "recovery");
        Assert.Contains(trail.Alarms, a => a.Contains("segment 000001.jsonl was deleted", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task DiskFull_UnavailableBeforeAnythingIsLost_AndByItselfAvailableAgain()
    {
        await using var disk = await SmallDisk.MountAsync(sizeInMiB: 6);
        if (!disk.IsMounted) Assert.Skip("needs root, to mount a small disk");
        await using var trail = new TrailFixture();
        Directory.CreateSymbolicLink(Path.Combine(trail.Root, "link"), disk.Path);
        await trail.OpenAsync(trail.Options with { DataDirectory = disk.Path });
        await trail.RecordAsync(10);

        var ballast = Path.Combine(disk.Path, "ballast");
        FillDisk(ballast);
        Assert.True(trail.Chain.IsAvailable);
        // The reserve becomes the segment, and no space is left for another.
        var recorded = 10;
        while (trail.Chain.IsAvailable && recorded < 20_000)
        {
            await trail.RecordAsync(1, "while full");
            recorded++;
        }

        await TrailFixture.UntilAsync(() => !trail.Chain.IsAvailable, "unavailable");
        // There still is room to say so, and for what was in flight.
        await trail.RecordAsync(1, "in flight");
        File.Delete(ballast);
        await TrailFixture.UntilAsync(() => trail.Chain.IsAvailable, "available again");
        await trail.RecordAsync(10, "after");
        await trail.Chain.DisposeAsync();

        var path = Path.Combine(disk.Path, "audit");
        var result = AuditVerifier.Verify(new AuditVerifierOptions { Directory = path, Key = trail.Chain.Verifier }, CancellationToken.None);
        Assert.True(result.IsIntact, result.Finding?.Explanation);
        // All of these, the note that space was lacking, the note that it is back.
        Assert.Equal(recorded + 1 + 10 + 2, result.SignedRecords);
        Assert.Contains(trail.Alarms, a => a.Contains("no space can be set aside", StringComparison.Ordinal));
        Assert.Contains(trail.Alarms, a => a.Contains("space is set aside for the audit trail again", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task DiskFullAtStart_StartsAndRefuses()
    {
        await using var disk = await SmallDisk.MountAsync(sizeInMiB: 3);
        if (!disk.IsMounted) Assert.Skip("needs root, to mount a small disk");
        await using var trail = new TrailFixture();
        var options = trail.Options with { DataDirectory = disk.Path };
        await trail.OpenAsync(options);
        await trail.Chain.DisposeAsync();
        // Room for the segment, not for its reserve.
        await using (var file = File.Create(Path.Combine(disk.Path, "ballast"))) await file.WriteAsync(new byte[(1 << 20) + (1 << 19)]);

        await trail.OpenAsync(options);

        Assert.False(trail.Chain.IsAvailable);
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task DiskFullAtStop_AllIsSignedForInTheSpaceThatWasSetAside()
    {
        await using var disk = await SmallDisk.MountAsync(sizeInMiB: 4);
        if (!disk.IsMounted) Assert.Skip("needs root, to mount a small disk");
        await using var trail = new TrailFixture();
        await trail.OpenAsync(trail.Options with { DataDirectory = disk.Path });
        Fill(Path.Combine(disk.Path, "ballast"));

        await trail.RecordAsync(20);
        await trail.Chain.DisposeAsync();

        var result = AuditVerifier.Verify(new AuditVerifierOptions { Directory = Path.Combine(disk.Path, "audit"), Key = trail.Chain.Verifier }, CancellationToken.None);
        Assert.True(result.IsIntact, result.Finding?.Explanation);
        Assert.Equal((20, 20), (result.Records, result.SignedRecords));
    }

    [Theory]
    [InlineData("elsewhere")]
    [InlineData("nothing")]
    [Trait("Attack", "59")]
    public async Task Open_DirectoryIsASymbolicLink_IsRefused(string target)
    {
        await using var trail = new TrailFixture();
        var elsewhere = Directory.CreateDirectory(Path.Combine(trail.Root, "elsewhere"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateSymbolicLink(trail.Trail, Path.Combine(trail.Root, target));

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await trail.OpenAsync());

        Assert.Equal(KeyreeveError.AuditUnavailable, refusal.Error);
        Assert.Contains("symbolic link", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(elsewhere.EnumerateFileSystemInfos());
    }

    [Fact]
    [Trait("Attack", "59")]
    public async Task Open_SegmentIsASymbolicLink_NothingIsWrittenThroughIt()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(3);
        await trail.Chain.DisposeAsync();
        var victim = Path.Combine(trail.Root, "victim");
        File.Move(trail.Segment(1), victim);
        var before = await File.ReadAllBytesAsync(victim);
        File.CreateSymbolicLink(trail.Segment(1), victim);

        await trail.OpenAsync();
        await trail.RecordAsync(3);
        await trail.Chain.DisposeAsync();

        Assert.Equal(before, await File.ReadAllBytesAsync(victim));
        Assert.NotEmpty(trail.Alarms);
    }

    [Theory]
    [InlineData("checkpoint.new")]
    [InlineData("reserve")]
    [InlineData("checkpoints")]
    [InlineData("000002.jsonl")]
    [Trait("Attack", "59")]
    public async Task PlantedSymbolicLink_NothingIsWrittenThroughIt(string name)
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(3);
        await trail.Chain.DisposeAsync();
        var victim = Path.Combine(trail.Root, "victim");
        await File.WriteAllTextAsync(victim, "untouched");
        File.Delete(Path.Combine(trail.Trail, name));
        File.CreateSymbolicLink(Path.Combine(trail.Trail, name), victim);

        try
        {
            await trail.OpenAsync();
            await trail.RecordAsync(3);
            await trail.Chain.DisposeAsync();
        }
        catch (KeyreeveException refusal)
        {
            Assert.Equal(KeyreeveError.AuditUnavailable, refusal.Error);
        }

        Assert.Equal("untouched", await File.ReadAllTextAsync(victim));
    }

    [Fact]
    public async Task Open_DirectoryOpenToOthers_IsRefusedWithTheCommandThatMendsIt()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.Chain.DisposeAsync();
        File.SetUnixFileMode(trail.Trail, File.GetUnixFileMode(trail.Trail) | UnixFileMode.GroupRead);

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await trail.OpenAsync());

        Assert.Contains("chmod 0700", refusal.Message, StringComparison.Ordinal);
    }

    // While it lasts requests are refused, not kept waiting; afterwards they are served.
    private static async Task AssertFaultIsNoticedAndMendedAsync(TrailFixture trail, string fault)
    {
        await trail.TryRecordAsync("during");
        await TrailFixture.UntilAsync(() => trail.Alarms.Any(a => a.Contains("is written again", StringComparison.Ordinal)), "recovery");
        await TrailFixture.UntilAsync(() => trail.Chain.IsAvailable, "available again");
        await trail.RecordAsync(5, "after");
        // In whatever directory it goes on now: should it end without being closed, the next start says so.
        Assert.True(File.Exists(Path.Combine(trail.Trail, AuditRunMark.FileName)));
        await trail.Chain.DisposeAsync();

        Assert.Contains(trail.Alarms, a => a.Contains("cannot be written", StringComparison.Ordinal) && a.Contains(fault, StringComparison.Ordinal));
        Assert.Contains(trail.Details(), detail => detail.Contains(fault, StringComparison.Ordinal));
        Assert.Equal(5, trail.Lines().Count(line => line.Contains("\"principal\":\"after\"", StringComparison.Ordinal)));
        Assert.Single(trail.Lines(), line => line.Contains("\"principal\":\"during\"", StringComparison.Ordinal));
    }

    private static void FillDisk(string path)
    {
        using var file = File.Create(path, bufferSize: 0);
        try
        {
            while (true) file.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // Full, as it should be.
            Assert.True(file.Length > 0);
        }
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true) file.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // Not a page is left.
        }
    }
}
