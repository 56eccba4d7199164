using System.Diagnostics.CodeAnalysis;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Xunit;

namespace Keyreeve.Tests.Operations;

[SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "Whether a turn came at once is what is tested; one that did not is left alone.")]
public sealed class ProcessorTurnsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly Principal Noisy = Named("noisy");
    private static readonly Principal Quiet = Named("quiet");
    private static readonly Principal Other = Named("other");

    private readonly StandingClock _clock = new();

    [Fact]
    public async Task Next_SeveralWait_OneOfEachPrincipalInTurn()
    {
        var turns = new ProcessorTurns(1, _clock);
        using var occupied = await OccupiedAsync(turns, Noisy);
        var order = new List<string>();

        Principal[] comers = [Noisy, Noisy, Noisy, Quiet, Quiet, Other];
        var all = comers.Select(principal => RecordAsync(turns, principal, order)).ToArray();
        Assert.Empty(order);
        occupied.Release();
        await Task.WhenAll(all).WaitAsync(Long, TestContext.Current.CancellationToken);

        Assert.Equal(["noisy", "quiet", "other", "noisy", "quiet", "noisy"], order);
    }

    [Fact]
    public async Task Next_OnlyOnePrincipal_GoesOnAtOnce()
    {
        var turns = new ProcessorTurns(1, _clock);
        var turn = new ProcessorTurn(turns, Noisy);

        for (var i = 0; i < 100; i++) Assert.True(turn.NextAsync().IsCompleted);

        // Who comes goes on at once too, and from then on the one stands in line, as long as the other is about.
        Assert.True(new ProcessorTurn(turns, Quiet).NextAsync().IsCompleted);
        await StandInLineAsync(turns, Noisy).WaitAsync(Long, TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 100; i++) Assert.True(turn.NextAsync().IsCompleted);
    }

    [Fact]
    public async Task Next_SomebodyElseHadOneSince_GoesOnAtOnceTwiceInARowAtMost()
    {
        var turns = new ProcessorTurns(1, _clock);
        var (noisy, quiet) = (new ProcessorTurn(turns, Noisy), new ProcessorTurn(turns, Quiet));

        Assert.True(noisy.NextAsync().IsCompleted);
        Assert.True(quiet.NextAsync().IsCompleted);
        Assert.True(noisy.NextAsync().IsCompleted);
        Assert.True(quiet.NextAsync().IsCompleted);
        Assert.True(quiet.NextAsync().IsCompleted);
        Assert.False(quiet.NextAsync().IsCompleted);
        Assert.True(noisy.NextAsync().IsCompleted);
        Assert.True(quiet.NextAsync().IsCompleted);
    }

    [Fact]
    public async Task Next_HasMoreWaiting_StandsInLineWhoeverHadOneSince()
    {
        var turns = new ProcessorTurns(1, _clock);
        using var occupied = await OccupiedAsync(turns, Quiet);
        var waiting = RecordAsync(turns, Noisy, []);

        Assert.False(new ProcessorTurn(turns, Noisy).NextAsync().IsCompleted);

        occupied.Release();
        await waiting.WaitAsync(Long, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task After_WorkThatIsDone_GoesOnInTheSameTurn()
    {
        var turns = new ProcessorTurns(1, _clock);
        using var occupied = await OccupiedAsync(turns, Noisy);

        var after = new ProcessorTurn(turns, Noisy).AfterAsync(new ValueTask<int>(3));

        Assert.True(after.IsCompleted);
        Assert.Equal(3, await after);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_WorkThatWaited_GoesOnInATurnOfItsOwn(bool fails)
    {
        var turns = new ProcessorTurns(1, _clock);
        var disk = new TaskCompletionSource<int>();
        var after = new ProcessorTurn(turns, Noisy).AfterAsync(new ValueTask<int>(disk.Task)).AsTask();
        using var occupied = await OccupiedAsync(turns, Noisy);

        if (fails) disk.SetException(new IOException());
        else disk.SetResult(7);
        Assert.False(after.IsCompleted);
        occupied.Release();

        var ended = after.WaitAsync(Long, TestContext.Current.CancellationToken);
        if (fails) await Assert.ThrowsAsync<IOException>(() => ended);
        else Assert.Equal(7, await ended);
    }

    [Fact]
    public async Task Pause_ShortTurn_GoesOn_LongTurn_StandsInLineAgain()
    {
        var turns = new ProcessorTurns(1, _clock);
        var turn = new ProcessorTurn(turns, Noisy);
        await turn.NextAsync();

        Assert.True(turn.PauseAsync().IsCompleted);
        using var occupied = await OccupiedAsync(turns, Noisy);
        var waiting = RecordAsync(turns, Noisy, []);
        Assert.True(turn.PauseAsync().IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(5));
        Assert.False(turn.PauseAsync().IsCompleted);

        occupied.Release();
        await waiting.WaitAsync(Long, TestContext.Current.CancellationToken);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Next_AllTurnsUnderWayAreStuck_OthersGoOnWithoutThem()
    {
        var turns = new ProcessorTurns(1, _clock);
        using var stuck = await OccupiedAsync(turns, Noisy);

        var quiet = RecordAsync(turns, Quiet, []);
        _clock.Advance(TimeSpan.FromMilliseconds(20));
        await quiet.WaitAsync(Long, TestContext.Current.CancellationToken);
        using var again = await OccupiedAsync(turns, Noisy);
        var other = RecordAsync(turns, Other, []);
        _clock.Advance(TimeSpan.FromMilliseconds(20));
        await other.WaitAsync(Long, TestContext.Current.CancellationToken);

        // Those that were given up end by themselves, and one at a time goes on.
        stuck.Release();
        again.Release();
        await RecordAsync(turns, Noisy, []).WaitAsync(Long, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Next_ManyAtOnceFromManyThreads_EachComesToItsTurn()
    {
        var turns = new ProcessorTurns(2, TimeProvider.System);
        var done = 0;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(async () =>
        {
            var turn = new ProcessorTurn(turns, Named($"p{i % 5}"));
            for (var j = 0; j < 200; j++)
            {
                await turn.NextAsync();
                if (j % 3 == 0) await turn.AfterAsync(YieldingAsync());
                Interlocked.Increment(ref done);
            }
        }))).WaitAsync(Long, TestContext.Current.CancellationToken);

        Assert.Equal(64 * 200, done);
    }

    private static async ValueTask<int> YieldingAsync()
    {
        await Task.Yield();
        return 0;
    }

    private static async Task RecordAsync(ProcessorTurns turns, Principal principal, List<string> order)
    {
        await StandInLineAsync(turns, principal).ConfigureAwait(false);
        lock (order) order.Add(principal.Name);
    }

    // With others about, and after its turns in a row.
    private static async Task StandInLineAsync(ProcessorTurns turns, Principal principal)
    {
        var turn = new ProcessorTurn(turns, principal);
        await new ProcessorTurn(turns, Named(Guid.NewGuid().ToString())).NextAsync().ConfigureAwait(false);
        for (var i = 0; i < 10; i++)
        {
            var next = turn.NextAsync();
            var stands = !next.IsCompleted;
            await next.ConfigureAwait(false);
            if (stands) return;
        }

        Assert.Fail("It never stood in line.");
    }

    // A turn that lasts until it is let go.
    private static async Task<Occupation> OccupiedAsync(ProcessorTurns turns, Principal principal)
    {
        var occupation = new Occupation();
        _ = Task.Run(HoldAsync);
        await occupation.Begun.Task.WaitAsync(Long);
        return occupation;

        async Task HoldAsync()
        {
            await StandInLineAsync(turns, principal).ConfigureAwait(false);
            occupation.Hold();
        }
    }

    private static Principal Named(string name) => new()
    {
        Tenant = TenantId.Default, Name = name, Fingerprint = name, HomeGroup = GroupName.Parse("default"), Bindings = [],
    };

    private sealed class Occupation : IDisposable
    {
        private readonly ManualResetEventSlim _released = new();

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Hold()
        {
            Begun.SetResult();
            _released.Wait();
        }

        public void Release() => _released.Set();

        public void Dispose() => Release();
    }

    // Its time is what the test says.
    private sealed class StandingClock : TimeProvider
    {
        private long _now = TimeSpan.TicksPerHour;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
