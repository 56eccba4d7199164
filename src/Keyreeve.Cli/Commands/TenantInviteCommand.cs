using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve tenant invite</c></summary>
internal static class TenantInviteCommand
{
    public static Command Create()
    {
        var tenant = TenantTable.Argument();
        var administrator = new Argument<string>("administrator") { Description = "Name of the administrator; nobody there has or had it" };
        var validFor = TenantTable.ValidFor();
        var command = new CliCommand("invite", "Make a one-time code for one more administrator of a tenant that has lost its own")
        {
            Remarks = "The tenant's own audit trail says who enrolled, and by whose code.",
            Examples = ["keyreeve tenant invite acme bob"],
        };
        command.Add(tenant);
        command.Add(administrator);
        command.Add(validFor);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var code = await session.Client.Tenants.InviteAsync(
                parsed.GetRequiredValue(tenant), parsed.GetRequiredValue(administrator), TenantTable.ValidFor(parsed, validFor), cancellationToken);
            session.Output.WriteFields(
                code,
                new Column<EnrolmentCode>("code", static c => c.Code),
                new Column<EnrolmentCode>("fingerprint", static c => c.CaFingerprint),
                new Column<EnrolmentCode>("valid until", static c => Size.Time(c.ExpiresAt)));
            TenantTable.WriteNext(session, code);
        }));
        return command;
    }
}
