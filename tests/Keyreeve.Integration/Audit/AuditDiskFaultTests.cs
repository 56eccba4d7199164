using System.Diagnostics;
using Xunit;

namespace Keyreeve.Integration.Audit;

/// <summary>A disk that fails or hangs. Run alone: the tracer slows the whole process down.</summary>
[Trait("Speed", "Slow")]
[Collection(nameof(AuditDiskFaultTests))]
[CollectionDefinition(nameof(AuditDiskFaultTests), DisableParallelization = true)]
public sealed class AuditDiskFaultTests
{
    [Fact]
    [Trait("Attack", "49")]
    public async Task FlushFails_WaitersAreRefused_AndTheOldFileIsNeverTrustedAgain()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(5, "before");
        await using var fault = await DiskFault.InjectAsync(trail.Segment(1), "error=EIO:when=1");
        if (!fault.IsActive) Assert.Skip("strace may not trace this process");

        Assert.False(await trail.TryRecordAsync("during"));
        await TrailFixture.UntilAsync(() => trail.Chain.IsAvailable, "available again");
        await trail.RecordAsync(5, "after");
        await fault.DisposeAsync();
        await trail.Chain.DisposeAsync();

        // The record whose answer was refused is kept all the same: what it tells of may have happened.
        Assert.Equal(5, TrailFixture.LinesOf(trail.Segment(1)).Length);
        Assert.Single(trail.Lines(), line => line.Contains("\"principal\":\"during\"", StringComparison.Ordinal));
        Assert.Contains("Input/output error", Assert.Single(trail.Details()), StringComparison.Ordinal);
        var result = trail.Verify();
        Assert.True(result.IsIntact, result.Finding?.Explanation);
        Assert.Equal(12, result.SignedRecords);
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task DiskHangs_WaitersAreRefusedInTime_AndServedWhenItAnswers()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(1);
        await using var fault = await DiskFault.InjectAsync(trail.Segment(1), "delay_enter=5s:when=1");
        if (!fault.IsActive) Assert.Skip("strace may not trace this process");

        var started = Stopwatch.GetTimestamp();
        Assert.False(await trail.TryRecordAsync("hanging"));
        // The bound is two seconds here.
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 1.9, 4.5);
        Assert.False(trail.Chain.IsAvailable);

        await TrailFixture.UntilAsync(() => trail.Chain.IsAvailable, "available again");
        await trail.RecordAsync(1, "after");
        await fault.DisposeAsync();
        await trail.Chain.DisposeAsync();
        Assert.Equal(3, trail.Verify().SignedRecords);
    }
}
