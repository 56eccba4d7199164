using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve seal rotate-tenant-key</c></summary>
internal static class SealRotateTenantKeyCommand
{
    public static Command Create()
    {
        var command = new CliCommand("rotate-tenant-key", "Make a new key-encryption key, and bring all objects under it in the background")
        {
            Remarks = "Nothing stops meanwhile. The old key is destroyed when a count finds nothing under it any more.",
            Examples = ["keyreeve seal rotate-tenant-key"],
        };
        command.SetAction(ClientSession.With(static async (session, _, cancellationToken) =>
            SealTable.Write(session.Output, await session.Client.Seal.RotateTenantKeyAsync(cancellationToken))));
        return command;
    }
}
