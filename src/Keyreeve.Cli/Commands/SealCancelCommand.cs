using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve seal cancel</c></summary>
internal static class SealCancelCommand
{
    public static Command Create()
    {
        var command = new CliCommand("cancel", "Have the shares forgotten that were entered so far; only who has entered one may")
        {
            Examples = ["keyreeve seal cancel"],
        };
        command.SetAction(ClientSession.With(static async (session, _, cancellationToken) =>
        {
            await session.Client.Seal.CancelSharesAsync(cancellationToken);
            session.Output.WriteRemark("Forgotten.");
        }));
        return command;
    }
}
