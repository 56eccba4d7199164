using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve policy apply</c></summary>
internal static class PolicyApplyCommand
{
    public static Command Create()
    {
        var file = PolicyText.Argument();
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what it would change" };
        var command = new CliCommand("apply", "Put a policy in the place of the one in force, and show what that changes")
        {
            Remarks = "What is not in the file is not allowed any more, on connections that are open too.\n"
                + "If somebody else changes the policy meanwhile, nothing is applied.",
            Examples = ["keyreeve policy apply policy.json --dry-run", "keyreeve policy apply policy.json"],
        };
        command.Add(file);
        command.Add(dryRun);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var isDryRun = parsed.GetValue(dryRun);
            var outcome = await PolicyText.WithAsync(
                parsed.GetRequiredValue(file),
                async text =>
                {
                    var shown = await session.Client.Policy.CompareAsync(text, cancellationToken);
                    return isDryRun || shown.Changes.IsEmpty ? shown : await session.Client.Policy.ApplyAsync(text, shown.Before, cancellationToken);
                },
                cancellationToken);
            PolicyText.Write(session, outcome, "The file says what is in force already.");
            if (!outcome.Changes.IsEmpty)
                session.Output.WriteRemark(isDryRun ? "\nNothing was changed: --dry-run." : $"\nIn force now; changes: {outcome.Changes.Length}.");
        }));
        return command;
    }
}
