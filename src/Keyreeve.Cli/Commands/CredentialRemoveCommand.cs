using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve principal remove-credential</c></summary>
internal static class CredentialRemoveCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The principal's name" };
        var id = new Argument<string>("id") { Description = "The credential's id, from 'keyreeve principal credentials'" };
        var command = new CliCommand("remove-credential", "Let nobody in by a credential any more; connections that are open end too")
        {
            Examples = ["keyreeve principal remove-credential shop name-6f1e…"],
        };
        command.Add(name);
        command.Add(id);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) => CredentialListCommand.Write(
            session, await session.Client.Administration.RemoveCredentialAsync(parsed.GetRequiredValue(name), parsed.GetRequiredValue(id), cancellationToken))));
        return command;
    }
}
