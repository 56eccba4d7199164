using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve seal remove</c></summary>
internal static class SealRemoveCommand
{
    public static Command Create()
    {
        var slot = SealTable.Argument();
        var command = new CliCommand("remove", "Remove a slot, with the key that it keeps in a token")
        {
            Remarks = "The last slot of the root key in use is not removed. A slot of an earlier root key opens older backups: without it they open no more.",
            Examples = ["keyreeve seal remove 3f9c01ab"],
        };
        command.Add(slot);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            SealTable.Write(session.Output, await session.Client.Seal.RemoveAsync(parsed.GetRequiredValue(slot), cancellationToken))));
        return command;
    }
}
