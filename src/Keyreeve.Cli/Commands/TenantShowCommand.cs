using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve tenant show</c></summary>
internal static class TenantShowCommand
{
    public static Command Create()
    {
        var tenant = TenantTable.Argument();
        var command = new CliCommand("show", "Show how it stands with a tenant: numbers, and nothing of what it has") { Examples = ["keyreeve tenant show acme"] };
        command.Add(tenant);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            TenantTable.Write(session.Output, await session.Client.Tenants.GetAsync(parsed.GetRequiredValue(tenant), cancellationToken))));
        return command;
    }
}
