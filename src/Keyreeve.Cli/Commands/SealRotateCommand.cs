using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve seal rotate</c></summary>
internal static class SealRotateCommand
{
    public static Command Create()
    {
        var command = new CliCommand("rotate", "Make a new root key, in all slots, and wrap every tenant's keys anew")
        {
            Remarks = "Nothing stops meanwhile. The old root key's slots stay, for older backups, until they are removed.",
            Examples = ["keyreeve seal rotate"],
        };
        command.SetAction(ClientSession.With(static async (session, _, cancellationToken) =>
            SealTable.Write(session.Output, (await session.Client.Seal.RotateRootKeyAsync(cancellationToken)).Slots)));
        return command;
    }
}
