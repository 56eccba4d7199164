using Keyreeve.Crypto.Files;

namespace Keyreeve.Cli.Scanning;

/// <summary>Has git ask <c>keyreeve scan</c> before it commits, pushes or receives.</summary>
internal static class GitHook
{
    public static readonly string[] Names = ["pre-commit", "pre-push", "pre-receive"];

    /// <summary>Writes a hook of the repository of the current folder; a hook that is there is left as it is.</summary>
    /// <returns>The hook's path.</returns>
    /// <exception cref="CliException">There is a hook already.</exception>
    public static string Install(string name, string? rules, string? baseline)
    {
        var folder = Path.GetFullPath(GitHistory.Ask("rev-parse", "--git-path", "hooks"));
        var path = Path.Combine(folder, name);
        var command = $"exec {Quote(Environment.ProcessPath!)} scan --hook {name}";
        if (rules is not null)
            command += $" --rules {Quote(Path.GetFullPath(rules))}";
        if (baseline is not null)
            command += $" --baseline {Quote(Path.GetFullPath(baseline))}";
        if (Path.Exists(path))
            throw new CliException(ExitCode.File, $"'{path}' is there already.", $"add this line to it: {command}");
        Directory.CreateDirectory(folder);
        using (var pending = PendingFile.Create(path))
        {
            pending.Stream.Write(System.Text.Encoding.UTF8.GetBytes($"#!/bin/sh\n# Looks for key material and tokens; 'keyreeve scan --help' says more.\n{command}\n"));
            pending.Commit(overwrite: false);
        }

        if (OperatingSystem.IsWindows())
            return path;
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        return path;
    }

    private static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
