using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve client renew</c></summary>
internal static class ClientRenewCommand
{
    private static readonly Column<CertificateRenewal>[] Columns =
    [
        new("certificate", static r => r.CertificateFile),
        new("outcome", static r => r.Outcome switch
        {
            CertificateRenewalOutcome.Renewed => "renewed",
            CertificateRenewalOutcome.NotDue => "not due",
            CertificateRenewalOutcome.Busy => "busy",
            _ => "not possible",
        }),
        new("valid until", static r => Size.Time(r.ValidUntil)),
        new("reason", static r => r.Reason),
    ];

    public static Command Create()
    {
        var ifDue = new Option<bool>("--if-due") { Description = "Only if as much of its life is over as 'renew-certificate-after' says; for cron" };
        var command = new CliCommand("renew", "Renew your certificate now, with a new key made here; it also happens of itself")
        {
            Remarks = "The old certificate holds until the new one has been used, and both files are replaced only once the server has\n"
                + "taken the new one. Ended on the way, run it again: it goes on from there.",
            Examples = ["keyreeve client renew", "keyreeve client renew --if-due --config shop.conf"],
        };
        command.Add(ifDue);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = ClientSession.Open(parsed);
            var renewals = await session.Client.RenewCertificatesAsync(!parsed.GetValue(ifDue), cancellationToken);
            session.Output.WriteRows(renewals, "This client shows no certificate.", Columns);
            return renewals.Any(static r => r.Outcome == CertificateRenewalOutcome.NotPossible) ? ExitCode.Configuration : ExitCode.Success;
        });
        return command;
    }
}
