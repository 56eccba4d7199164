using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Xunit;

namespace Keyreeve.Tests.Operations;

public sealed class ProcessorTurnsTests
{
    private static readonly Principal Noisy = Named("noisy");
    private static readonly Principal Quiet = Named("quiet");
    private static readonly Principal Other = Named("other");

    private readonly StandingClock _clock = new();

    [Fact]
    public async Task Begin_NobodyElse_GoesOnAtOnceUpToTheNumberAtATime()
    {
        var turns = new ProcessorTurns(2, _clock);

        Assert.True((await BegunAsync(turns, Noisy)).HasBegun);
        Assert.True((await BegunAsync(turns, Noisy)).HasBegun);
        Assert.False(BeginAsync(turns, Noisy).IsCompleted);
    }

    [Fact]
    public async Task Begin_OneWhoHasNothingUnderWay_GoesOnAtOnceHoweverManyWait()
    {
        var turns = new ProcessorTurns(2, _clock);
        var first = await BegunAsync(turns, Noisy);
        _ = await BegunAsync(turns, Noisy);
        var waiting = Waiting(turns, Noisy, 100);

        var quiet = await BegunAsync(turns, Quiet);

        // Its end makes no room that was not there before it.
        quiet.End();
        Assert.DoesNotContain(waiting, static w => w.IsCompleted);
        first.End();
        await waiting[0];
        Assert.Equal(1, waiting.Count(static w => w.IsCompleted));
    }

    [Fact]
    public async Task End_SeveralWait_OneOfEachPrincipalInTurn()
    {
        var turns = new ProcessorTurns(2, _clock);
        var begun = new Queue<ProcessorTurn>();
        begun.Enqueue(await BegunAsync(turns, Noisy));
        begun.Enqueue(await BegunAsync(turns, Noisy));
        var order = new List<string>();
        var all = new List<Task<ProcessorTurn>>();
        foreach (var principal in new[] { Noisy, Noisy, Noisy, Noisy })
            all.Add(BeginAsync(turns, principal, order)); // each waits
        // Each has one under way, so that the next of each waits.
        var quiet = await BegunAsync(turns, Quiet);
        var other = await BegunAsync(turns, Other);
        all.AddRange([BeginAsync(turns, Quiet, order), BeginAsync(turns, Quiet, order), BeginAsync(turns, Other, order)]);

        // Who ends his last goes on with his own next; the others' places come back one by one.
        quiet.End();
        await all[4];
        other.End();
        await all[6];
        begun.Dequeue().End();
        begun.Dequeue().End();
        await all[0];
        (await all[4]).End();
        await all[5];
        (await all[6]).End();
        (await all[5]).End();
        foreach (var each in all) (await each).End();

        Assert.Equal(["quiet", "other", "noisy", "quiet", "noisy", "noisy", "noisy"], order);
    }

    [Fact]
    public async Task Beside_WorkThatWaits_OthersHaveTheTurnMeanwhile()
    {
        var turns = new ProcessorTurns(1, _clock);
        var first = await BegunAsync(turns, Noisy);
        var second = BeginAsync(turns, Noisy);
        var disk = new TaskCompletionSource<int>();

        var beside = first.BesideAsync(new ValueTask<int>(disk.Task)).AsTask();
        var other = await second;

        Assert.False(first.HasBegun);
        disk.SetResult(7);
        Assert.False(beside.IsCompleted);
        other.End();
        Assert.Equal(7, await beside);
        Assert.True(first.HasBegun);
    }

    [Fact]
    public async Task Beside_WorkThatIsDoneOrFails_KeepsOrTakesTheTurnBack()
    {
        var turns = new ProcessorTurns(1, _clock);
        var turn = await BegunAsync(turns, Noisy);
        var disk = new TaskCompletionSource<int>();

        Assert.Equal(3, await turn.BesideAsync(new ValueTask<int>(3)));
        var failing = turn.BesideAsync(new ValueTask<int>(disk.Task)).AsTask();
        disk.SetException(new IOException());

        await Assert.ThrowsAsync<IOException>(() => failing);
        Assert.True(turn.HasBegun);
        turn.End();
        turn.End();
        Assert.True((await BegunAsync(turns, Noisy)).HasBegun);
        Assert.False(BeginAsync(turns, Noisy).IsCompleted);
    }

    [Fact]
    public async Task Pause_ShortTurn_GoesOn_LongTurn_LetsThoseWhoWaitGoFirst()
    {
        var turns = new ProcessorTurns(1, _clock);
        var turn = await BegunAsync(turns, Noisy);
        var next = BeginAsync(turns, Noisy);

        var brief = turn.PauseAsync().AsTask();
        Assert.True(brief.IsCompleted);
        await brief;
        Assert.False(next.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        var pause = turn.PauseAsync().AsTask();

        (await next).End();
        await pause;
        Assert.True(turn.HasBegun);
    }

    [Fact]
    public async Task Run_WorkThatWaitsOrThrows_HoldsNoTurn()
    {
        var turns = new ProcessorTurns(1, _clock);
        var disk = new TaskCompletionSource<int>();

        var waiting = turns.RunAsync(Noisy, disk, static d => new ValueTask<int>(d.Task));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await turns.RunAsync<int, int>(Noisy, 0, static _ => throw new InvalidOperationException()));
        var turn = await BegunAsync(turns, Noisy);

        Assert.True(turn.HasBegun);
        disk.SetResult(5);
        Assert.Equal(5, await waiting);
    }

    [Fact]
    public async Task Begin_ManyAtOnceFromManyThreads_EachComesToItsTurn()
    {
        var turns = new ProcessorTurns(2, TimeProvider.System);
        var done = 0;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(async () =>
        {
            var turn = new ProcessorTurn(turns);
            for (var j = 0; j < 200; j++)
            {
                await turn.BeginAsync(Named($"p{i % 5}"));
                if (j % 3 == 0) await turn.BesideAsync(YieldingAsync());
                turn.End();
                Interlocked.Increment(ref done);
            }
        })));

        Assert.Equal(64 * 200, done);
        Assert.True((await BegunAsync(turns, Noisy)).HasBegun);
        Assert.True((await BegunAsync(turns, Noisy)).HasBegun);
    }

    private static async ValueTask<int> YieldingAsync()
    {
        await Task.Yield();
        return 0;
    }

    private static async Task<ProcessorTurn> BegunAsync(ProcessorTurns turns, Principal principal)
    {
        var turn = new ProcessorTurn(turns);
        var begun = turn.BeginAsync(principal).AsTask();
        Assert.True(begun.IsCompleted);
        await begun;
        return turn;
    }

    private static List<Task> Waiting(ProcessorTurns turns, Principal principal, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => new ProcessorTurn(turns).BeginAsync(principal).AsTask())];

    private static async Task<ProcessorTurn> BeginAsync(ProcessorTurns turns, Principal principal, List<string>? order = null)
    {
        var turn = new ProcessorTurn(turns);
        await turn.BeginAsync(principal);
        if (order is null) return turn;
        lock (order) order.Add(principal.Name);
        return turn;
    }

    private static Principal Named(string name) => new()
    {
        Tenant = TenantId.Default, Name = name, Fingerprint = name, HomeGroup = GroupName.Parse("default"), Bindings = [],
    };

    // Its time is what the test says.
    private sealed class StandingClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
