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
            return Report(Failure.Of(e, ListingBeside(parsed.CommandResult)), format);
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

        return Report(new Failure(ExitCode.Usage, MistakeIn(parsed)) { Next = string.Join(' ', ["keyreeve", .. path, "--help"]) }, format);
    }

    private static string MistakeIn(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        // What is mistyped is said alone: what is missing or too much beside it mostly is so because of it.
        if (command.Subcommands.Count > 0 && !IsOption(parsed.UnmatchedTokens[0]))
            return Spelling.NoSuch("command", parsed.UnmatchedTokens[0], command.Subcommands.Select(static subcommand => subcommand.Name));
        return parsed.UnmatchedTokens.FirstOrDefault(IsOption) is { } option
            ? Spelling.NoSuch("option", option, command.Options.Concat(parsed.RootCommandResult.Command.Options).Select(static known => known.Name))
            : string.Join(' ', parsed.Errors.Select(WordsOf));
    }

    private static bool IsOption(string token) => token is ['-', not (>= '0' and <= '9'), ..];

    private static string WordsOf(ParseError error) => error.SymbolResult switch
    {
        // The library speaks of types of .NET; what is not text here is a whole number.
        OptionResult { Tokens: [.., var value] } result when IsOfAnotherType(error) => $"'{result.Option.Name}' takes a whole number, not '{value.Value}'.",
        ArgumentResult { Parent: OptionResult option, Tokens: [.., var value] } when IsOfAnotherType(error) => $"'{option.Option.Name}' takes a whole number, not '{value.Value}'.",
        ArgumentResult { Tokens: [.., var value] } result when IsOfAnotherType(error) => $"<{result.Argument.Name}> is a whole number, not '{value.Value}'.",
        _ => error.Message.ReplaceLineEndings(" ").Replace("\t", "", StringComparison.Ordinal),
    };

    private static bool IsOfAnotherType(ParseError error) => error.Message.Contains("expected type 'System.", StringComparison.Ordinal);

    /// <summary>The command that lists what a command beside it is about, such as 'keyreeve token list' for 'token revoke'; null if there is none.</summary>
    private static string? ListingBeside(CommandResult result) =>
        // What creates something names other things: whom it is for, a key it is about.
        result is { Command.Name: not "create", Parent: CommandResult { Command: not RootCommand } group } && group.Command.Subcommands.Any(static beside => beside.Name is "list")
            ? string.Join(' ', ["keyreeve", .. PathOf(group), "list"])
            : null;

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
