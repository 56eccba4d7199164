using Xunit;

namespace Keyreeve.Fuzz.Kmip;

public sealed class DoorFuzzTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Attack", "6")]
    public async Task Run_MutatedRequests_AreAnswered() => await RunAsync(seed: 1, messages: 3_000, TimeSpan.FromMinutes(5));

    [Fact]
    [Trait("Speed", "Slow")]
    [Trait("Attack", "6")]
    public async Task Run_ForAMinute_IsAnswered() =>
        await RunAsync(DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().Date).DayNumber, long.MaxValue, TimeSpan.FromMinutes(1));

    private async Task RunAsync(int seed, long messages, TimeSpan time)
    {
        await using var door = await DoorUnderFuzz.OpenAsync();
        var fuzzer = new DoorFuzzer(door, SeedMessages.Load(), seed);
        var report = await fuzzer.RunAsync(messages, time, TestContext.Current.CancellationToken);

        output.WriteLine($"seed {seed}: {report}");
        Assert.True(report.Failures.Count == 0, $"seed {seed}:\n" + string.Join("\n\n", report.Failures));
        Assert.InRange(report.Successes, 50, report.Items);
    }
}
