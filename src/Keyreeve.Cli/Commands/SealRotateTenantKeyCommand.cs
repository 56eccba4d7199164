using System.CommandLine;
using System.Globalization;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve seal rotate-tenant-key</c></summary>
internal static class SealRotateTenantKeyCommand
{
    public static Command Create()
    {
        var tenant = new Option<string?>("--tenant") { Description = "Whose, by name, or by the number that 'keyreeve tenant list' shows (default: your own)", HelpName = "TENANT" };
        var command = new CliCommand("rotate-tenant-key", "Make a new key-encryption key, and bring all objects under it in the background")
        {
            Remarks = "Nothing stops meanwhile. The old key is destroyed when a count finds nothing under it any more.",
            Examples = ["keyreeve seal rotate-tenant-key", "keyreeve seal rotate-tenant-key --tenant acme"],
        };
        command.Add(tenant);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            SealTable.Write(session.Output, await session.Client.Seal.RotateTenantKeyAsync(await NumberOfAsync(session, parsed.GetValue(tenant), cancellationToken), cancellationToken))));
        return command;
    }

    // A tenant whose name is a number is told by its number, as before there were names here.
    private static async Task<int?> NumberOfAsync(ClientSession session, string? tenant, CancellationToken cancellationToken)
    {
        if (tenant is null) return null;
        return int.TryParse(tenant, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (await session.Client.Tenants.GetAsync(tenant, cancellationToken)).Number;
    }
}
