using System.Collections.Concurrent;
using Keyreeve.Client;
using Keyreeve.Client.Connecting;
using Xunit;

namespace Keyreeve.Tests.Client;

public sealed class ServerRingTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Run_FirstServes_AsksNobodyElse()
    {
        using var rig = new Rig("a", "b");

        Assert.Equal("a", await rig.AskAsync());
        Assert.Equal("a", await rig.AskAsync());
        Assert.Equal(["a", "a"], rig.Asked);
    }

    [Fact]
    public async Task Run_FirstNotServing_GoesToTheNextAndLeavesTheFirstAlone()
    {
        using var rig = new Rig("a", "b");
        rig.Fail("a", AttemptFailure.NotServed);

        for (var i = 0; i < 5; i++)
            Assert.Equal("b", await rig.AskAsync());

        Assert.Equal(["a", "b", "b", "b", "b", "b"], rig.Asked);
        Assert.Equal([false, true], rig.Ring.Conditions.Select(static condition => condition.Serves));
    }

    [Fact]
    public async Task Run_PreferredIsBack_IsPreferredAgainAfterAProbe()
    {
        using var rig = new Rig("a", "b");
        rig.Fail("a", AttemptFailure.NotServed);
        await rig.AskAsync();

        rig.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("b", await rig.AskAsync());
        await Rig.WaitAsync(() => rig.Probed.Contains("a"));
        Assert.False(rig.Ring.Conditions[0].Serves);

        rig.Heal("a");
        using var limit = new CancellationTokenSource(Bound);
        while (!rig.Ring.Conditions[0].Serves)
        {
            // Each question after its pause has it probed again, aside.
            rig.Time.Advance(TimeSpan.FromMinutes(1));
            await rig.AskAsync();
            await Task.Delay(1, limit.Token);
        }

        Assert.Equal("a", await rig.AskAsync());
    }

    [Theory]
    [InlineData(AttemptFailure.Lost)]
    [InlineData(AttemptFailure.Hung)]
    internal async Task Run_MayHaveBeenCarriedOut_IsRepeatedOnlyWhereThatDoesNoHarm(AttemptFailure failure)
    {
        using var rig = new Rig("a", "b");
        rig.Fail("a", failure);

        await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.AskAsync(isRepeatable: false));
        Assert.Equal(["a"], rig.Asked);

        using var again = new Rig("a", "b");
        again.Fail("a", failure);
        Assert.Equal("b", await again.AskAsync());
    }

    [Fact]
    public async Task Run_ConnectionLostOnce_AsksTheSameServerAgain()
    {
        using var rig = new Rig("a", "b");
        rig.Fail("a", AttemptFailure.Lost, times: 1);

        Assert.Equal("a", await rig.AskAsync());
        Assert.Equal(["a", "a"], rig.Asked);
    }

    [Fact]
    public async Task Run_WrongCredentials_DoNotFailOver()
    {
        using var rig = new Rig("a", "b");
        rig.Fail("a", AttemptFailure.Final);

        var refusal = await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.AskAsync());

        Assert.Equal("Final", refusal.Error);
        Assert.Equal(["a"], rig.Asked);
    }

    [Theory]
    [InlineData(AttemptFailure.NotServed, "not-served")]
    [InlineData(AttemptFailure.Lost, "closed")]
    [InlineData(AttemptFailure.Hung, "hung")]
    internal async Task Run_ServerGivenUp_IsWarnedOfAndCounted(AttemptFailure failure, string reason)
    {
        var counted = new ConcurrentQueue<string>();
        using var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Name is "keyreeve.client.failovers")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => counted.Enqueue(string.Join(' ', tags.ToArray().Select(static tag => tag.Value))));
        listener.Start();
        var server = $"a-{Guid.NewGuid():N}";
        using var rig = new Rig(server, "b");
        rig.Fail(server, failure);

        Assert.Equal("b", await rig.AskAsync());

        Assert.Contains($"{server} {reason}", counted);
        Assert.Contains(rig.Warned, warning => warning.Contains($"{server} is given up", StringComparison.Ordinal));
        Assert.Equal("no", rig.Ring.Conditions[0].LastFailure);
    }

    [Fact]
    public async Task Run_NobodyServesForAWhile_GoesRoundUntilOneDoes()
    {
        using var rig = new Rig(TimeSpan.FromMilliseconds(1), TimeProvider.System, "a", "b", "c");
        foreach (var name in (string[])["a", "b", "c"])
            rig.Fail(name, AttemptFailure.NotServed);
        var asking = rig.AskAsync();
        await Rig.WaitAsync(() => rig.Asked.Count >= 3);

        rig.Heal("c");

        Assert.Equal("c", await asking.WaitAsync(Bound));
    }

    [Fact]
    public async Task Run_NobodyServesAndNoDelay_FailsAtOnceNamingAll()
    {
        using var rig = new Rig("a", "b");
        rig.Fail("a", AttemptFailure.NotServed);
        rig.Fail("b", AttemptFailure.NotServed);

        for (var i = 0; i < 3; i++)
        {
            var failure = await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.AskAsync());
            Assert.Equal(ClientError.ServerUnreachable, failure.Error);
            Assert.Contains("a: no", failure.Message, StringComparison.Ordinal);
            Assert.Contains("b: no", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Run_TimeIsUp_SaysWhatWasTried()
    {
        using var rig = new Rig(TimeSpan.FromMilliseconds(1), TimeProvider.System, callTime: TimeSpan.FromSeconds(2), "a");
        rig.Fail("a", AttemptFailure.NotServed);

        var failure = await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.AskAsync()).WaitAsync(Bound);

        Assert.True(failure.IsOutage);
        Assert.Contains("a: no", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ServerThatNeverAnswers_CostsOneAttemptsTime()
    {
        using var rig = new Rig(TimeSpan.FromMilliseconds(1), TimeProvider.System, callTime: Bound, "a", "b") { Hanging = "a" };

        Assert.Equal("b", await rig.AskAsync().WaitAsync(Bound));
        Assert.Equal("b", await rig.AskAsync().WaitAsync(Bound));

        Assert.Single(rig.Asked, static name => name is "a");
    }

    [Fact]
    public async Task Run_AllWereDownForLongAndOneIsBack_IsSeenLongBeforeItsPauseEnds()
    {
        using var rig = new Rig(TimeSpan.FromMilliseconds(1), TimeProvider.System, callTime: Bound, longestPause: TimeSpan.FromHours(1), "a");
        rig.Fail("a", AttemptFailure.NotServed);
        var asking = rig.AskAsync();
        await Rig.WaitAsync(() => !rig.Asked.IsEmpty);

        rig.Heal("a");

        Assert.Equal("a", await asking.WaitAsync(Bound));
    }

    [Fact]
    public async Task Run_EveryServerSlowerThanAnAttempt_GivesThemMoreTimeInEachRound()
    {
        using var rig = new Rig(TimeSpan.FromMilliseconds(1), TimeProvider.System, callTime: Bound, "a", "b") { Slow = TimeSpan.FromSeconds(1) };

        Assert.Contains(await rig.AskAsync().WaitAsync(Bound), (string[])["a", "b"]);
        Assert.True(rig.Asked.Count > 2);
    }

    [Fact]
    public async Task Run_FailureThatNobodyForesaw_DoesNotLeaveTheServerAloneForEver()
    {
        using var rig = new Rig(TimeSpan.FromMilliseconds(1), TimeProvider.System, "a") { Broken = true };
        rig.Fail("a", AttemptFailure.NotServed, times: 1);
        await Assert.ThrowsAsync<InvalidOperationException>(() => rig.AskAsync());

        rig.Broken = false;

        Assert.Equal("a", await rig.AskAsync().WaitAsync(Bound));
    }

    [Fact]
    public async Task Run_ManyCallsWhileAllAreDown_DoNotStorm()
    {
        using var rig = new Rig(TimeSpan.FromMilliseconds(5), TimeProvider.System, "a", "b");
        rig.Fail("a", AttemptFailure.NotServed);
        rig.Fail("b", AttemptFailure.NotServed);
        var calls = Enumerable.Range(0, 200).Select(_ => rig.AskAsync()).ToArray();
        await Rig.WaitAsync(() => rig.Asked.Count >= 2);
        var first = rig.Asked.Count;

        rig.Heal("b");
        var answers = await Task.WhenAll(calls).WaitAsync(Bound);

        // Those that were under way when it was found out, and after that one at a time, a pause apart.
        Assert.InRange(rig.Asked.Count(static name => name is "a"), 1, first + 200);
        Assert.All(answers, static answer => Assert.Equal("b", answer));
    }

    [Fact]
    public async Task Run_Cancelled_EndsAsCancelledAndBlamesNobody()
    {
        using var rig = new Rig("a", "b") { Hanging = "a" };
        using var cancel = new CancellationTokenSource();
        var asking = rig.AskAsync(cancellationToken: cancel.Token);
        await Rig.WaitAsync(() => rig.Asked.Count == 1);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking).WaitAsync(Bound);
        Assert.All(rig.Ring.Conditions, static condition => Assert.True(condition.Serves));
    }

    [Fact]
    public void Breaker_ServerThatAnswersProbesButNoCalls_IsLeftAloneLongerEachTime()
    {
        var time = new ManualTime();
        var breaker = new ServerBreaker(time, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        for (var i = 0; i < 3; i++)
        {
            breaker.Failed("slow");
            time.Advance(TimeSpan.FromSeconds(30));
            Assert.True(breaker.TryBecomeProbe());
            Assert.True(breaker.Succeeded(isProbe: true));
        }

        breaker.Failed("slow");
        time.Advance(TimeSpan.FromSeconds(3.9));
        Assert.False(breaker.TryBecomeProbe());
        time.Advance(TimeSpan.FromSeconds(4.1));
        Assert.True(breaker.TryBecomeProbe());

        breaker.Succeeded();
        breaker.Failed("gone");
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(breaker.TryBecomeProbe());
    }

    [Fact]
    public void Jitter_AnyTime_IsBetweenHalfAndWhole()
    {
        for (var i = 0; i < 1000; i++)
            Assert.InRange(ServerBreaker.Jitter(TimeSpan.FromSeconds(10)), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.FromSeconds(30), ServerBreaker.Doubled(TimeSpan.FromSeconds(1), 1000, TimeSpan.FromSeconds(30)));
    }

    private sealed class Rig : IDisposable
    {
        private readonly ConcurrentDictionary<string, (AttemptFailure Kind, int Times)> _failing = new(StringComparer.Ordinal);

        public Rig(params string[] names)
            : this(TimeSpan.Zero, new ManualTime(), names)
        {
        }

        public Rig(TimeSpan pause, TimeProvider time, params string[] names)
            : this(pause, time, Bound, names)
        {
        }

        public Rig(TimeSpan pause, TimeProvider time, TimeSpan callTime, params string[] names)
            : this(pause, time, callTime, time is ManualTime ? TimeSpan.FromSeconds(30) : TimeSpan.FromMilliseconds(20), names)
        {
        }

        public Rig(TimeSpan pause, TimeProvider time, TimeSpan callTime, TimeSpan longestPause, params string[] names)
        {
            Time = time as ManualTime ?? new ManualTime();
            var limits = new RingLimits(callTime, time is ManualTime ? Bound : TimeSpan.FromMilliseconds(300), pause, time)
            {
                FirstPause = time is ManualTime ? TimeSpan.FromSeconds(1) : longestPause / 4,
                LongestPause = longestPause,
                Log = (level, message) =>
                {
                    if (level == ClientLogLevel.Warning)
                        Warned.Enqueue(message);
                },
            };
            Ring = new ServerRing<string>([.. names.Select(static name => (name, name))], limits, ProbeAsync);
        }

        public ManualTime Time { get; }

        public ServerRing<string> Ring { get; }

        public ConcurrentQueue<string> Asked { get; } = [];

        public ConcurrentQueue<string> Probed { get; } = [];

        public ConcurrentQueue<string> Warned { get; } = [];

        public string? Hanging { get; init; }

        public TimeSpan Slow { get; init; }

        public bool Broken { get; set; }

        public void Fail(string name, AttemptFailure kind, int times = int.MaxValue) => _failing[name] = (kind, times);

        public void Heal(string name) => _failing.TryRemove(name, out _);

        public Task<string> AskAsync(bool isRepeatable = true, CancellationToken cancellationToken = default) =>
            Ring.RunAsync(AnswerAsync, isRepeatable, cancellationToken);

        public static async Task WaitAsync(Func<bool> condition)
        {
            using var limit = new CancellationTokenSource(Bound);
            while (!condition())
                await Task.Delay(1, limit.Token);
        }

        public void Dispose() => Ring.Dispose();

        private Task ProbeAsync(string name, CancellationToken cancellationToken)
        {
            if (Hanging == name)
                return Task.Delay(Timeout.Infinite, cancellationToken);
            Probed.Enqueue(name);
            ThrowIfFailing(name);
            return Task.CompletedTask;
        }

        private async Task<string> AnswerAsync(string name, CancellationToken cancellationToken)
        {
            Asked.Enqueue(name);
            if (Hanging == name)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            if (Slow > TimeSpan.Zero)
                await Task.Delay(Slow, cancellationToken);
            ThrowIfFailing(name);
            return Broken ? throw new InvalidOperationException() : name;
        }

        private void ThrowIfFailing(string name)
        {
            if (!_failing.TryGetValue(name, out var failing) || failing.Times <= 0)
                return;
            _failing[name] = failing with { Times = failing.Times - 1 };
            throw new AttemptFailedException(failing.Kind, new KeyreeveClientException(
                failing.Kind == AttemptFailure.NotServed ? ClientError.ServerUnreachable : failing.Kind.ToString(), "no", cause: null));
        }
    }
}
