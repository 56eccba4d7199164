using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve tenant thaw</c></summary>
internal static class TenantThawCommand
{
    public static Command Create()
    {
        var tenant = TenantTable.Argument();
        var command = new CliCommand("thaw", "Serve a tenant again that is frozen") { Examples = ["keyreeve tenant thaw acme"] };
        command.Add(tenant);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            TenantTable.Write(session.Output, await session.Client.Tenants.ThawAsync(parsed.GetRequiredValue(tenant), cancellationToken))));
        return command;
    }
}
