using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve seal drill</c></summary>
internal static class SealDrillCommand
{
    public static Command Create()
    {
        var slot = SealTable.Argument();
        var command = new CliCommand("drill", "Prove, without a stop, that a slot would open")
        {
            Remarks = "Shares are drilled by their custodians, each with: keyreeve seal unseal",
            Examples = ["keyreeve seal drill 3f9c01ab"],
        };
        command.Add(slot);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            SealTable.Write(session.Output, await session.Client.Seal.DrillAsync(parsed.GetRequiredValue(slot), cancellationToken))));
        return command;
    }
}
