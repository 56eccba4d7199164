using System.CommandLine;
using System.Globalization;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;
using Keyreeve.Core.Audit;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve audit prune</c></summary>
internal static class AuditPruneCommand
{
    // The server reads all that is archived before it removes anything.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    public static Command Create()
    {
        var archive = new Option<string>("--archive") { Description = "The archive: a copy of the trail's directory, which is verified first", HelpName = "DIR", Required = true };
        var before = new Option<string>("--before") { Description = "Remove only what is older than this, such as 2026-01-01T00:00Z", HelpName = "TIME", Required = true };
        var command = new CliCommand("prune", "Remove from the trail its oldest segments, which are archived")
        {
            Remarks = "Whole segments go, never the one that is being written, and none that a sink has yet to pass on. What stays verifies from there\n"
                + "on, and its own record says who removed what. Keep the archive: it verifies by itself.",
            Examples = ["keyreeve audit prune --archive /mnt/worm/audit-2025 --before 2026-01-01T00:00Z"],
        };
        command.Add(archive);
        command.Add(before);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var time = Arguments.MomentOf(parsed.GetRequiredValue(before), before.Name)!.Value;
            var position = Verify(parsed.GetRequiredValue(archive), cancellationToken);
            var pruned = await session.Client.Audit.PruneAsync(position, time, cancellationToken);
            session.Output.WriteFields(
                pruned,
                new Column<ClientPrunedAudit>("removed", static p => $"records 1 to {p.Records.ToString(CultureInfo.InvariantCulture)}"),
                new Column<ClientPrunedAudit>("position", static p => p.Position));
        }, Longest));
        return command;
    }

    // An archive that does not verify is none.
    private static string Verify(string directory, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory)) throw new CliException(ExitCode.File, $"There is no directory '{directory}'.", "copy the trail's directory there first");
        var found = AuditVerifier.Verify(new AuditVerifierOptions { Directory = directory }, cancellationToken);
        return found.Finding is { } fault
            ? throw new CliException(ExitCode.AuditBroken, $"The archive does not verify: {fault.Explanation}.", "see: keyreeve audit verify --directory " + directory)
            : found.End.ToString();
    }
}
