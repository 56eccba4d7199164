using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve seal status</c></summary>
internal static class SealStatusCommand
{
    public static Command Create()
    {
        var command = new CliCommand("status", "Show by which slots the root key opens, and when each was last seen to")
        {
            Remarks = "A sealed server answers too, and says how far shares have been entered.",
            Examples = ["keyreeve seal status"],
        };
        command.SetAction(ClientSession.With(static async (session, _, cancellationToken) =>
        {
            var status = await session.Client.Seal.GetStatusAsync(cancellationToken);
            SealTable.Write(session.Output, status.Slots);
            session.Output.WriteRemark(status.Sealed ? $"\nSEALED: root key {status.Generation} is not open; nothing is served." : $"\nOpen, under root key {status.Generation}.");
            if (status.Ceremony is { } ceremony)
                session.Output.WriteRemark($"Shares {string.Join(", ", ceremony.Entered)} of slot {ceremony.Slot} have been entered, until {Terminal.Size.Time(ceremony.EndsAt)}.");
            if (status.Hsm is { } hsm)
                session.Output.WriteRemark($"HSM {hsm.Token}: {hsm.State}{(hsm.Reason is null ? "" : ": " + hsm.Reason)}");
        }));
        return command;
    }
}
