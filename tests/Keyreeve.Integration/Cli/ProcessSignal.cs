using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>Signals to programs under test.</summary>
internal static class ProcessSignal
{
    // signal(7), where they have numbers of their own; the others cannot be ignored, or are not by what starts tests.
    private static readonly Dictionary<string, int> Numbers = new(StringComparer.Ordinal) { ["HUP"] = 1, ["INT"] = 2 };

    /// <summary>Sends a signal, such as <c>STOP</c> or <c>HUP</c>; skips the test where whoever started it has arranged that nothing comes of it.</summary>
    public static async Task SendAsync(int processId, string signal)
    {
        if (Numbers.TryGetValue(signal, out var number) && Ignores(processId, number))
            Assert.Skip($"SIG{signal} is ignored in this run, as nohup and shells arrange it for jobs in the background, and what it starts inherits that.");
        using var kill = Process.Start("kill", ["-" + signal, processId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    // spec: proc(5) "SigIgn: Masks (expressed in hexadecimal) indicating signals being … ignored": the first signal is the lowest bit.
    private static bool Ignores(int processId, int signal)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(static l => l.StartsWith("SigIgn:", StringComparison.Ordinal));
        return (Convert.ToUInt64(line["SigIgn:".Length..].Trim(), 16) & (1UL << (signal - 1))) != 0;
    }
}
