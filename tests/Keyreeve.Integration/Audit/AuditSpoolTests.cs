using System.Text.Json;
using Keyreeve.Core.Audit;
using Xunit;

namespace Keyreeve.Integration.Audit;

/// <summary>What a process that is killed leaves in memory, and the next start brings into the trail.</summary>
public sealed class AuditSpoolTests : IAsyncLifetime
{
    private readonly TrailFixture _trail = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-spool-").FullName;

    // Nothing is written by itself while a test looks.
    private AuditChainOptions Options => _trail.Options with
    {
        SpoolDirectory = _folder,
        GatherLimit = TimeSpan.FromMinutes(10),
        WatchInterval = TimeSpan.FromMinutes(10),
        WaitLimit = TimeSpan.FromMinutes(20),
    };

    private string Spool => AuditSpool.PathOf(_folder, _trail.Trail);

    public async ValueTask InitializeAsync() => await _trail.OpenAsync(Options);

    public async ValueTask DisposeAsync()
    {
        await _trail.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    [Trait("Attack", "53")]
    public async Task Open_AfterAKill_BringsInWhatWasAnsweredAndNotWritten()
    {
        await _trail.RecordAsync(3, "before");
        for (var i = 0; i < 100; i++) Assert.True(_trail.Chain.Append(TrailFixture.Event($"kept-{i}")).IsKept);
        var asKilled = await AsKilledAsync();

        await using var other = await OpenOverAsync(asKilled);

        Assert.Equal(Enumerable.Range(0, 100).Select(static i => $"kept-{i}"), PrincipalsOf(other).Where(static p => p.StartsWith("kept-", StringComparison.Ordinal)));
        Assert.Equal(103, other.Chain.Size);
        Assert.Contains("found in memory", other.Chain.UncleanEnd, StringComparison.Ordinal);
        await other.Chain.DisposeAsync();
        Assert.True(other.Verify().IsIntact);
    }

    [Fact]
    [Trait("Attack", "53")]
    public async Task Open_AfterAPowerFailure_SaysOnceThatRecordsMayBeMissing()
    {
        await _trail.RecordAsync(3, "before");
        for (var i = 0; i < 5; i++) Assert.True(_trail.Chain.Append(TrailFixture.Event("lost")).IsKept);

        await using var other = await OpenOverAsync(null);

        const string Told = "after record 3 the last run did not end as it should: ";
        Assert.Contains("may have no record", other.Chain.UncleanEnd, StringComparison.Ordinal);
        Assert.StartsWith(Told, Assert.Single(other.Details()), StringComparison.Ordinal);
        Assert.Contains(other.Alarms, static a => a.Contains(Told, StringComparison.Ordinal));
        Assert.DoesNotContain("lost", PrincipalsOf(other));
        await other.Chain.DisposeAsync();
        await other.OpenAsync(Options with { DataDirectory = other.Root });
        Assert.Null(other.Chain.UncleanEnd);
        Assert.Equal(4, other.Chain.Size);
        Assert.True(other.Verify().IsIntact);
    }

    [Fact]
    [Trait("Attack", "53")]
    public async Task Open_AfterAPowerFailureWhereEveryAnswerWaited_SaysThatNoneIsMissing()
    {
        await _trail.Chain.DisposeAsync();
        await _trail.OpenAsync(Options with { SpoolDirectory = null });
        await _trail.RecordAsync(3);

        await using var other = await OpenOverAsync(null);

        Assert.Contains("every answer waited for the disk", other.Chain.UncleanEnd, StringComparison.Ordinal);
        Assert.Equal(3, other.Chain.Size);
    }

    [Fact]
    [Trait("Attack", "53")]
    public async Task Open_AfterAKillWhenAllWasWritten_BringsInNothingTwice()
    {
        for (var i = 0; i < 20; i++) _trail.Chain.Append(TrailFixture.Event($"kept-{i}"));
        var asKilled = await AsKilledAsync();
        await _trail.Chain.DisposeAsync();
        WriteSpool(Spool, asKilled);

        await _trail.OpenAsync(Options);

        Assert.Equal(20, _trail.Chain.Size);
        Assert.False(_trail.Chain.Append(TrailFixture.Event()) is { IsKept: false });
    }

    [Fact]
    [Trait("Attack", "53")]
    public async Task Open_AfterAKillInTheMiddleOfARecord_TakesTheWholeOnes()
    {
        for (var i = 0; i < 3; i++) _trail.Chain.Append(TrailFixture.Event($"kept-{i}"));
        var asKilled = await AsKilledAsync();
        // The third is there but not its end; another area says it has more than there is.
        var third = asKilled.AsSpan().IndexOf("kept-2"u8);
        asKilled.AsSpan(third + 20, 40).Clear();

        await using var other = await OpenOverAsync(asKilled);

        Assert.Equal(["kept-0", "kept-1"], PrincipalsOf(other));
    }

    [Fact]
    public async Task Append_MoreThanThereIsRoomFor_IsNotKeptAndStaysInOrder()
    {
        var detail = new string('x', AuditJson.MaxStringLength);
        var kept = new List<bool>();
        // The writer takes what it gets; what comes while it is on its way to disk fills the other half.
        for (var i = 0; i < 6_000; i++)
        {
            var record = TrailFixture.Event($"many-{i}");
            record.Detail = detail;
            kept.Add(_trail.Chain.Append(record).IsKept);
        }

        await _trail.RecordAsync(1, "last");

        Assert.Contains(true, kept);
        Assert.Equal([.. Enumerable.Range(0, 6_000).Select(static i => $"many-{i}"), "last"], PrincipalsOf(_trail));
    }

    [Fact]
    public async Task Close_WhenAllIsWritten_LeavesNothing()
    {
        await _trail.RecordAsync(3);
        Assert.True(File.Exists(Spool));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Spool));
        await _trail.Chain.DisposeAsync();

        Assert.Empty(Directory.GetFiles(_folder));
        await _trail.OpenAsync(Options);
        Assert.Null(_trail.Chain.UncleanEnd);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("readable by others")]
    [InlineData("a link")]
    [Trait("Attack", "59")]
    public async Task Open_MemoryThatIsNotTheServersOwn_IsNotUsedAndSaidSo(string what)
    {
        await _trail.Chain.DisposeAsync();
        var options = Options with { SpoolDirectory = what is "missing" ? Path.Combine(_folder, "missing") : _folder };
        if (what is "a link") File.CreateSymbolicLink(Spool, Path.Combine(_folder, "elsewhere"));
        if (what is "readable by others") await File.WriteAllBytesAsync(Spool, []);
        if (what is "readable by others") File.SetUnixFileMode(Spool, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        await _trail.OpenAsync(options);

        Assert.False(_trail.Chain.Append(TrailFixture.Event()).IsKept);
        Assert.Contains(_trail.Alarms, static a => a.Contains("every answer waits for the disk", StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Combine(_folder, "elsewhere")));
    }

    private static string[] PrincipalsOf(TrailFixture trail) =>
        [.. trail.Lines().Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetProperty("principal").GetString()!)];

    // What kill -9 would leave: the memory as it is, while records are in it that are not on disk.
    private async Task<byte[]> AsKilledAsync()
    {
        using var file = new FileStream(Spool, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var content = new byte[file.Length];
        await file.ReadExactlyAsync(content);
        return content;
    }

    private static void WriteSpool(string path, byte[] content)
    {
        File.WriteAllBytes(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    // A copy of the trail as it is on disk, with that memory, as it would be found; with none, as after a power failure.
    private async Task<TrailFixture> OpenOverAsync(byte[]? asKilled)
    {
        var other = new TrailFixture();
        Directory.CreateDirectory(other.Trail, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var file in Directory.GetFiles(_trail.Trail)) File.Copy(file, Path.Combine(other.Trail, Path.GetFileName(file)));
        if (asKilled is not null) WriteSpool(AuditSpool.PathOf(_folder, other.Trail), asKilled);
        return await other.OpenAsync(Options with { DataDirectory = other.Root, Alarm = other.Alarms.Enqueue });
    }
}
