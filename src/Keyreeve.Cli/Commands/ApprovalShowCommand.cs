using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve approval show</c></summary>
internal static class ApprovalShowCommand
{
    /// <summary>The argument that names a request.</summary>
    public static Argument<string> Argument() => new("request") { Description = "The request's identifier, as the refusal and 'approval list' tell it" };

    public static Command Create()
    {
        var id = Argument();
        var command = new CliCommand("show", "Show exactly what a request would do")
        {
            Examples = ["keyreeve approval show 01990d7a-0f0e-7c7e-b5a0-0242ac120002"],
        };
        command.Add(id);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            Write(session.Output, await session.Client.Approvals.GetAsync(parsed.GetRequiredValue(id), cancellationToken))));
        return command;
    }

    /// <summary>How many have agreed, of those who have to.</summary>
    public static string Count(ClientApproval request) => $"{request.Approvals.Count(static a => !a.CountsNoMore)} of {request.Needed}";

    public static void Write(OutputWriter output, ClientApproval request)
    {
        output.WriteFields(
            request,
            new Column<ClientApproval>("request", static r => r.Id),
            new Column<ClientApproval>("what", static r => r.Summary),
            new Column<ClientApproval>("kind", static r => $"{r.Kind} ({r.Operation})"),
            new Column<ClientApproval>("by", static r => r.Requester),
            new Column<ClientApproval>("purpose", static r => r.Purpose),
            new Column<ClientApproval>("asked", static r => Size.Time(r.AskedAt)),
            new Column<ClientApproval>("until", static r => Size.Time(r.ExpiresAt)),
            new Column<ClientApproval>("state", static r => r.EndedBy is null ? r.State : $"{r.State} by {r.EndedBy}"),
            new Column<ClientApproval>("approvals", static r => $"{Count(r)}{(r.Approvals.IsEmpty ? "" : ": " + string.Join(", ", r.Approvals.Select(static a => a.CountsNoMore ? $"{a.Principal} (counts no more)" : a.Principal)))}"));
        if (!request.Details.IsEmpty) output.WriteRemark("\n" + string.Join('\n', request.Details));
    }
}
