using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Keyreeve.Cli.Commands;

namespace Keyreeve.Cli;

/// <summary>The command line as a whole.</summary>
internal static class CommandLine
{
    /// <summary>How long a command may take to clean up once it was interrupted.</summary>
    private static readonly TimeSpan EndTimeLimit = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var parsed = CreateRoot().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var format = GlobalOptions.FormatOf(parsed);
        if (parsed.Action is ParseErrorAction)
            return await ExplainAsync(parsed, format);
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = parsed.CommandResult.Command is CliCommand { HandlesSignals: true } ? null : EndTimeLimit,
            });
        }
        catch (Exception e)
        {
            return Report(Failure.Of(e), format);
        }
    }

    internal static RootCommand CreateRoot()
    {
        var root = new RootCommand("Keyreeve: creates, keeps, versions, rotates, releases, audits and destroys encryption keys.");
        root.Options.Add(GlobalOptions.Config);
        root.Options.Add(GlobalOptions.Output);
        root.Options.Add(GlobalOptions.Purpose);
        foreach (var command in CommandCatalog.All())
            root.Subcommands.Add(command);
        TeachingHelp.Install(root);
        return root;
    }

    private static async Task<int> ExplainAsync(ParseResult parsed, Terminal.OutputFormat format)
    {
        var path = PathOf(parsed.CommandResult);
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
        {
            await CreateRoot().Parse([.. path, "--help"]).InvokeAsync();
            return ExitCode.Usage;
        }

        var message = command.Subcommands.Count > 0
            ? Spelling.NoSuchCommand(parsed.UnmatchedTokens[0], command.Subcommands.Select(static subcommand => subcommand.Name))
            : string.Join(' ', parsed.Errors.Select(static error => error.Message.ReplaceLineEndings(" ").Replace("\t", "", StringComparison.Ordinal)));
        return Report(new Failure(ExitCode.Usage, message) { Next = string.Join(' ', ["keyreeve", .. path, "--help"]) }, format);
    }

    private static List<string> PathOf(CommandResult result)
    {
        var path = new List<string>();
        for (var at = result; at is { Command: not RootCommand }; at = at.Parent as CommandResult)
            path.Insert(0, at.Command.Name);
        return path;
    }

    private static int Report(Failure failure, Terminal.OutputFormat format)
    {
        failure.Write(Console.Error, format);
        return failure.ExitCode;
    }
}
