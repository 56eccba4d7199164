using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Xunit;

namespace Keyreeve.Tests.Operations;

public sealed class RequestWorkTests
{
    [Fact]
    public void Spend_MoreThanThereIs_IsRefusedAndNotCounted()
    {
        var work = new RequestWork();
        work.Spend(6_000_000);
        Assert.Equal(KeyreeveError.ServerLimitExceeded, Assert.Throws<KeyreeveException>(() => work.Spend(4_000_001)).Error);
        work.Spend(4_000_000);
        Assert.Throws<KeyreeveException>(() => work.Spend(1));
    }

    [Fact]
    public void Spend_TheFirst_IsBoundedByItsOperationAlone()
    {
        var work = new RequestWork();
        work.Spend(RequestWork.RsaKeyPair(16384));
        Assert.Throws<KeyreeveException>(() => work.Spend(1));
    }

    [Theory]
    [InlineData(2048, 40, 60)]
    [InlineData(4096, 2, 5)]
    public void RsaKeyPair_InOneRequest_AreAFew(int lengthInBits, int fewest, int most)
    {
        var work = new RequestWork();
        var count = 0;
        while (Record.Exception(() => work.Spend(RequestWork.RsaKeyPair(lengthInBits))) is null) count++;
        Assert.InRange(count, fewest, most);
    }

    [Fact]
    public void Parts_OfTheLargestSplit_ComeOnceInARequest()
    {
        var work = new RequestWork();
        work.Spend(RequestWork.Parts(1L << 25, 65_535));
        Assert.Throws<KeyreeveException>(() => work.Spend(RequestWork.Parts(1L << 25, 65_535)));
    }
}
