using System.Diagnostics;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>A client that we did not write, driven by one of the Python scripts beside the tests.</summary>
internal static class PythonScript
{
    // Debian's packages run under the system's interpreter alone.
    private const string Interpreter = "/usr/bin/python3";

    /// <summary>Skips the running test where a package is not installed.</summary>
    public static void Require(string package, string pattern)
    {
        var folder = Path.GetDirectoryName(pattern)!;
        var installed = File.Exists(Interpreter) && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder, Path.GetFileName(pattern)).Any();
        if (!installed) Assert.Skip($"{package} is not installed.");
    }

    /// <summary>Runs a script of this folder to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string name, params string[] arguments)
    {
        var script = Path.Combine(Repository.Root, "tests/Keyreeve.Integration/Kmip", name);
        var start = new ProcessStartInfo(Interpreter, ["-W", "ignore", script, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
