using System.CommandLine;
using System.Globalization;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve alerts list</c></summary>
internal static class AlertsListCommand
{
    private static readonly Column<ClientAlert>[] Columns =
    [
        new("last", static a => a.Last.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
        new("severity", static a => a.Severity),
        new("rule", static a => a.Rule),
        new("times", static a => a.Count.ToString(CultureInfo.InvariantCulture)),
        new("state", static a => (a.IsCurrent ? "current" : "over") + (a.IsSilent ? ", silent" : "") + (a.Pending.IsEmpty ? "" : $", not told yet: {string.Join(' ', a.Pending)}")),
        new("what", static a => a.Text),
    ];

    public static Command Create()
    {
        var current = new Option<bool>("--current") { Description = "Only what is still going on" };
        var severity = new Option<string?>("--severity") { Description = "At least so urgent: notice, warning or critical", HelpName = "HOW" };
        severity.AcceptOnlyFromAmong("notice", "warning", "critical");
        var command = new CliCommand("list", "Show the alerts of late: what is unusual, failing, or comes to its end")
        {
            Remarks = "Takes the role Auditor, Security Officer or Operator.",
            Examples = ["keyreeve alerts list", "keyreeve alerts list --current --severity critical"],
        };
        command.Add(current);
        command.Add(severity);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var found = await session.Client.Audit.ListAlertsAsync(severity: parsed.GetValue(severity), cancellationToken: cancellationToken);
            session.Output.WriteRows([.. found.Alerts.Where(alert => alert.IsCurrent || !parsed.GetValue(current))], "No alerts.", Columns);
            if (found.Learning.Learning > 0)
                session.Output.WriteRemark($"\nOf {found.Learning.Known} principals {found.Learning.Learning} are known for too short a time to have habits: what is unusual for them is not found yet.");
        }));
        return command;
    }
}
