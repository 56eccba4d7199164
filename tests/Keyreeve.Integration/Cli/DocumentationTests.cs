using System.CommandLine;
using System.Globalization;
using Keyreeve.Cli;
using Xunit;

namespace Keyreeve.Integration.Cli;

public sealed class DocumentationTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));

    [Fact]
    public void CliPage_ExitCodes_AreTheOnesThereAre()
    {
        var written = Text[Text.IndexOf("## Exit codes", StringComparison.Ordinal)..]
            .Split('\n')
            .Where(static line => line.StartsWith("| ", StringComparison.Ordinal) && char.IsAsciiDigit(line[2]))
            .ToList();

        Assert.Equal(ExitCode.All.Select(static row => string.Create(CultureInfo.InvariantCulture, $"| {row.Code} | {row.Meaning} |")), written);
    }

    [Fact]
    public void CliPage_EveryCommand_IsThere()
    {
        var commands = Leaves(CommandLine.CreateRoot(), "").ToList();

        Assert.NotEmpty(commands);
        Assert.All(commands, static command => Assert.Contains($"`{command}", Text, StringComparison.Ordinal));
    }

    [Fact]
    public void EveryCommand_Help_ShowsAnExample()
    {
        foreach (var command in Commands(CommandLine.CreateRoot()).Where(static command => command.Subcommands.Count == 0))
        {
            var taught = Assert.IsType<CliCommand>(command);
            Assert.Contains(taught.Examples, example => example.Contains($" {command.Name}", StringComparison.Ordinal));
        }
    }

    private static IEnumerable<Command> Commands(Command command) =>
        command.Subcommands.SelectMany(static subcommand => Commands(subcommand).Append(subcommand));

    private static IEnumerable<string> Leaves(Command command, string path) =>
        command.Subcommands.Count == 0
            ? [path.TrimStart()]
            : command.Subcommands.SelectMany(subcommand => Leaves(subcommand, $"{path} {subcommand.Name}"));
}
