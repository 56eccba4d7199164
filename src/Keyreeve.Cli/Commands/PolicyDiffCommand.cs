using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve policy diff</c></summary>
internal static class PolicyDiffCommand
{
    public static Command Create()
    {
        var file = PolicyText.Argument();
        var command = new CliCommand("diff", "Show what a policy would change")
        {
            Remarks = "Lines with - are in force and not in the file, lines with + are only in the file; ! is worth a second look.\n"
                + "The order of bindings means nothing, and is no difference.",
            Examples = ["keyreeve policy diff policy.json"],
        };
        command.Add(file);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var outcome = await PolicyText.WithAsync(
                parsed.GetRequiredValue(file), text => session.Client.Policy.CompareAsync(text, cancellationToken), cancellationToken);
            PolicyText.Write(session, outcome, "The file says what is in force.");
        }));
        return command;
    }
}
