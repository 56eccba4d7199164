using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Keyreeve.Cli.Scanning;
using Keyreeve.Cli.Terminal;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve scan</c></summary>
internal static class ScanCommand
{
    private static readonly Argument<string[]> Paths = new("path") { Description = "Files and folders (default: the current one)", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<bool> Staged = new("--staged") { Description = "What is about to be committed, of this git repository" };
    private static readonly Option<string?> Commits = new("--commits") { Description = "What commits brought, such as 'main..topic' or 'HEAD'", HelpName = "RANGE" };
    private static readonly Option<string?> Diff = new("--diff") { Description = "What a unified diff adds; '-' for standard input", HelpName = "FILE" };
    private static readonly Option<string?> Hook = new("--hook") { Description = "As git's hook of that name: pre-commit, pre-push or pre-receive", HelpName = "NAME" };
    private static readonly Option<string?> Install = new("--install-hook") { Description = "Make git ask before it goes on: pre-commit, pre-push or pre-receive", HelpName = "NAME" };
    private static readonly Option<string?> Rules = new("--rules") { Description = "A file with rules above the standard ones", HelpName = "FILE" };
    private static readonly Option<string?> Baseline = new("--baseline") { Description = $"Findings that are known (default: {ScanBaseline.FileName}, if it is there)", HelpName = "FILE" };
    private static readonly Option<bool> WriteBaseline = new("--write-baseline") { Description = "Write down all that is found as known" };
    private static readonly Option<bool> ShowRules = new("--show-rules") { Description = "Show the standard rules, in the form that --rules takes" };

    public static Command Create()
    {
        foreach (var option in (Option<string?>[])[Hook, Install])
            option.AcceptOnlyFromAmong(GitHook.Names);
        var command = new CliCommand("scan", "Look for key material and tokens in a tree, a diff or a push")
        {
            Remarks = $"What is found is never shown, only where it is. A line with '{SecretScanner.Mark}' on it is passed over, but not by a server's hook.",
            Examples =
            [
                "keyreeve scan",
                "keyreeve scan --install-hook pre-commit",
                "keyreeve scan --commits main..topic",
                "keyreeve scan --write-baseline   # what is there now is known",
            ],
        };
        command.Add(Paths);
        foreach (var option in (Option[])[Staged, Commits, Diff, Hook, Install, Rules, Baseline, WriteBaseline, ShowRules])
            command.Add(option);
        command.SetAction(static (parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        var output = new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed));
        if (parsed.GetValue(ShowRules))
        {
            Console.Out.Write(ScanRules.StandardText);
            return ExitCode.Success;
        }

        if (parsed.GetValue(Install) is { } hook)
        {
            output.WriteRemark($"git asks from now on: {GitHook.Install(hook, parsed.GetValue(Rules), parsed.GetValue(Baseline))}");
            return ExitCode.Success;
        }

        var started = Stopwatch.GetTimestamp();
        var account = Scan(parsed, cancellationToken);
        var baseline = BaselineOf(parsed);
        if (parsed.GetValue(WriteBaseline))
        {
            ScanBaseline.Write(account.Findings, baseline ?? ScanBaseline.FileName);
            output.WriteRemark($"{account.Findings.Count} findings are known from now on: {baseline ?? ScanBaseline.FileName}");
            return ExitCode.Success;
        }

        var found = baseline is null ? account.Findings : ScanBaseline.NewIn(account.Findings, baseline);
        Report(output, found);
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{account.Files} files, {account.Bytes / 1048576.0:0.0} MiB in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.00} s: {found.Count} found, {account.Findings.Count - found.Count} known"));
        return found.Count == 0 ? ExitCode.Success : ExitCode.SecretsFound;
    }

    private static ScanAccount Scan(ParseResult parsed, CancellationToken cancellationToken)
    {
        var hook = parsed.GetValue(Hook);
        // Whoever pushes must not be able to wave his own secrets through.
        var scanner = new SecretScanner(ScanRules.Load(parsed.GetValue(Rules)), honoursMarks: hook is not "pre-receive");
        if (hook is "pre-push" or "pre-receive")
            return GitHistory.ScanPush(scanner, Console.In, isServer: hook is "pre-receive");
        if (hook is "pre-commit" || parsed.GetValue(Staged))
            return GitHistory.ScanStaged(scanner);
        if (parsed.GetValue(Commits) is { } range)
            return range.StartsWith('-') ? throw new CliException(ExitCode.Usage, "A range of commits does not begin with '-'.") : GitHistory.ScanCommits(scanner, [range]);
        if (parsed.GetValue(Diff) is { } diff)
        {
            using var stream = diff is "-" ? Console.OpenStandardInput() : File.OpenRead(diff);
            return new DiffScan(scanner).Run(stream);
        }

        return TreeScan.Run(scanner, parsed.GetValue(Paths) is { Length: > 0 } paths ? paths : ["."], cancellationToken);
    }

    private static string? BaselineOf(ParseResult parsed)
    {
        if (parsed.GetValue(Baseline) is { } named)
            return named;
        return File.Exists(ScanBaseline.FileName) ? ScanBaseline.FileName : null;
    }

    private static void Report(OutputWriter output, IReadOnlyList<ScanFinding> found)
    {
        if (found.Count == 0 && !output.IsJson)
            return;
        output.WriteRows(
            found,
            "Nothing was found.",
            new Column<ScanFinding>("where", static f => f.Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{f.Path}:{f.Line}") : f.Path),
            new Column<ScanFinding>("rule", static f => f.Rule),
            new Column<ScanFinding>("what", static f => f.LengthInCharacters is { } length ? string.Create(CultureInfo.InvariantCulture, $"{f.Description}, {length} characters") : f.Description),
            new Column<ScanFinding>("commit", static f => f.Commit is { Length: > 10 } commit ? commit[..10] : f.Commit));
    }
}
