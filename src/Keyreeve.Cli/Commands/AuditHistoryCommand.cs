using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve audit history</c></summary>
internal static class AuditHistoryCommand
{
    public static Command Create()
    {
        var key = new Argument<string>("key") { Description = "The key's name, or the Unique Identifier of one of its versions" };
        var command = AuditSearchCommand.CreateWith(
            key,
            new CliCommand("history", "Who used a key, when, from where and for what")
            {
                Remarks = "Takes the role Auditor. Every record about the key, the newest last; --limit for how many, or narrow it down.",
                Examples =
                [
                    "keyreeve audit history cards",
                    "keyreeve audit history cards --operation Decrypt --from 2026-01-01T00:00Z --limit 1000",
                ],
            });
        return command;
    }
}
