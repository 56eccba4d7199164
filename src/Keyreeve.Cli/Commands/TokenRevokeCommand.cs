using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve token revoke</c></summary>
internal static class TokenRevokeCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("id") { Description = "The token's id, as 'token list' shows it" };
        var command = new CliCommand("revoke", "End a token; who comes with it is refused from then on")
        {
            Examples = ["keyreeve token revoke token-5f0c2a9be1d34478"],
        };
        command.Add(id);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            await session.Client.Tokens.RevokeAsync(parsed.GetRequiredValue(id), cancellationToken);
            session.Output.WriteRemark($"{parsed.GetRequiredValue(id)} is revoked.");
        }));
        return command;
    }
}
