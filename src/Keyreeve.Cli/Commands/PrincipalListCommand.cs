using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve principal list</c></summary>
internal static class PrincipalListCommand
{
    public static Command Create()
    {
        var command = new CliCommand("list", "List the principals and what they may do")
        {
            Examples = ["keyreeve principal list"],
        };
        command.SetAction(ClientSession.With(static async (session, _, cancellationToken) => session.Output.WriteRows(
            await session.Client.Administration.ListPrincipalsAsync(cancellationToken),
            "No principals.",
            new Column<ClientPrincipal>("name", static p => p.Name),
            new Column<ClientPrincipal>("enabled", static p => p.Enabled ? "yes" : "no"),
            new Column<ClientPrincipal>("home group", static p => p.HomeGroup),
            new Column<ClientPrincipal>("may", Grants),
            new Column<ClientPrincipal>("fingerprint", static p => p.Fingerprint[..Math.Min(16, p.Fingerprint.Length)]))));
        return command;
    }

    internal static string Grants(ClientPrincipal principal) =>
        principal.Grants.Length == 0
            ? "nothing"
            : string.Join(", ", principal.Grants.Select(Grant));

    private static string Grant(ClientGrant grant)
    {
        var place = grant.Key is { } key ? $"for key {key}" : $"in {(grant.Group is "*" ? "all groups" : grant.Group)}";
        return $"{(grant.Denied ? "not " : "")}{grant.Role} {place}{(grant.Conditional ? " (conditions)" : "")}";
    }
}
