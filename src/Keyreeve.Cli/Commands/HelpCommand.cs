using System.CommandLine;
using System.Globalization;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve help</c></summary>
internal static class HelpCommand
{
    public static Command Create()
    {
        var words = new Argument<string[]>("topic") { Description = "A command, or exit-codes", Arity = ArgumentArity.ZeroOrMore };
        words.CompletionSources.Add("exit-codes");
        var command = new CliCommand("help", "Explain a command, or the exit codes")
        {
            Examples =
            [
                "keyreeve help key create",
                "keyreeve help exit-codes",
            ],
        };
        command.Add(words);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var topic = parsed.GetValue(words) ?? [];
            if (topic is not ["exit-codes"])
                return await ExplainAsync(topic, cancellationToken);
            foreach (var (code, meaning) in ExitCode.All)
                await Console.Out.WriteLineAsync($"{code.ToString(CultureInfo.InvariantCulture),4}  {meaning}");
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<int> ExplainAsync(string[] topic, CancellationToken cancellationToken)
    {
        // The library would show the help of what it understood and pass over the rest.
        Command at = CommandLine.CreateRoot();
        foreach (var word in topic)
        {
            at = at.Subcommands.FirstOrDefault(known => string.Equals(known.Name, word, StringComparison.Ordinal))
                ?? throw new CliException(ExitCode.Usage, Spelling.NoSuch("command", word, at.Subcommands.Select(static known => known.Name)), "keyreeve help, or keyreeve help exit-codes");
        }

        return await CommandLine.CreateRoot().Parse([.. topic, "--help"]).InvokeAsync(cancellationToken: cancellationToken);
    }
}
