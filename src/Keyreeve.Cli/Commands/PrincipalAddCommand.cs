using System.CommandLine;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve principal add</c></summary>
internal static class PrincipalAddCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The principal's name" };
        var group = new Option<string>("--group", "-g") { Description = "The key group in which the rights hold", HelpName = "GROUP", Required = true };
        var allow = RightsOption.Create();
        var credential = new CredentialOptions();
        var command = new CliCommand("add", "Let somebody in who comes with a token of a trusted issuer, or a certificate of your own authority")
        {
            Remarks = "Nothing is enrolled: issuers stand in the server's [token-issuers], authorities were given to 'keyreeve init'.",
            Examples =
            [
                "keyreeve principal add shop-ci --group shop --allow use --issuer https://login.example --subject repo:shop/app:ref:refs/heads/main",
                "keyreeve principal add billing --group payments --allow use --certificate-name uri:spiffe://example.org/billing",
            ],
        };
        command.Add(name);
        command.Add(group);
        command.Add(allow);
        credential.AddTo(command);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var principal = new NewPrincipal
            {
                Name = parsed.GetRequiredValue(name),
                Group = parsed.GetRequiredValue(group),
                Allow = [.. parsed.GetRequiredValue(allow)],
                Credential = credential.Read(parsed),
            };
            CredentialListCommand.Write(session, await session.Client.Administration.AddPrincipalAsync(principal, cancellationToken));
        }));
        return command;
    }
}
