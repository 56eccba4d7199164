using System.Globalization;

namespace Keyreeve.Benchmarks;

/// <summary>Which processors this run may have, and programs that are started on one of them alone.</summary>
internal static class Processors
{
    private const string AllowedLine = "Cpus_allowed_list:";

    /// <summary>One processor for what is measured, and another for all that makes the load.</summary>
    /// <exception cref="NotInstalledException">There are not two, or no way to keep a program to one.</exception>
    public static (int Server, int Load) Two()
    {
        var allowed = Allowed();
        if (allowed.Count < 2) throw new NotInstalledException($"needs 2 processors, and this run may have {allowed.Count}");
        return (allowed[0], allowed[1]);
    }

    /// <summary>Starts a program that has that processor alone from its first instruction on, so that a runtime counts one.</summary>
    public static ChildProcess Start(int processor, string program, params IEnumerable<string> arguments)
    {
        const string TaskSet = "/usr/bin/taskset";
        // It becomes the program: the process that it starts as is the one that is ended later.
        return File.Exists(TaskSet)
            ? ChildProcess.Start(TaskSet, ["--cpu-list", processor.ToString(CultureInfo.InvariantCulture), program, .. arguments])
            : throw new NotInstalledException("taskset is not installed");
    }

    /// <summary>The same for a program that gives way to whatever else there is on its processor.</summary>
    public static ChildProcess StartLast(int processor, string program, params IEnumerable<string> arguments) =>
        Start(processor, "/usr/bin/chrt", ["--idle", "0", program, .. arguments]);

    // "0-1,4": proc(5).
    private static List<int> Allowed()
    {
        var list = File.ReadLines("/proc/self/status").Single(static line => line.StartsWith(AllowedLine, StringComparison.Ordinal))[AllowedLine.Length..];
        var processors = new List<int>();
        foreach (var range in list.Trim().Split(','))
        {
            var ends = range.Split('-');
            var first = Number(ends[0]);
            processors.AddRange(Enumerable.Range(first, Number(ends[^1]) - first + 1));
        }

        return processors;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
