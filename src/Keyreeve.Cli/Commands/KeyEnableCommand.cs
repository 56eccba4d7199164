using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve key enable</c></summary>
internal static class KeyEnableCommand
{
    public static Command Create()
    {
        var key = KeyTable.Argument();
        var command = new CliCommand("enable", "Let a disabled key be used again")
        {
            Examples = ["keyreeve key enable orders"],
        };
        command.Add(key);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            KeyTable.Write(session.Output, await session.Client.Keys.EnableAsync(parsed.GetRequiredValue(key), cancellationToken))));
        return command;
    }
}
