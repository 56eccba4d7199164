using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve key rotate</c></summary>
internal static class KeyRotateCommand
{
    public static Command Create()
    {
        var key = KeyTable.Argument();
        var command = new CliCommand("rotate", "Make a new version, which encrypts from now on; the older ones still decrypt")
        {
            Examples = ["keyreeve key rotate orders"],
        };
        command.Add(key);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
            KeyTable.Write(session.Output, await session.Client.Keys.RotateAsync(parsed.GetRequiredValue(key), cancellationToken))));
        return command;
    }
}
