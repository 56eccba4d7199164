using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve tenant freeze</c></summary>
internal static class TenantFreezeCommand
{
    public static Command Create()
    {
        var tenant = TenantTable.Argument();
        var reason = new Option<string?>("--reason") { Description = "Why; the tenant's principals are told", HelpName = "TEXT" };
        var command = new CliCommand("freeze", "Refuse everything that a tenant asks, on open connections too, until it is thawed")
        {
            Remarks = "Nothing of a frozen tenant is rotated or destroyed, also if it is due; that is done when it is thawed.",
            Examples = ["keyreeve tenant freeze acme --reason unpaid"],
        };
        command.Add(tenant);
        command.Add(reason);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) => TenantTable.Write(
            session.Output, await session.Client.Tenants.FreezeAsync(parsed.GetRequiredValue(tenant), parsed.GetValue(reason), cancellationToken))));
        return command;
    }
}
