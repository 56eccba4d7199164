using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve seal tenant-key</c></summary>
internal static class SealTenantKeyCommand
{
    public static Command Create()
    {
        var command = new CliCommand("tenant-key", "Show how the bringing of objects under the new key-encryption key goes on")
        {
            Remarks = "One version is left when all is done.",
            Examples = ["keyreeve seal tenant-key"],
        };
        command.SetAction(ClientSession.With(static async (session, _, cancellationToken) =>
            SealTable.Write(session.Output, await session.Client.Seal.GetTenantKeyAsync(cancellationToken))));
        return command;
    }
}
