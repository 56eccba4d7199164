using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve grant list</c></summary>
internal static class GrantListCommand
{
    private static readonly Column<ClientKeyGrant>[] Columns =
    [
        new("id", static g => g.Id),
        new("from", static g => g.From),
        new("to", static g => g.To),
        new("key", static g => g.Key),
        new("may", May),
        new("valid until", static g => Size.Time(g.ExpiresAt)),
    ];

    public static Command Create()
    {
        var all = new Option<bool>("--all") { Description = "All of the tenant (default: those that you gave or have)" };
        var command = new CliCommand("list", "List the rights on keys that you gave to others, or have from others")
        {
            Examples = ["keyreeve grant list", "keyreeve grant list --all"],
        };
        command.Add(all);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) => session.Output.WriteRows(
            await session.Client.Grants.ListAsync(parsed.GetValue(all), cancellationToken), "No grants.", Columns)));
        return command;
    }

    /// <summary>Shows one.</summary>
    public static void Write(ClientSession session, ClientKeyGrant grant) => session.Output.WriteFields(grant, Columns);

    private static string May(ClientKeyGrant grant)
    {
        var terms = (grant.Context ?? []).Select(static term => term.Exactly is { } whole ? $"{term.Name}={whole}" : $"{term.Name} with {term.Contains}").ToList();
        return $"{string.Join(", ", grant.Roles)}{(terms.Count > 0 ? " where " + string.Join(", ", terms) : "")}{(grant.MayBeHandedOn ? ", and hand it on" : "")}";
    }
}
