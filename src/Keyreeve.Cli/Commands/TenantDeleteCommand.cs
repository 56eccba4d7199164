using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve tenant delete</c></summary>
internal static class TenantDeleteCommand
{
    public static Command Create()
    {
        var tenant = TenantTable.Argument();
        var command = new CliCommand("delete", "Delete a tenant that is frozen, with all its keys, for good")
        {
            Remarks = "It takes two people: the first asks, another officer agrees with 'keyreeve approval approve', and the first asks again.\n"
                + "Its key-encryption keys are destroyed, and with them all that they wrap. What the audit trail says of it stays.",
            Examples = ["keyreeve tenant delete acme"],
        };
        command.Add(tenant);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            TenantTable.Write(session.Output, await session.Client.Tenants.DeleteAsync(parsed.GetRequiredValue(tenant), cancellationToken))));
        return command;
    }
}
