using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Keyreeve.Cli;

/// <summary>A command whose help shows how it is used.</summary>
internal sealed class CliCommand(string name, string description) : Command(name, description)
{
    /// <summary>Lines of a terminal: what to type, and <c># why</c>.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>What one should know beforehand; shown below the options.</summary>
    public string? Remarks { get; init; }

    /// <summary>Whether it runs on the server's machine and reads the server's configuration; all others read the client's.</summary>
    public bool RunsAtServer { get; init; }

    /// <summary>Whether the command itself sees to SIGINT and SIGTERM.</summary>
    public bool HandlesSignals { get; init; }
}

/// <summary>The library's help, with our examples below.</summary>
internal sealed class TeachingHelp(SynchronousCommandLineAction standard) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    /// <summary>Makes every help below the root teach.</summary>
    public static void Install(RootCommand root)
    {
        foreach (var option in root.Options)
        {
            if (option is HelpOption { Action: SynchronousCommandLineAction action } help)
                help.Action = new TeachingHelp(action);
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        // The option is one for all commands, and whose file it names differs.
        GlobalOptions.Config.Description = GlobalOptions.DescribeConfig(parseResult.CommandResult.Command is { Subcommands.Count: 0 } leaf ? leaf : null);
        standard.Invoke(parseResult);
        if (parseResult.CommandResult.Command is not CliCommand command)
            return ExitCode.Success;
        var output = parseResult.InvocationConfiguration.Output;
        if (command.Remarks is not null)
            output.WriteLine(command.Remarks + "\n");
        if (command.Examples.Count > 0)
        {
            output.WriteLine("Examples:");
            foreach (var example in command.Examples)
                output.WriteLine($"  {example}");
            output.WriteLine();
        }

        return ExitCode.Success;
    }
}
