using System.CommandLine;
using Keyreeve.Cli.Terminal;

namespace Keyreeve.Cli;

/// <summary>Options that every command takes.</summary>
internal static class GlobalOptions
{
    public static Option<string?> Config { get; } = new("--config", "-c")
    {
        Description = DescribeConfig(null),
        HelpName = "FILE",
        Recursive = true,
    };

    public static Option<string> Output { get; } = CreateOutput();

    public static Option<string?> Purpose { get; } = new("--purpose")
    {
        Description = "Why the keys are needed; goes into the audit trail",
        HelpName = "CODE",
        Recursive = true,
    };

    /// <summary>Says whose configuration a command reads; of no command, that it is one or the other.</summary>
    public static string DescribeConfig(Command? command) => command switch
    {
        CliCommand { RunsAtServer: true } => $"The server's configuration file (default {Commands.ServerConfiguration.DefaultPath})",
        CliCommand => "The client's configuration file (default ~/.config/keyreeve/client.conf)",
        _ => "The configuration file: the client's, or the server's for what runs on its machine; each command's help says which, and where it is by default",
    };

    public static OutputFormat FormatOf(ParseResult parseResult) =>
        // By its text: the value of a command line with a mistake in it cannot be had.
        parseResult.GetResult(Output) is { Tokens: [.., { Value: "json" }] } ? OutputFormat.Json : OutputFormat.Table;

    private static Option<string> CreateOutput()
    {
        var option = new Option<string>("--output")
        {
            Description = "table (for people, default) or json (for programs)",
            HelpName = "json|table",
            Recursive = true,
        };
        option.AcceptOnlyFromAmong("json", "table");
        return option;
    }
}
