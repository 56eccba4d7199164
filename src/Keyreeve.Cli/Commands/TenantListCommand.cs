using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve tenant list</c></summary>
internal static class TenantListCommand
{
    public static Command Create()
    {
        var command = new CliCommand("list", "List the tenants, those that were deleted included") { Examples = ["keyreeve tenant list"] };
        command.SetAction(ClientSession.With(static async (session, _, cancellationToken) =>
            TenantTable.Write(session.Output, await session.Client.Tenants.ListAsync(cancellationToken))));
        return command;
    }
}
