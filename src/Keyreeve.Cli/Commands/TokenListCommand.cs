using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve token list</c></summary>
internal static class TokenListCommand
{
    private static readonly Column<ClientToken>[] Columns =
    [
        new("id", static t => t.Id),
        new("principal", static t => t.Principal),
        new("label", static t => t.Label),
        new("may", May),
        new("valid until", static t => Size.Time(t.ExpiresAt)),
        new("last used", static t => t.LastUsedAt is { } used ? Size.Time(used) : "never"),
    ];

    public static Command Create()
    {
        var principal = new Option<string?>("--principal") { Description = "Whose tokens; '*' for everybody's (default: your own)", HelpName = "NAME" };
        var command = new CliCommand("list", "List tokens, and when each was used last; the tokens themselves nobody can list")
        {
            Examples = ["keyreeve token list", "keyreeve token list --principal '*'"],
        };
        command.Add(principal);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) => session.Output.WriteRows(
            await session.Client.Tokens.ListAsync(parsed.GetValue(principal), cancellationToken), "No tokens.", Columns)));
        return command;
    }

    /// <summary>Shows one.</summary>
    public static void Write(ClientSession session, ClientToken token) => session.Output.WriteFields(token, Columns);

    private static string May(ClientToken token)
    {
        var places = token.Groups.Concat(token.Keys.Select(static key => "key " + key)).ToList();
        var from = token.Networks.Length > 0 ? $" from {string.Join(", ", token.Networks)}" : "";
        return $"{string.Join(", ", token.Roles)} {(places.Count > 0 ? "in " + string.Join(", ", places) : "wherever its principal may")}{from}";
    }
}
