using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve restore permit</c></summary>
internal static class RestorePermitCommand
{
    public static Command Create()
    {
        var reason = new Option<string>("--reason") { Description = "Why, for those who have to agree and for the trail", HelpName = "TEXT", Required = true };
        var validFor = new Option<string?>("--valid-for") { Description = "How long it holds: 1h to 30d (default 1d)", HelpName = "TIME" };
        var command = new CliCommand("permit", "Permit, in the audit trail, that the store is put back to an older copy, once")
        {
            Remarks = "Asked of the running server, before its store is put back. Where the policy has others agree to 'restore', a server whose\n"
                + "store is older than its trail does not start without. The last permission given counts.",
            Examples = ["keyreeve restore permit --reason 'disk of kms-1 replaced, ticket 4711' --valid-for 4h"],
        };
        command.Add(reason);
        command.Add(validFor);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var time = Arguments.Time(parsed.GetValue(validFor), "--valid-for", TimeSpan.FromHours(1), TimeSpan.FromDays(30));
            var permit = await session.Client.Seal.PermitRestoreAsync(parsed.GetRequiredValue(reason), time, cancellationToken);
            session.Output.WriteFields(permit, new Column<ClientRestorePermit>("permitted until", static p => Size.Time(p.Until)));
            session.Output.WriteRemark("\nStop the server, put the store back, and start it once with: --set server.accept-rollback=REASON");
        }));
        return command;
    }
}
