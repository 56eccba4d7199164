using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Keyreeve.Cli;
using Xunit;

namespace Keyreeve.Integration.Cli;

public sealed class DocumentationTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));

    public static TheoryData<string> ProductPages =>
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs", "products"), "*.md").Select(Path.GetFileName).Where(static page => page is not "README.md").Order(StringComparer.Ordinal).Select(static page => "docs/products/" + page)];

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

    [Fact]
    public void EveryCommand_Options_HideNoneThatAllTake()
    {
        var root = CommandLine.CreateRoot();
        // What looks through the trail asks for a record's purpose, and not for its own.
        var common = NamesOf(root).Where(static name => name is not "--purpose").ToHashSet(StringComparer.Ordinal);

        Assert.Contains("-c", common);
        Assert.All(Commands(root), command => Assert.DoesNotContain(NamesOf(command), common.Contains));
    }

    [Fact]
    public void EveryCommand_Examples_AreUnderstood()
    {
        var root = CommandLine.CreateRoot();
        foreach (var command in Commands(root).OfType<CliCommand>())
            Assert.All(command.Examples, example => AssertUnderstood(root, example));
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/cli.md")]
    [InlineData("docs/access.md")]
    [InlineData("docs/policy.md")]
    [InlineData("docs/approvals.md")]
    [InlineData("docs/tokens.md")]
    [InlineData("docs/tenants.md")]
    [InlineData("docs/offboarding.md")]
    [MemberData(nameof(ProductPages))]
    public void Page_CommandsOnIt_AreUnderstood(string page)
    {
        var root = CommandLine.CreateRoot();
        var commands = File.ReadLines(Path.Combine(Repository.Root, page))
            .Where(static line => (line.StartsWith("$ ", StringComparison.Ordinal) && line.Contains("keyreeve ", StringComparison.Ordinal))
                || line.StartsWith("    keyreeve ", StringComparison.Ordinal))
            .ToList();

        Assert.NotEmpty(commands);
        Assert.All(commands, line => AssertUnderstood(root, line));
    }

    [Fact]
    public void AccessPage_EveryCommandOfItsRecipes_IsTypedAsItStandsThere()
    {
        var session = File.ReadAllLines(Path.Combine(Repository.Root, "tests", "Keyreeve.Integration", "Cli", "Sessions", "online", "recipes.session"));
        var commands = File.ReadLines(Path.Combine(Repository.Root, "docs", "access.md")).Where(static line => line.StartsWith("    keyreeve ", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(commands);
        Assert.All(commands, command => Assert.Contains(session, line => line.StartsWith("$ " + command.Trim(), StringComparison.Ordinal)));
    }

    /// <summary>Parses what stands between <c>keyreeve</c> and whatever ends a command for the shell.</summary>
    private static void AssertUnderstood(RootCommand root, string line)
    {
        foreach (var part in line.Split(["| ", "; ", "# ", "> ", "< "], StringSplitOptions.TrimEntries))
        {
            var words = Regex.Matches(part, """ "[^"]*"|'[^']*'|\S+ """.Trim(), RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Select(static word => word.Value.Trim('"', '\'')).ToArray();
            var start = Array.FindIndex(words, static word => word is "keyreeve" or "bin/keyreeve");
            if (start < 0 || words.Length == start + 1)
                continue;
            var errors = root.Parse(words[(start + 1)..]).Errors;
            Assert.True(errors.Count == 0, $"{line}: {string.Join(' ', errors.Select(static error => error.Message))}");
        }
    }

    private static IEnumerable<string> NamesOf(Command command) => command.Options.SelectMany(static option => option.Aliases.Append(option.Name));

    private static IEnumerable<Command> Commands(Command command) =>
        command.Subcommands.SelectMany(static subcommand => Commands(subcommand).Append(subcommand));

    private static IEnumerable<string> Leaves(Command command, string path) =>
        command.Subcommands.Count == 0
            ? [path.TrimStart()]
            : command.Subcommands.SelectMany(subcommand => Leaves(subcommand, $"{path} {subcommand.Name}"));
}
