using System.Diagnostics;
using System.Globalization;
using Keyreeve.Fuzz.Kmip;

namespace Keyreeve.Fuzz;

/// <summary>
/// <c>--seconds 60</c>, <c>--messages 5000000</c> (whichever comes first), <c>--seed 1</c>: fuzzes the KMIP codec and reports.
/// Any other arguments: runs the tests.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (!args.Any(a => a is "--seconds" or "--messages" or "--seed")) return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

        var seconds = Number(args, "--seconds");
        var messages = Number(args, "--messages") ?? (seconds is null ? 1_000_000 : long.MaxValue);
        var seed = (int)(Number(args, "--seed") ?? 1);
        var clock = Stopwatch.StartNew();
        using var fuzzer = new MessageFuzzer(SeedMessages.Load(), seed);
        var report = fuzzer.Run(messages, TimeSpan.FromSeconds(seconds ?? long.MaxValue / 1e8));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report} in {clock.Elapsed.TotalSeconds:f1} s, seed {seed}"));
        if (report.Failure is not { } failure) return 0;
        Console.WriteLine(failure.Problem);
        Console.WriteLine(Convert.ToHexString(failure.Message));
        return 1;
    }

    private static long? Number(string[] args, string name)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? long.Parse(args[at + 1], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : null;
    }
}
