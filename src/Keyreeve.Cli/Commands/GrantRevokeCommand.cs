using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve grant revoke</c></summary>
internal static class GrantRevokeCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("id") { Description = "The grant's id, as 'grant list' shows it" };
        var command = new CliCommand("revoke", "End a grant that you gave or have, and all that was handed on of it")
        {
            Examples = ["keyreeve grant revoke 01990d7a-0f0e-7c7e-b5a0-0242ac120002"],
        };
        command.Add(id);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            await session.Client.Grants.RevokeAsync(parsed.GetRequiredValue(id), cancellationToken);
            session.Output.WriteRemark($"The grant {parsed.GetRequiredValue(id)} is revoked.");
        }));
        return command;
    }
}
