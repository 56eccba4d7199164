using System.Text.Json;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Audit.Indexing;
using Keyreeve.Integration.Audit;
using Xunit;

namespace Keyreeve.Integration.Forwarding;

/// <summary>A trail of which somebody has cut out records that had yet to be passed on: he has not silenced what comes after.</summary>
[Trait("Speed", "Slow")]
public sealed class DamagedTrailTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-damaged-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("cut at a line")]
    [InlineData("cut within a line")]
    [Trait("Attack", "49")]
    public async Task SinkAndIndex_OfATrailThatWasCut_GoOnBehindWhatIsGoneAndSaySo(string damage)
    {
        var path = Path.Combine(_folder, "audit.json");
        await using var fixture = await SinkFixture.StartAsync($"file:{path}");
        await fixture.Sink.DisposeAsync();
        await fixture.RecordAsync(50);
        var trail = fixture.Trail;
        var kept = trail.Lines()[..3].Sum(static line => System.Text.Encoding.UTF8.GetByteCount(line) + 1);
        await using (var segment = File.OpenWrite(trail.LastSegment())) segment.SetLength(damage == "cut at a line" ? kept : kept + 20);
        await TrailFixture.UntilAsync(() => trail.Alarms.Any(static alarm => alarm.Contains("is written again", StringComparison.Ordinal)), "the trail in a new segment");
        await fixture.RecordAsync(10);
        var size = trail.Chain.Size;

        fixture.StartSink();
        await using var indexer = AuditIndexer.Start(trail.Chain.Feed, trail.Root, trail.Alarms.Enqueue);
        await TrailFixture.UntilAsync(() => SerialsOf(path).Contains(size), "the last record at the sink");
        await TrailFixture.UntilAsync(() => indexer.Count >= size, "the last record in the index");

        // What is left of the first segment, and all that came after what was cut out of it.
        long[] expected = [1, 2, 3, .. Enumerable.Range(51, (int)size - 50).Select(static serial => (long)serial)];
        Assert.Equal(expected, SerialsOf(path).Where(serial => serial <= size));
        Assert.Equal(expected, indexer.Find(new AuditFilter(), 1000, 0, CancellationToken.None).Select(static record => record.Serial).Where(serial => serial <= size).Reverse());
        await TrailFixture.UntilAsync(
            () => TrailFixture.LinesOf(trail.LastSegment()).Any(static line => line.Contains("gets no records 4 to 50: they are missing from the trail", StringComparison.Ordinal)), "that records are missing, in the trail");
        Assert.Contains(trail.Alarms, static alarm => alarm.Contains("Records 4 to 50 are missing", StringComparison.Ordinal));
        Assert.False(trail.Verify().IsIntact);
    }

    private static long[] SerialsOf(string path) => !File.Exists(path)
        ? []
        : [.. TrailFixture.LinesOf(path).Where(static line => line.EndsWith('}')).Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("record").GetProperty("seq").GetInt64())];
}
