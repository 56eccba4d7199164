using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Audit.Indexing;
using Xunit;

namespace Keyreeve.Integration.Audit;

/// <summary>A trail whose first segments were archived and removed: what stays verifies, and who removes them otherwise is found out.</summary>
[Trait("Speed", "Slow")]
public sealed class AuditPruneTests : IAsyncDisposable
{
    // About three segments of the least size there is.
    private const int Count = 6000;

    private readonly TrailFixture _trail = new();

    private string Archive => Path.Combine(_trail.Root, "archive");

    public ValueTask DisposeAsync() => _trail.DisposeAsync();

    [Fact]
    public async Task Removal_OfWhatIsArchived_LeavesATrailThatVerifiesWithAndWithoutKeyreeve()
    {
        var archived = await ArchivedAsync();

        var removed = await RemoveAsync(archived);

        Assert.InRange(removed.Size, 1, archived.Size);
        Assert.False(File.Exists(_trail.Segment(1)));
        await _trail.Chain.DisposeAsync();
        await AssertSoundAsync(removed.Size);
        var (status, text) = await VerifyScript.RunAsync(_trail.Trail, Path.Combine(Archive, "verifier.pub"));
        Assert.True(status == 0, text);
        Assert.Contains($"position: {_trail.Verify().Records}", text, StringComparison.Ordinal);
        Assert.True(AuditVerifier.Verify(new AuditVerifierOptions { Directory = Archive, Key = _trail.Chain.Verifier }, default).IsIntact);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_AfterARemoval_GoesOnWithTheChain(bool isStateLost)
    {
        var removed = await RemoveAsync(await ArchivedAsync());
        await _trail.Chain.DisposeAsync();
        // Without it a start reads the whole trail, from where it begins.
        if (isStateLost) File.Delete(Path.Combine(_trail.Trail, "state"));
        // As a crash between the two leaves it: a segment that was removed is still there.
        File.Copy(Path.Combine(Archive, "000001.jsonl"), _trail.Segment(1));

        await _trail.OpenAsync();
        await _trail.RecordAsync(3, "later");
        await _trail.Chain.DisposeAsync();

        Assert.Empty(_trail.Alarms);
        Assert.False(File.Exists(_trail.Segment(1)));
        await AssertSoundAsync(removed.Size);
    }

    [Fact]
    public async Task Index_LostAfterARemoval_FindsWhatStaysAndNothingElse()
    {
        var removed = await RemoveAsync(await ArchivedAsync());
        await _trail.RecordAsync(1, "last");

        await using var indexer = AuditIndexer.Start(_trail.Chain.Feed, _trail.Root, static _ => { });
        await TrailFixture.UntilAsync(() => indexer.Count == _trail.Chain.Size, "the index has all records");

        Assert.Single(indexer.Find(new AuditFilter { Principal = "last" }, 10, 0, default));
        var found = new List<long>();
        for (long before = 0; indexer.Find(new AuditFilter(), 1000, before, default) is { Count: > 0 } page; before = page[^1].Serial) found.AddRange(page.Select(static r => r.Serial));
        Assert.Equal((removed.Size + 1, _trail.Chain.Size), (found[^1], found[0]));
        Assert.Equal(_trail.Chain.Size - removed.Size, found.Count);
    }

    [Fact]
    public async Task Index_KeptOverARemoval_FindsNothingOfWhatWent()
    {
        await FillAsync();
        await using var indexer = AuditIndexer.Start(_trail.Chain.Feed, _trail.Root, static _ => { });
        await TrailFixture.UntilAsync(() => indexer.Count == _trail.Chain.Size, "the index has all records");

        var removed = await RemoveAsync(Copied());

        var found = indexer.Find(new AuditFilter(), 1000, removed.Size + 3, default);
        Assert.Equal([removed.Size + 2, removed.Size + 1], found.Select(static r => r.Serial));
    }

    [Fact]
    public async Task Verify_FirstSegmentsDeletedBehindTheServersBack_FindsThemMissing()
    {
        var archived = await ArchivedAsync();
        var position = _trail.Chain.PrepareRemoval(archived, DateTimeOffset.MaxValue, long.MaxValue, default).Position;
        await _trail.Chain.DisposeAsync();

        // Whoever can write there can compute where what he leaves begins; that it was done by right he cannot sign for.
        await File.WriteAllTextAsync(Path.Combine(_trail.Trail, "begin"), position + "\n");
        foreach (var segment in AuditDirectory.ListSegments(_trail.Trail))
            if (AuditBeginning.FirstSequenceOf(_trail.Trail, segment) <= position.Size) File.Delete(_trail.Segment(segment));

        Assert.Equal(AuditFault.MissingRecords, _trail.Verify().Finding!.Fault);
        var (status, text) = await VerifyScript.RunAsync(_trail.Trail, Path.Combine(Archive, "verifier.pub"));
        Assert.True(status != 0, text);
        Assert.Contains("no record says that they were removed by right", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_WhatIsNotArchivedPassedOnOrOld_RemovesNothing()
    {
        var archived = await ArchivedAsync();
        var altered = archived with { LastHash = new byte[32] };
        (AuditPosition Archived, DateTimeOffset Before, long Passed)[] refused =
        [
            (altered, DateTimeOffset.MaxValue, long.MaxValue),
            (archived with { Size = archived.Size + 100_000 }, DateTimeOffset.MaxValue, long.MaxValue),
            (archived, DateTimeOffset.MinValue, long.MaxValue),
            (archived, DateTimeOffset.MaxValue, 10),
            (AuditPosition.Start, DateTimeOffset.MaxValue, long.MaxValue),
        ];

        foreach (var (position, before, passed) in refused)
        {
            var refusal = Assert.Throws<KeyreeveException>(() => _trail.Chain.PrepareRemoval(position, before, passed, default));
            Assert.Equal(KeyreeveError.InvalidField, refusal.Error);
        }

        Assert.True(File.Exists(_trail.Segment(1)));
    }

    private async Task AssertSoundAsync(long removed)
    {
        var found = _trail.Verify();
        Assert.True(found.IsIntact, found.Finding?.Explanation);
        Assert.Equal(removed, found.RemovedRecords);
        await Assert.ThrowsAsync<InvalidDataException>(() => Task.Run(() => AuditProver.ProveRecord(_trail.Trail, found.Records, null, default)));
    }

    // As the pipeline does it: recorded first, then made.
    private async Task<AuditPosition> RemoveAsync(AuditPosition archived)
    {
        await using var removal = _trail.Chain.PrepareRemoval(archived, DateTimeOffset.MaxValue, long.MaxValue, default);
        await _trail.Chain.WhenDurableAsync(_trail.Chain.Append(TrailFixture.Event("app", "PruneAudit", removal.Description + "for a test")), default);
        await removal.MakeAsync();
        return removal.Position;
    }

    private async Task<AuditPosition> ArchivedAsync()
    {
        await FillAsync();
        return Copied();
    }

    private async Task FillAsync()
    {
        await _trail.OpenAsync();
        for (var i = 0; i < Count; i += 500)
        {
            AuditTicket last = default;
            for (var n = 0; n < 500; n++) last = _trail.Chain.Append(TrailFixture.Event());
            await _trail.Chain.WhenDurableAsync(last, default);
        }
    }

    private AuditPosition Copied() => TrailFixture.Archive(_trail.Trail, Archive);
}
