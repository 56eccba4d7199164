using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve principal add-credential</c></summary>
internal static class CredentialAddCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The principal's name" };
        var credential = new CredentialOptions();
        var command = new CliCommand("add-credential", "Have a principal recognised by one thing more, with all the rights it has")
        {
            Examples = ["keyreeve principal add-credential shop --certificate-name dns:shop.example.org"],
        };
        command.Add(name);
        credential.AddTo(command);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) => CredentialListCommand.Write(
            session, await session.Client.Administration.AddCredentialAsync(parsed.GetRequiredValue(name), credential.Read(parsed), cancellationToken))));
        return command;
    }
}
