using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve seal rotate-tenant-key</c></summary>
internal static class SealRotateTenantKeyCommand
{
    public static Command Create()
    {
        var tenant = new Option<int?>("--tenant") { Description = "Whose, by the number that 'keyreeve tenant list' shows (default: your own)", HelpName = "NUMBER" };
        var command = new CliCommand("rotate-tenant-key", "Make a new key-encryption key, and bring all objects under it in the background")
        {
            Remarks = "Nothing stops meanwhile. The old key is destroyed when a count finds nothing under it any more.",
            Examples = ["keyreeve seal rotate-tenant-key"],
        };
        command.Add(tenant);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            SealTable.Write(session.Output, await session.Client.Seal.RotateTenantKeyAsync(parsed.GetValue(tenant), cancellationToken))));
        return command;
    }
}
