using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve key cancel-destruction</c></summary>
internal static class KeyCancelDestructionCommand
{
    public static Command Create()
    {
        var key = KeyTable.Argument();
        var command = new CliCommand("cancel-destruction", "Call a scheduled destruction off")
        {
            Examples = ["keyreeve key cancel-destruction orders"],
        };
        command.Add(key);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            KeyTable.Write(session.Output, await session.Client.Keys.CancelDestructionAsync(parsed.GetRequiredValue(key), cancellationToken))));
        return command;
    }
}
