using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve key show</c></summary>
internal static class KeyShowCommand
{
    public static Command Create()
    {
        var key = KeyTable.Argument();
        var command = new CliCommand("show", "Show a key")
        {
            Examples = ["keyreeve key show orders"],
        };
        command.Add(key);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            KeyTable.Write(session.Output, await session.Client.Keys.GetAsync(parsed.GetRequiredValue(key), cancellationToken))));
        return command;
    }
}
