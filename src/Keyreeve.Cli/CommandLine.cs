using System.CommandLine;
using System.CommandLine.Invocation;
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
            return Report(MisunderstandingOf(parsed), format);
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = EndTimeLimit,
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

    private static Failure MisunderstandingOf(ParseResult parsed)
    {
        var path = new List<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
            path.Insert(0, result.Command is RootCommand ? "keyreeve" : result.Command.Name);
        var message = string.Join(" ", parsed.Errors.Select(error => error.Message));
        return new Failure(ExitCode.Usage, message) { Next = $"{string.Join(' ', path)} --help" };
    }

    private static int Report(Failure failure, Terminal.OutputFormat format)
    {
        failure.Write(Console.Error, format);
        return failure.ExitCode;
    }
}
