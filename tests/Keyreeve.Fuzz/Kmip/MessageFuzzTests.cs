using Xunit;

namespace Keyreeve.Fuzz.Kmip;

public sealed class MessageFuzzTests(ITestOutputHelper output)
{
    [Fact]
    public void Check_EverySeed_IsValidAndHoldsTheLaw()
    {
        var seeds = SeedMessages.Load();
        using var fuzzer = new MessageFuzzer(seeds, seed: 0);
        long typed = 0;
        foreach (var seed in seeds)
        {
            Assert.Null(fuzzer.Check(seed, ref typed, withTextual: true, out var isValid));
            Assert.True(isValid, Convert.ToHexString(seed));
        }

        output.WriteLine($"{seeds.Count} seeds, {typed} typed payloads");
        Assert.InRange(typed, 20, long.MaxValue);
    }

    [Theory]
    [Trait("Attack", "1")]
    [Trait("Attack", "2")]
    [Trait("Attack", "3")]
    [Trait("Attack", "4")]
    [Trait("Attack", "5")]
    [Trait("Attack", "6")]
    [Trait("Attack", "7")]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_MutatedMessages_HoldTheLaw(int seed)
    {
        using var fuzzer = new MessageFuzzer(SeedMessages.Load(), seed);
        var report = fuzzer.Run(messages: 150_000, TimeSpan.FromMinutes(5));

        output.WriteLine(report.ToString());
        Assert.True(report.Failure is null, report.Failure?.Problem + "\n" + Convert.ToHexString(report.Failure?.Message ?? []));
        Assert.Equal(150_000, report.Messages);
        Assert.InRange(report.Valid, report.Messages / 100, report.Messages);
    }
}
