using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve principal disable</c></summary>
internal static class PrincipalDisableCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The principal's name" };
        var command = new CliCommand("disable", "Shut a principal out; connections that are open end too")
        {
            Examples = ["keyreeve principal disable shop"],
        };
        command.Add(name);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) => session.Output.WriteFields(
            await session.Client.Administration.DisablePrincipalAsync(parsed.GetRequiredValue(name), cancellationToken),
            new Column<ClientPrincipal>("name", static p => p.Name),
            new Column<ClientPrincipal>("enabled", static p => p.Enabled ? "yes" : "no"))));
        return command;
    }
}
