using System.CommandLine;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve approval approve</c>, <c>reject</c> and <c>withdraw</c></summary>
internal static class ApprovalDecisionCommand
{
    public static Command Approve() => Create(
        "approve", "Agree to what another wants to do",
        "It is not done by that: who asked asks the same again, within the time, and then it is done, once.\nNobody approves his own request, or twice.",
        static (approvals, id, cancellationToken) => approvals.ApproveAsync(id, cancellationToken));

    public static Command Reject() => Create(
        "reject", "Refuse what another wants to do, for good", null,
        static (approvals, id, cancellationToken) => approvals.RejectAsync(id, cancellationToken));

    public static Command Withdraw() => Create(
        "withdraw", "Take back your own request", null,
        static (approvals, id, cancellationToken) => approvals.WithdrawAsync(id, cancellationToken));

    private static CliCommand Create(string name, string description, string? remarks, Func<Approvals, string, CancellationToken, Task<ClientApproval>> decide)
    {
        var id = ApprovalShowCommand.Argument();
        var command = new CliCommand(name, description)
        {
            Remarks = remarks,
            Examples = [$"keyreeve approval {name} 01990d7a-0f0e-7c7e-b5a0-0242ac120002"],
        };
        command.Add(id);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            ApprovalShowCommand.Write(session.Output, await decide(session.Client.Approvals, parsed.GetRequiredValue(id), cancellationToken))));
        return command;
    }
}
