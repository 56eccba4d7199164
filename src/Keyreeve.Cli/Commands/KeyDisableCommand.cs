using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve key disable</c></summary>
internal static class KeyDisableCommand
{
    public static Command Create()
    {
        var key = KeyTable.Argument();
        var command = new CliCommand("disable", "Forbid every use of a key until it is enabled again")
        {
            Examples = ["keyreeve key disable orders"],
        };
        command.Add(key);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            KeyTable.Write(session.Output, await session.Client.Keys.DisableAsync(parsed.GetRequiredValue(key), cancellationToken))));
        return command;
    }
}
