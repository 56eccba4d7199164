using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve principal credentials</c></summary>
internal static class CredentialListCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The principal's name" };
        var command = new CliCommand("credentials", "Show by what a principal is recognised")
        {
            Examples = ["keyreeve principal credentials shop-ci"],
        };
        command.Add(name);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var wanted = parsed.GetRequiredValue(name);
            var principals = await session.Client.Administration.ListPrincipalsAsync(cancellationToken);
            Write(session, principals.FirstOrDefault(p => string.Equals(p.Name, wanted, StringComparison.Ordinal))
                ?? throw new CliException(ExitCode.Usage, $"There is no principal '{wanted}'.", "keyreeve principal list"));
        }));
        return command;
    }

    public static void Write(ClientSession session, ClientPrincipal principal) => session.Output.WriteRows(
        (IReadOnlyList<ClientCredential>)(principal.Credentials ?? []),
        "No credentials.",
        new Column<ClientCredential>("kind", static c => c.Kind),
        new Column<ClientCredential>("name", static c => c.Name),
        new Column<ClientCredential>("authority", static c => c.Authority),
        new Column<ClientCredential>("id", static c => c.Id));
}
