using Keyreeve.Core.Operations;
using Xunit;

namespace Keyreeve.Tests.Operations;

public sealed class FairGateTests
{
    private static readonly (int, string) Noisy = (1, "noisy");
    private static readonly (int, string) Quiet = (1, "quiet");
    private static readonly (int, string) Other = (1, "other");

    [Fact]
    public async Task Enter_OneThatTakesAllItMay_LeavesPlacesForOthers()
    {
        var gate = new FairGate(places: 4, mostOfOne: 3);
        for (var i = 0; i < 3; i++) await gate.EnterAsync(Noisy, default);

        var fourth = gate.EnterAsync(Noisy, default).AsTask();
        using var place = await gate.EnterAsync(Quiet, default);

        Assert.False(fourth.IsCompleted);
    }

    [Fact]
    public async Task Enter_ManyOfOneWaiting_TheNextOfAnotherIsLetInBeforeThem()
    {
        var gate = new FairGate(places: 2, mostOfOne: 2);
        var places = new Queue<FairGate.Place>();
        for (var i = 0; i < 2; i++) places.Enqueue(await gate.EnterAsync(Noisy, default));
        var noisy = Enumerable.Range(0, 100).Select(_ => gate.EnterAsync(Noisy, default).AsTask()).ToList();
        var quiet = gate.EnterAsync(Quiet, default).AsTask();
        var other = gate.EnterAsync(Other, default).AsTask();

        // One of each in turn.
        places.Dequeue().Dispose();
        places.Dequeue().Dispose();

        await noisy[0];
        await quiet;
        Assert.False(noisy[1].IsCompleted || other.IsCompleted);
        (await quiet).Dispose();
        await other;
        Assert.False(noisy[1].IsCompleted);
    }

    [Fact]
    public async Task Enter_WaitingGivenUp_TakesNoPlace()
    {
        var gate = new FairGate(places: 1, mostOfOne: 1);
        var place = await gate.EnterAsync(Noisy, default);
        using var gone = new CancellationTokenSource();
        var waiting = gate.EnterAsync(Quiet, gone.Token).AsTask();

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        place.Dispose();

        using var next = await gate.EnterAsync(Quiet, default);
        var last = gate.EnterAsync(Noisy, default).AsTask();
        Assert.False(last.IsCompleted);
        next.Dispose();
        (await last).Dispose();
    }

    [Fact]
    public async Task Enter_ManyAtOnce_NeverMoreThanThereArePlacesAndAllAreLetIn()
    {
        var gate = new FairGate(places: 6, mostOfOne: 4);
        var (running, most, ofNoisy, mostOfNoisy) = (0, 0, 0, 0);
        await Parallel.ForEachAsync(Enumerable.Range(0, 3000), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, token) =>
        {
            var isNoisy = i % 3 > 0;
            using var place = await gate.EnterAsync(isNoisy ? Noisy : (1, $"p{i % 5}"), token);
            Raise(ref most, Interlocked.Increment(ref running));
            if (isNoisy) Raise(ref mostOfNoisy, Interlocked.Increment(ref ofNoisy));
            await Task.Yield();
            if (isNoisy) Interlocked.Decrement(ref ofNoisy);
            Interlocked.Decrement(ref running);
        });

        Assert.InRange(most, 1, 6);
        Assert.InRange(mostOfNoisy, 1, 4);
    }

    private static void Raise(ref int most, int now)
    {
        for (var seen = Volatile.Read(ref most); seen < now; seen = Volatile.Read(ref most))
            if (Interlocked.CompareExchange(ref most, now, seen) == seen) return;
    }
}
