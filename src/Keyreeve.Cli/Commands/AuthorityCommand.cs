using Keyreeve.Cli.Terminal;
using System.CommandLine;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve authority …</c></summary>
internal static class AuthorityCommand
{
    private static readonly Column<ClientAuthority>[] Columns =
    [
        new("role", static a => a.Role),
        new("fingerprint", static a => a.Fingerprint),
        new("valid until", static a => Size.Time(a.ExpiresAt)),
    ];

    public static CliCommand Create() => new("authority", "The server's own certificate authority: show it, replace it without a restart")
    {
        Status(),
        AuthorityCrlCommand.Create(),
        Step("prepare", AuthorityReplacement.Prepare, "Make another authority, trusted beside the present one; clients learn of it within an hour"),
        Step("activate", AuthorityReplacement.Activate, "Have the prepared one issue from now on; clients get certificates of it within an hour"),
        Retire(),
    };

    private static CliCommand Status()
    {
        var command = new CliCommand("status", "Show the server's own authorities") { Examples = ["keyreeve authority status"] };
        command.SetAction(ClientSession.With(static async (session, _, cancellationToken) => Write(session, await session.Client.Authorities.ListAsync(cancellationToken))));
        return command;
    }

    private static CliCommand Step(string word, AuthorityReplacement step, string description)
    {
        var command = new CliCommand(word, description) { Examples = [$"keyreeve authority {word}"] };
        command.SetAction(ClientSession.With(async (session, _, cancellationToken) => Write(session, await session.Client.Authorities.ReplaceAsync(step, cancellationToken))));
        return command;
    }

    private static CliCommand Retire()
    {
        var force = new Option<bool>("--force") { Description = "Also if your own certificate is of the one before, so that this shuts you out" };
        var command = new CliCommand("retire", "Trust the one before no more: connections with its certificates end")
        {
            Examples = ["keyreeve client renew", "keyreeve authority retire"],
        };
        command.Add(force);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            Write(session, await session.Client.Authorities.ReplaceAsync(AuthorityReplacement.Retire, parsed.GetValue(force), cancellationToken))));
        return command;
    }

    private static void Write(ClientSession session, IReadOnlyList<ClientAuthority> authorities) => session.Output.WriteRows(authorities, "The server names no authority.", Columns);
}
