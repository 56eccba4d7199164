using Keyreeve.Core.Sealing;
using Xunit;

namespace Keyreeve.Tests.Core.Sealing;

public sealed class BoundedCacheTests
{
    private readonly Clock _clock = new();
    private readonly List<string> _released = [];

    [Fact]
    public void TryGet_WhatWasKept_IsThere()
    {
        using var cache = Make(10);

        Assert.True(cache.TryKeep(1, "one", cache.BeginFill(1)));

        Assert.True(cache.TryGet(1, out var value));
        Assert.Equal("one", value);
        Assert.False(cache.TryGet(2, out _));
    }

    [Fact]
    public void TryKeep_InvalidatedSinceTheFillBegan_Loses()
    {
        using var cache = Make(10);
        var fill = cache.BeginFill(1);

        cache.Invalidate(1);

        Assert.False(cache.TryKeep(1, "stale", fill));
        Assert.False(cache.TryGet(1, out _));
        Assert.True(cache.TryKeep(1, "new", cache.BeginFill(1)));
    }

    [Fact]
    public void TryKeep_AllOfItsKindInvalidatedSinceTheFillBegan_Loses()
    {
        using var cache = Make(10);
        Assert.True(cache.TryKeep(2, "two", cache.BeginFill(2)));
        var fill = cache.BeginFill(1);

        cache.InvalidateWhere(static key => key == 1);

        Assert.False(cache.TryKeep(1, "stale", fill));
        Assert.True(cache.TryGet(2, out _));
    }

    [Fact]
    public void TryKeep_SecondOfTwoFills_Loses()
    {
        using var cache = Make(10);
        var (first, second) = (cache.BeginFill(1), cache.BeginFill(1));

        Assert.True(cache.TryKeep(1, "a", first));
        Assert.False(cache.TryKeep(1, "b", second));
        Assert.Empty(_released);
    }

    [Fact]
    public void TryKeep_MoreThanFit_WhatWasReadStays()
    {
        using var cache = Make(10);
        for (var i = 0; i < 10; i++) cache.TryKeep(i, $"{i}", cache.BeginFill(i));
        Assert.True(cache.TryGet(3, out _));

        for (var i = 10; i < 19; i++) cache.TryKeep(i, $"{i}", cache.BeginFill(i));

        Assert.Equal(10, cache.Count);
        Assert.True(cache.TryGet(3, out _));
        Assert.Equal(9, _released.Count);
        Assert.DoesNotContain("3", _released);
    }

    [Fact]
    public void TryGet_AfterItsTime_IsGoneAndReleased()
    {
        using var cache = Make(10);
        cache.TryKeep(1, "one", cache.BeginFill(1));

        _clock.Advance(TimeSpan.FromMinutes(11));

        Assert.False(cache.TryGet(1, out _));
        Assert.Equal(["one"], _released);
    }

    [Fact]
    public void Timer_WhatNobodyAsksFor_IsReleasedToo()
    {
        using var cache = Make(10);
        cache.TryKeep(1, "one", cache.BeginFill(1));

        _clock.Advance(TimeSpan.FromMinutes(11));
        _clock.Tick();

        Assert.Equal(["one"], _released);
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void Dispose_ReleasesEverythingOnce()
    {
        var cache = Make(10);
        cache.TryKeep(1, "one", cache.BeginFill(1));
        cache.TryKeep(2, "two", cache.BeginFill(2));
        cache.Invalidate(2);

        cache.Dispose();

        Assert.Equal(["two", "one"], _released);
    }

    [Fact]
    public async Task ManyThreads_EveryValueIsReleasedExactlyOnce()
    {
        var released = 0;
        var kept = 0;
        using (var cache = new BoundedCache<int, string>(50, TimeSpan.FromMinutes(10), TimeProvider.System, _ => Interlocked.Increment(ref released)))
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
            {
                var random = new Xorshift((ulong)seed + 1);
                for (var i = 0; i < 50_000; i++)
                {
                    var key = random.Next(200);
                    switch (random.Next(4))
                    {
                        case 0: cache.Invalidate(key); break;
                        case 1: cache.TryGet(key, out _); break;
                        default:
                            if (cache.TryKeep(key, "v", cache.BeginFill(key))) Interlocked.Increment(ref kept);
                            break;
                    }
                }
            })));
            Assert.InRange(cache.Count, 0, 54);
        }

        Assert.Equal(kept, released);
    }

    private BoundedCache<int, string> Make(int capacity) => new(capacity, TimeSpan.FromMinutes(10), _clock, _released.Add);

    private sealed class Clock : TimeProvider
    {
        private long _now = 1_000_000;
        private Action? _tick;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _tick += () => callback(state);
            return new Stopped();
        }

        public void Advance(TimeSpan by) => _now += by.Ticks;

        public void Tick() => _tick?.Invoke();

        private sealed class Stopped : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
