using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto.SelfTests;

public sealed class KnownAnswerTests
{
    public static TheoryData<string> Names => [.. KnownAnswer.All.Select(static answer => answer.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_ThisMachine_ComesOut(string name)
    {
        var answer = KnownAnswer.All.Single(a => string.Equals(a.Name, name, StringComparison.Ordinal));

        Assert.Equal(answer.Expected, Convert.ToHexStringLower(answer.Compute()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_OtherAnswerExpected_Fails(string name)
    {
        var answer = KnownAnswer.All.Single(a => string.Equals(a.Name, name, StringComparison.Ordinal));
        var other = answer with { Expected = (answer.Expected[0] == '0' ? "1" : "0") + answer.Expected[1..] };

        var report = SelfTest.Run([answer, other], TimeProvider.System);

        Assert.False(report.HasPassed);
        Assert.Equal([name], report.Failed);
    }

    [Fact]
    public void Run_Nothing_IsNoSuccess() => Assert.False(SelfTest.Run([], TimeProvider.System).HasPassed);

    [Fact]
    public void Run_AlgorithmThatThrows_Fails()
    {
        var broken = new KnownAnswer("broken", static () => throw new System.Security.Cryptography.CryptographicException("no"), "00");

        Assert.Equal(["broken"], SelfTest.Run([broken], TimeProvider.System).Failed);
    }
}
