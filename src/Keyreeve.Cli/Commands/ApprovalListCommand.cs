using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve approval list</c></summary>
internal static class ApprovalListCommand
{
    public static Command Create()
    {
        var all = new Option<bool>("--all") { Description = "Those that have ended too, for 30 days after their end" };
        var command = new CliCommand("list", "List what you have asked for, and what you may approve")
        {
            Remarks = "To ask, try: what takes others to agree is refused, and kept as a request. When enough have agreed, type the same again.",
            Examples = ["keyreeve approval list", "keyreeve approval list --all"],
        };
        command.Add(all);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) => session.Output.WriteRows(
            await session.Client.Approvals.ListAsync(parsed.GetValue(all), cancellationToken),
            "Nothing is waiting.",
            new Column<ClientApproval>("request", static r => r.Id),
            new Column<ClientApproval>("state", static r => r.State),
            new Column<ClientApproval>("approvals", ApprovalShowCommand.Count),
            new Column<ClientApproval>("by", static r => r.Requester),
            new Column<ClientApproval>("until", static r => Size.Time(r.ExpiresAt)),
            new Column<ClientApproval>("what", static r => r.Summary))));
        return command;
    }
}
