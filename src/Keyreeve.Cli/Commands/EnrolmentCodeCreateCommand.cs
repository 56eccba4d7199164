using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve enrolment-code create</c></summary>
internal static class EnrolmentCodeCreateCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "Name of the principal who will enrol with the code" };
        var group = new Option<string>("--group", "-g") { Description = "The key group in which the rights hold", HelpName = "GROUP", Required = true };
        var allow = RightsOption.Create();
        var validFor = new Option<string?>("--valid-for") { Description = "How long the code can be used: 1m to 7d (default 1h)", HelpName = "TIME" };
        var command = new CliCommand("create", "Make a one-time code; who has it can enrol once, with the rights given here")
        {
            Remarks = "Hand the code over on a safe way, and the fingerprint with it: by that the other side recognises this server.",
            Examples =
            [
                "keyreeve enrolment-code create shop --group payments --allow use",
                "keyreeve enrolment-code create alice --group payments --allow manage --allow audit --valid-for 1d",
            ],
        };
        command.Add(name);
        command.Add(group);
        command.Add(allow);
        command.Add(validFor);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var code = await session.Client.Administration.CreateEnrolmentCodeAsync(
                new NewEnrolmentCode
                {
                    Name = parsed.GetRequiredValue(name),
                    Group = parsed.GetRequiredValue(group),
                    Allow = [.. parsed.GetRequiredValue(allow)],
                    ValidFor = Arguments.Time(parsed.GetValue(validFor), "--valid-for", TimeSpan.FromMinutes(1), TimeSpan.FromDays(7)),
                },
                cancellationToken);
            session.Output.WriteFields(
                code,
                new Column<EnrolmentCode>("code", static c => c.Code),
                new Column<EnrolmentCode>("fingerprint", static c => c.CaFingerprint),
                new Column<EnrolmentCode>("valid until", static c => Size.Time(c.ExpiresAt)));
            session.Output.WriteRemark($"\nOn the other side: keyreeve enroll --server {ClientConfiguration.Address(session.Options.Servers[0])} --code {code.Code} --ca-fingerprint {code.CaFingerprint}");
        }));
        return command;
    }
}
