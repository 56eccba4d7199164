using System.Diagnostics;
using System.Text;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>Runs the executable as people do.</summary>
internal static class CliProcess
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(2);

    /// <summary>The executable, built as these tests are.</summary>
    public static string Executable { get; } = Path.Combine(
        Repository.Root, "src", "Keyreeve.Cli", "bin",
        AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug", "net10.0", "keyreeve");

    /// <summary>Runs <c>keyreeve</c> to its end.</summary>
    public static Task<Finished> RunAsync(string folder, params IReadOnlyList<string> arguments) => RunAsync(folder, [], arguments);

    /// <summary>Runs <c>keyreeve</c> to its end with something on its standard input.</summary>
    public static async Task<Finished> RunAsync(string folder, byte[] input, IReadOnlyList<string> arguments)
    {
        using var process = Start(folder, arguments);
        return await FinishAsync(process, input);
    }

    /// <summary>Runs <c>keyreeve</c> to its end as on a terminal, which shows both its streams.</summary>
    public static async Task<Finished> RunOnTerminalAsync(string folder, params IReadOnlyList<string> arguments)
    {
        var start = Command(folder, "script");
        var command = string.Join(' ', arguments.Prepend(Executable).Select(static argument => $"'{argument}'"));
        foreach (var argument in (string[])["--quiet", "--return", "--command", command, "/dev/null"])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        return await FinishAsync(process, []);
    }

    /// <summary>Starts <c>keyreeve</c>; every stream is a pipe.</summary>
    public static Process Start(string folder, params IReadOnlyList<string> arguments)
    {
        var start = Command(folder, Executable);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>A program in a folder, whose home it is as well.</summary>
    public static ProcessStartInfo Command(string folder, string program)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment["HOME"] = folder;
        start.Environment.Remove("XDG_CONFIG_HOME");
        // A process that is killed would leave the sockets of its debugger's door behind.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["PATH"] = $"{Path.GetDirectoryName(Executable)}:{start.Environment["PATH"]}";
        return start;
    }

    public static async Task<Finished> FinishAsync(Process process, byte[] input)
    {
        using var limit = new CancellationTokenSource(TimeLimit);
        using var output = new MemoryStream();
        try
        {
            var reading = process.StandardOutput.BaseStream.CopyToAsync(output, limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await WriteInputAsync(process, input);
            await reading;
            var text = await errors;
            await process.WaitForExitAsync(limit.Token);
            return new Finished(process.ExitCode, output.ToArray(), text);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{process.StartInfo.FileName} did not end within {TimeLimit}.", e);
        }
    }

    private static async Task WriteInputAsync(Process process, byte[] input)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
        }
        catch (IOException)
        {
            Assert.True(process.WaitForExit(TimeLimit), "A program that stopped reading should have ended.");
        }
        finally
        {
            await process.StandardInput.BaseStream.DisposeAsync();
        }
    }
}

/// <summary>A program that ended.</summary>
internal sealed record Finished(int ExitCode, byte[] Output, string Errors)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public override string ToString() => $"exit code {ExitCode}\n{Text}{Errors}";
}
