using System.CommandLine;
using Keyreeve.Cli.Terminal;

namespace Keyreeve.Cli;

/// <summary>Options that every command takes.</summary>
internal static class GlobalOptions
{
    public static Option<string?> Config { get; } = new("--config", "-c")
    {
        Description = "The configuration file: of the server for 'server', 'init', 'hsm check' and 'audit verify', 'prove', 'show', 'export'; of the client for all others (default ~/.config/keyreeve/client.conf)",
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
