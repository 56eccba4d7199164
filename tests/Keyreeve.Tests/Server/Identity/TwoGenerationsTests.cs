using System.Globalization;
using Keyreeve.Server.Identity;
using Xunit;

namespace Keyreeve.Tests.Server.Identity;

public sealed class TwoGenerationsTests
{
    [Fact]
    public void Keep_MoreThanItHolds_ForgetsWhatNobodyAskedForAndStaysBounded()
    {
        var kept = new TwoGenerations<string>(100);
        kept.Keep("asked", "for");
        for (var i = 0; i < 100_000; i++)
        {
            kept.Keep(i.ToString(CultureInfo.InvariantCulture), "");
            if (i % 50 == 0) Assert.Equal("for", kept.Find("asked"));
            Assert.InRange(kept.Count, 1, 200);
        }

        Assert.Null(kept.Find("5"));
        Assert.NotNull(kept.Find("99999"));
    }

    [Fact]
    public void Keep_FromSeveralThreads_LosesNothingThatIsInUse()
    {
        var kept = new TwoGenerations<string>(1000);
        kept.Keep("asked", "for");
        var lost = 0;
        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                kept.Keep(FormattableString.Invariant($"{thread}-{i}"), "");
                if (kept.Find("asked") is null) Interlocked.Increment(ref lost);
            }
        });
        Assert.Equal(0, lost);
        Assert.InRange(kept.Count, 1, 2016);
    }
}
