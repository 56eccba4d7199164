using System.Diagnostics;
using System.Globalization;
using Keyreeve.Fuzz.Kmip;

namespace Keyreeve.Fuzz;

/// <summary>
/// <c>--seconds 60</c>, <c>--messages 5000000</c> (whichever comes first), <c>--seed 1</c>: fuzzes the KMIP codec in its three encodings
/// and reports; with <c>--door</c> a whole server instead. Any other arguments: runs the tests.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (!args.Any(a => a is "--seconds" or "--messages" or "--seed" or "--door")) return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

        var seconds = Number(args, "--seconds");
        var messages = Number(args, "--messages") ?? (seconds is null ? 1_000_000 : long.MaxValue);
        var time = TimeSpan.FromSeconds(seconds ?? 1_000_000);
        var seed = (int)(Number(args, "--seed") ?? 1);
        var clock = Stopwatch.StartNew();
        var (report, failures) = args.Contains("--door", StringComparer.Ordinal) ? await FuzzDoorAsync(messages, time, seed) : FuzzCodec(messages, time, seed);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report} in {clock.Elapsed.TotalSeconds:f1} s, seed {seed}"));
        foreach (var failure in failures) Console.WriteLine(failure);
        return failures.Count == 0 ? 0 : 1;
    }

    private static (string Report, IReadOnlyList<FuzzFailure> Failures) FuzzCodec(long messages, TimeSpan time, int seed)
    {
        using var fuzzer = new MessageFuzzer(SeedMessages.Load(), seed);
        var report = fuzzer.Run(messages, time);
        return (report.ToString(), [.. report.Failures.Values]);
    }

    private static async Task<(string Report, IReadOnlyList<FuzzFailure> Failures)> FuzzDoorAsync(long messages, TimeSpan time, int seed)
    {
        await using var door = await DoorUnderFuzz.OpenAsync();
        var report = await new DoorFuzzer(door, SeedMessages.Load(), seed).RunAsync(messages, time, CancellationToken.None);
        return (report.ToString(), report.Failures);
    }

    private static long? Number(string[] args, string name)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? long.Parse(args[at + 1], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : null;
    }
}
