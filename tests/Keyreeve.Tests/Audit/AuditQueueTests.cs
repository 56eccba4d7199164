using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Xunit;

namespace Keyreeve.Tests.Audit;

public sealed class AuditQueueTests
{
    private readonly ManualTime _time = new();
    private readonly AuditQueue _queue;

    public AuditQueueTests() => _queue = new AuditQueue(new AuditChainOptions
    {
        DataDirectory = "/nowhere", Time = _time, Alarm = _ => { }, QueueLimitInBytes = AuditLine.MaxSizeInBytes, WaitLimit = TimeSpan.FromSeconds(5),
    });

    [Fact]
    public async Task WhenDurable_BatchCompleted_AllItsWaitersGoOn()
    {
        var waits = Enumerable.Range(0, 3).Select(_ => _queue.WhenDurableAsync(_queue.Append([1]).Sequence).AsTask()).ToArray();
        Assert.All(waits, wait => Assert.False(wait.IsCompleted));

        _queue.Complete(_queue.Take(TimeSpan.Zero)!);

        await Task.WhenAll(waits);
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task CheckAge_DiskDoesNotAnswer_WaitersAreRefusedAfterTheLimitAndServedAfterwards()
    {
        var hanging = _queue.WhenDurableAsync(_queue.Append([1]).Sequence).AsTask();
        var batch = _queue.Take(TimeSpan.Zero)!;
        _time.Advance(TimeSpan.FromSeconds(4));
        _queue.CheckAge();
        Assert.True(_queue.IsAvailable);
        Assert.False(hanging.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(2));
        _queue.CheckAge();
        Assert.False(_queue.IsAvailable);
        Assert.Equal(KeyreeveError.AuditUnavailable, (await Assert.ThrowsAsync<KeyreeveException>(() => hanging)).Error);
        // Who comes now is told at once.
        await Assert.ThrowsAsync<KeyreeveException>(() => _queue.WhenDurableAsync(_queue.Append([2]).Sequence).AsTask());

        _queue.Complete(batch);
        _queue.Complete(_queue.Take(TimeSpan.Zero)!);
        _queue.CheckAge();
        Assert.True(_queue.IsAvailable);
        var next = _queue.WhenDurableAsync(_queue.Append([3]).Sequence).AsTask();
        _queue.Complete(_queue.Take(TimeSpan.Zero)!);
        await next;
    }

    [Fact]
    [Trait("Attack", "49")]
    public void Append_QueueFull_RefusesAllButWhatIsCommitted()
    {
        var record = new byte[AuditLine.MaxSizeInBytes / 4];
        for (var i = 0; i < 3; i++) _queue.Append(record);
        Assert.False(_queue.IsAvailable);
        _queue.Append(record);

        Assert.Equal(KeyreeveError.AuditUnavailable, Assert.Throws<KeyreeveException>(() => _queue.Append(record)).Error);
        _queue.Append(record, UniqueIdentifier.New(DateTimeOffset.UnixEpoch));

        _queue.Complete(_queue.Take(TimeSpan.Zero)!);
        Assert.True(_queue.IsAvailable);
    }

    [Fact]
    public void Take_AfterFailure_KeepsWhatWasQueued()
    {
        _queue.Append([1, 2]);
        _queue.Raise(AuditQueue.Trouble.WriteFailed);
        _queue.Append([3]);

        var batch = _queue.Take(TimeSpan.Zero)!;

        var position = 0;
        Assert.True(batch.TryRead(ref position, out var first) && first.SequenceEqual<byte>([1, 2]));
        Assert.True(batch.TryRead(ref position, out var second) && second.SequenceEqual<byte>([3]));
        Assert.False(batch.TryRead(ref position, out _));
    }

    [Fact]
    public async Task Take_SomebodyComesToWait_DoesNotGatherAnyLonger()
    {
        var queue = Gathering();
        var taking = Task.Run(() => queue.Take(TimeSpan.FromMinutes(10)));
        var ticket = queue.Append([1]);
        Assert.False(ticket.IsKept);

        var waiting = queue.WhenDurableAsync(ticket.Sequence).AsTask();

        queue.Complete((await taking.WaitAsync(TimeSpan.FromMinutes(1)))!);
        await waiting;
        Assert.True(queue.IsEmpty);
    }

    [Fact]
    public async Task Take_EnoughForAFlush_DoesNotGatherAnyLonger()
    {
        var queue = Gathering();
        var taking = Task.Run(() => queue.Take(TimeSpan.FromMinutes(10)));

        for (var i = 0; i < 10; i++) queue.Append(new byte[100_000]);

        Assert.NotNull(await taking.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task Take_FewerComeToWaitThanBefore_GoesOnWithThose()
    {
        var queue = Gathering();
        var together = Enumerable.Range(0, 5).Select(_ => queue.WhenDurableAsync(queue.Append([1]).Sequence).AsTask()).ToArray();
        queue.Complete(queue.Take(TimeSpan.FromMinutes(10))!);
        await Task.WhenAll(together);
        var taking = Task.Run(() => queue.Take(TimeSpan.FromMinutes(10)));

        var alone = queue.WhenDurableAsync(queue.Append([2]).Sequence).AsTask();

        queue.Complete((await taking.WaitAsync(TimeSpan.FromMinutes(1)))!);
        await alone;
    }

    private static AuditQueue Gathering() => new(new AuditChainOptions
    {
        DataDirectory = "/nowhere", Time = TimeProvider.System, Alarm = _ => { }, GatherLimit = TimeSpan.FromMinutes(10), WaitLimit = TimeSpan.FromMinutes(20),
    });

    private sealed class ManualTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan by) => _now += by.Ticks;
    }
}
