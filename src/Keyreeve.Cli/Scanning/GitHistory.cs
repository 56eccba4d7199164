using System.Diagnostics;

namespace Keyreeve.Cli.Scanning;

/// <summary>What git tells of a repository.</summary>
internal static class GitHistory
{
    private static readonly string[] AsText =
        ["--no-color", "--no-ext-diff", "--no-textconv", "--unified=0", "--src-prefix=a/", "--dst-prefix=b/", "--no-renames"];

    /// <summary>What is about to be committed.</summary>
    public static ScanAccount ScanStaged(SecretScanner scanner) => Scan(scanner, ["diff", "--cached", .. AsText]);

    /// <summary>What commits bring; of a merge, what is in none of its parents.</summary>
    /// <param name="scanner">Looks through it.</param>
    /// <param name="revisions">As git takes them: <c>main..topic</c>, or a commit and <c>--not --all</c>.</param>
    public static ScanAccount ScanCommits(SecretScanner scanner, IReadOnlyList<string> revisions) =>
        Scan(scanner, ["log", "--patch", "--cc", "--root", "--format=commit %H", .. AsText, .. revisions, "--"]);

    /// <summary>What stands between what a push has and what the other side has.</summary>
    /// <param name="scanner">Looks through it.</param>
    /// <param name="input">What git gives the hook: a line for each ref.</param>
    /// <param name="isServer">Whether this is the side that receives (pre-receive), not the one that sends (pre-push).</param>
    public static ScanAccount ScanPush(SecretScanner scanner, TextReader input, bool isServer)
    {
        var pushed = new List<string>();
        while (input.ReadLine() is { } line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            // pre-receive: OLD NEW REF; pre-push: LOCAL-REF LOCAL REMOTE-REF REMOTE
            var commit = words.Length >= (isServer ? 3 : 4) ? words[1] : throw new CliException(ExitCode.Usage, "git gives this hook a line for each ref on standard input.");
            if (commit.AsSpan().ContainsAnyExcept('0'))
                pushed.Add(commit);
        }

        if (pushed.Count == 0)
            return new ScanAccount(0, 0, []);
        return ScanCommits(scanner, [.. pushed, "--not", isServer ? "--all" : "--remotes"]);
    }

    /// <summary>The answer of a git command that has one line.</summary>
    public static string Ask(params string[] arguments)
    {
        using var git = Start(arguments);
        var answer = git.StandardOutput.ReadToEnd().TrimEnd('\n');
        RequireSuccess(git);
        return answer;
    }

    private static ScanAccount Scan(SecretScanner scanner, string[] arguments)
    {
        using var git = Start(arguments);
        var account = new DiffScan(scanner).Run(git.StandardOutput.BaseStream);
        RequireSuccess(git);
        return account;
    }

    private static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo("git", ["-c", "core.quotePath=false", "-c", "log.showSignature=false", .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true };
        return Process.Start(start) ?? throw new CliException(ExitCode.Configuration, "git cannot be started.");
    }

    private static void RequireSuccess(Process git)
    {
        git.WaitForExit();
        if (git.ExitCode != 0)
            throw new CliException(ExitCode.Usage, $"git ended with {git.ExitCode}; what it wrote says why.");
    }
}
