using System.Diagnostics;

namespace Keyreeve.Integration.Audit;

/// <summary>The script with which an outsider verifies a trail: Python's standard library and openssl, nothing of ours.</summary>
internal static class VerifyScript
{
    public static string FilePath => Path.Combine(Repository.Root, "docs", "formats", "verify_audit.py");

    public static async Task<(int Status, string Text)> RunAsync(params string[] arguments)
    {
        // -I: without the user's site packages and environment, so that the standard library is all it has.
        var start = new ProcessStartInfo("/usr/bin/python3", ["-I", FilePath, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + error);
    }
}
