using Xunit;

namespace Keyreeve.Fuzz.Kmip;

public sealed class MessageFuzzTests(ITestOutputHelper output)
{
    [Fact]
    public void Check_EverySeed_IsValidAndHoldsTheLaw()
    {
        var seeds = SeedMessages.Load();
        using var fuzzer = new MessageFuzzer(seeds, seed: 0);
        var report = new FuzzReport();
        foreach (var seed in seeds) Assert.Null(fuzzer.Check(seed, report));
        output.WriteLine($"{seeds.Count} seeds, {report.TypedPayloads} typed payloads");
        Assert.Equal(seeds.Count, report.Valid);
        Assert.InRange(report.TypedPayloads, 20, long.MaxValue);
    }

    [Theory]
    [Trait("Attack", "1")]
    [Trait("Attack", "2")]
    [Trait("Attack", "3")]
    [Trait("Attack", "4")]
    [Trait("Attack", "5")]
    [Trait("Attack", "6")]
    [Trait("Attack", "7")]
    [Trait("Attack", "11")]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_MutatedMessages_HoldTheLaw(int seed) => Run(seed, messages: 40_000, TimeSpan.FromMinutes(5));

    /// <summary>Another seed each day, so that the minutes that this takes are not spent on the same messages for ever.</summary>
    [Fact]
    [Trait("Speed", "Slow")]
    [Trait("Attack", "11")]
    public void Run_ForAMinute_HoldsTheLaw() => Run(DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().Date).DayNumber, messages: long.MaxValue, TimeSpan.FromMinutes(1));

    private void Run(int seed, long messages, TimeSpan time)
    {
        using var fuzzer = new MessageFuzzer(SeedMessages.Load(), seed);
        var report = fuzzer.Run(messages, time);

        output.WriteLine($"seed {seed}: {report}");
        Assert.True(report.Failures.Count == 0, $"seed {seed}:\n" + string.Join("\n\n", report.Failures.Values));
        Assert.InRange(report.Valid, report.Messages / 100, report.Messages);
        Assert.InRange(report.Xml, report.Messages / 20, report.Messages);
        Assert.InRange(report.Json, report.Messages / 20, report.Messages);
    }
}
