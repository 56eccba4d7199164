using System.CommandLine;
using Keyreeve.Cli.Terminal;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve key destroy</c></summary>
internal static class KeyDestroyCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The key's name" };
        var confirm = new Option<string?>("--confirm") { Description = "The key's name, once more; asked for on a terminal", HelpName = "NAME" };
        var command = new CliCommand("destroy", "Destroy all versions of a key, at once and for good")
        {
            Remarks = "What is encrypted under the key can never be read again, here or in any backup.\n"
                + "'schedule-destruction' does the same after a while in which it can be called off.",
            Examples = ["keyreeve key destroy orders --confirm orders"],
        };
        command.Add(name);
        command.Add(confirm);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var key = parsed.GetRequiredValue(name);
            var confirmed = parsed.GetValue(confirm)
                ?? Prompt.Ask($"This destroys '{key}' and everything encrypted under it, for good. Type its name to go on: ");
            if (!string.Equals(confirmed, key, StringComparison.Ordinal))
            {
                throw new CliException(
                    ExitCode.Usage,
                    confirmed is null ? "Destroying a key has to be confirmed." : "The names differ; nothing was destroyed.",
                    $"keyreeve key destroy {key} --confirm {key}");
            }

            await session.Client.Keys.DestroyAsync(key, cancellationToken);
            session.Output.WriteFields(
                new Destroyed(key, IsDestroyed: true),
                new Column<Destroyed>("destroyed", static d => d.Name));
        }));
        return command;
    }

    private sealed record Destroyed(string Name, bool IsDestroyed);
}
