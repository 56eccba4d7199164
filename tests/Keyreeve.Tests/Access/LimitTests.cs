using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Xunit;
using static Keyreeve.Tests.Access.Questions;

namespace Keyreeve.Tests.Access;

public sealed class LimitTests
{
    private static readonly Call Ann = Call(Principal("ann"));
    private static readonly Call Bob = Call(Principal("bob"));

    [Fact]
    public void Take_MoreThanABurst_IsRefusedUntilThereIsRoomAgain()
    {
        var limits = Compile(new LimitRule { Principal = "ann", PerSecond = 10, Burst = 5 });
        for (var i = 0; i < 5; i++) limits.Take(Ann);

        var refusal = Assert.Throws<KeyreeveException>(() => limits.Take(Ann));

        Assert.Equal(KeyreeveError.TooManyRequests, refusal.Error);
        Assert.Equal(TimeSpan.FromMilliseconds(100), refusal.RetryAfter);
        Assert.Contains("10 operations a second", refusal.Message, StringComparison.Ordinal);
        limits.Take(Bob);
        limits.Take(Ann with { Time = Noon + refusal.RetryAfter!.Value });
        Assert.Throws<KeyreeveException>(() => limits.Take(Ann with { Time = Noon + refusal.RetryAfter!.Value }));
    }

    [Fact]
    public void Take_InTheLongRun_AsOftenAsIsSaid()
    {
        var limits = Compile(new LimitRule { Principal = "ann", PerSecond = 3 });
        var taken = 0;
        for (var ms = 0; ms < 60_000; ms += 10)
            if (Takes(limits, Ann with { Time = Noon.AddMilliseconds(ms) })) taken++;

        Assert.InRange(taken, 180, 183);
    }

    [Fact]
    public void Take_ClockSetBack_IsNotRefusedForEver()
    {
        var limits = Compile(new LimitRule { Principal = "ann", PerSecond = 1 });
        limits.Take(Ann with { Time = Noon.AddDays(1) });

        limits.Take(Ann);
    }

    [Fact]
    public void Take_MoreThanADay_IsRefusedUntilMidnight()
    {
        var limits = Compile(new LimitRule { Principal = "ann", PerDay = 3 });
        for (var i = 0; i < 3; i++) limits.Take(Ann);

        Assert.Equal(TimeSpan.FromHours(12), Assert.Throws<KeyreeveException>(() => limits.Take(Ann)).RetryAfter);
        limits.Take(Ann with { Time = Noon.AddHours(12) });
    }

    [Fact]
    public void Take_WhatComesTooFast_IsNoneOfTheDays()
    {
        var limits = Compile(new LimitRule { Principal = "ann", PerSecond = 1, PerDay = 2 });
        limits.Take(Ann);
        for (var i = 0; i < 10; i++) Assert.Equal(TimeSpan.FromSeconds(1), Assert.Throws<KeyreeveException>(() => limits.Take(Ann)).RetryAfter);

        limits.Take(Ann with { Time = Noon.AddSeconds(1) });
        // Now both refuse, and it is the later of the two that is told.
        Assert.Equal(TimeSpan.FromHours(12) - TimeSpan.FromSeconds(1), Assert.Throws<KeyreeveException>(() => limits.Take(Ann with { Time = Noon.AddSeconds(1) })).RetryAfter);
    }

    [Fact]
    public void Take_EachPrincipal_HasItsOwn()
    {
        var limits = Compile(new LimitRule { IsForEachPrincipal = true, PerSecond = 1 }, new LimitRule { Principal = "bob", PerSecond = 2 });

        limits.Take(Ann);
        Assert.False(Takes(limits, Ann));
        limits.Take(Bob);
        limits.Take(Bob);
        Assert.False(Takes(limits, Bob));
    }

    [Fact]
    public void Take_KeyAndTenant_AreForAllTogether()
    {
        var limits = Compile(new LimitRule { Key = KeyOne, PerSecond = 1 }, new LimitRule { IsForTenant = true, PerSecond = 3 });

        limits.TakeOf(KeyOne, Ann);
        Assert.Throws<KeyreeveException>(() => limits.TakeOf(KeyOne, Bob));
        limits.TakeOf(KeyTwo, Bob);
        for (var i = 0; i < 3; i++) limits.Take(i == 0 ? Ann : Bob);
        Assert.False(Takes(limits, Ann));
    }

    [Fact]
    public void Take_RefusedOften_IsRecordedOnceASecond()
    {
        var limits = Compile(new LimitRule { Principal = "ann", PerDay = 1 });
        limits.Take(Ann);

        var records = Enumerable.Range(0, 3000).Count(ms => !Assert.Throws<KeyreeveException>(() => limits.Take(Ann with { Time = Noon.AddMilliseconds(ms) })).NeedsNoRecord);

        Assert.Equal(3, records);
    }

    [Fact]
    public async Task Take_ManyThreads_NoneMoreThanThereIs()
    {
        var limits = Compile(new LimitRule { Principal = "ann", PerSecond = 1000, Burst = 1000, PerDay = 900 });

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Enumerable.Range(0, 500).Count(_ => Takes(limits, Ann)))));

        Assert.Equal(900, taken.Sum());
    }

    [Fact]
    public void Take_WhatIsAllowed_AllocatesNothing()
    {
        var limits = Compile(new LimitRule { IsForEachPrincipal = true, PerSecond = 1_000_000, PerDay = 1_000_000 }, new LimitRule { IsForTenant = true, PerSecond = 1_000_000 });
        for (var i = 0; i < 1000; i++) limits.Take(Ann);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) limits.Take(Ann);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Restore_CountOfTheDay_GoesOnFromThere()
    {
        var state = new RateState();
        var rule = new LimitRule { Principal = "ann", PerDay = 2 };
        Assert.True(state.TryTake(rule, Noon, out _, out _));
        var again = new RateState();

        again.Restore(state.DayAndCount);

        Assert.True(again.TryTake(rule, Noon, out _, out _));
        Assert.False(again.TryTake(rule, Noon, out _, out var isDay));
        Assert.True(isDay);
    }

    [Fact]
    public void Read_WhatIsNoLimit_IsRefusedWithEveryFault()
    {
        foreach (var limit in new PolicyLimit[]
        {
            new() { Principal = "ann" }, new() { PerSecond = 1 }, new() { Principal = "*", PerSecond = 1 }, new() { Principal = "ann", Tenant = true, PerSecond = 1 },
            new() { Principal = "ann", PerSecond = 0 }, new() { Principal = "ann", PerDay = -1 }, new() { Principal = "ann", Burst = 4 }, new() { Principal = "ann", Objects = 0 },
            new() { Key = "orders", PerSecond = 4 }, new() { Key = KeyOne.ToString(), Objects = 4 }, new() { Tenant = true, Objects = 0 },
        })
            Assert.Throws<KeyreeveException>(() => PolicyReader.Read(FileOf(limit)));
        Assert.Throws<KeyreeveException>(() => PolicyReader.Read(FileOf(new PolicyLimit { Tenant = true, PerDay = 1 }, new PolicyLimit { Tenant = true, PerSecond = 1 })));
    }

    [Fact]
    public void ObjectsOf_OwnLimitOrThatOfEach_OwnComesFirst()
    {
        var limits = Compile(
            new LimitRule { Principal = "ann", Objects = 5 }, new LimitRule { Principal = "bob", PerDay = 1 }, new LimitRule { IsForEachPrincipal = true, Objects = 3 });

        Assert.Equal((5L, null, 3L), (limits.ObjectsOf("ann"), limits.ObjectsOf("bob"), limits.ObjectsOf("cleo")));
        Assert.True(limits.LimitObjects);
        Assert.False(Compile(new LimitRule { Principal = "ann", PerDay = 5 }).LimitObjects);
    }

    [Fact]
    public void ReadAndWrite_Limits_GiveBackTheSame()
    {
        var file = FileOf(
            new PolicyLimit { Principal = "ann", PerSecond = 1, Burst = 2, PerDay = 3 }, new PolicyLimit { EachPrincipal = true, PerDay = 4, Objects = 7 },
            new PolicyLimit { Key = KeyOne.ToString(), PerSecond = 5 }, new PolicyLimit { Tenant = true, Objects = 6 });

        Assert.Equal(file.Limits, PolicyWriter.Write(PolicyReader.Read(file)).Limits);
    }

    private static PolicyFile FileOf(params PolicyLimit[] limits) => new() { Format = PolicyFile.CurrentFormat, Bindings = [], Limits = limits };

    private static bool Takes(LimitRules limits, Call call)
    {
        try
        {
            limits.Take(call);
            return true;
        }
        catch (KeyreeveException refusal) when (refusal.Error == KeyreeveError.TooManyRequests)
        {
            return false;
        }
    }

    private static LimitRules Compile(params LimitRule[] limits)
    {
        var states = new System.Collections.Concurrent.ConcurrentDictionary<string, RateState>(StringComparer.Ordinal);
        return new LimitRules(new TenantPolicy { Limits = [.. limits] }, subject => states.GetOrAdd(subject, static _ => new RateState()));
    }
}
