using System.CommandLine;
using Keyreeve.Cli.Terminal;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve key destroy</c></summary>
internal static class KeyDestroyCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("key") { Description = "The key's name or identifier; with --now its name" };
        var time = new Option<string?>("--in") { Description = "How long from now: 1h to 30d (default: what its group has, 7d)", HelpName = "TIME" };
        var now = new Option<bool>("--now") { Description = "At once; that takes somebody else to agree" };
        var confirm = new Option<string?>("--confirm") { Description = "With --now: the key's name, once more; asked for on a terminal", HelpName = "NAME" };
        var command = new CliCommand("destroy", "Destroy all versions of a key for good, after a while in which this can be called off")
        {
            Remarks = "What is encrypted under the key can then never be read again, here or in any backup. Until then the key cannot be used,\n"
                + "and 'cancel-destruction' brings it back. Sooner than the group's waiting time, and with --now, somebody else has to agree.",
            Examples =
            [
                "keyreeve key destroy orders",
                "keyreeve key destroy orders --in 30d",
                "keyreeve key cancel-destruction orders      # within that time",
                "keyreeve key destroy orders --now --confirm orders",
            ],
        };
        command.Add(name);
        command.Add(time);
        command.Add(now);
        command.Add(confirm);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var key = parsed.GetRequiredValue(name);
            if (parsed.GetValue(now))
            {
                if (parsed.GetValue(time) is not null) throw new CliException(ExitCode.Usage, "It is either --in or --now.", "keyreeve key destroy --help");
                await DestroyNowAsync(session, key, parsed.GetValue(confirm), cancellationToken);
                return;
            }

            if (parsed.GetValue(confirm) is not null)
                throw new CliException(ExitCode.Usage, "--confirm goes with --now; what can be called off needs none.", $"keyreeve key destroy {key} --now --confirm {key}");
            var after = KeyScheduleDestructionCommand.TimeOf(parsed.GetValue(time), "--in");
            KeyTable.Write(session.Output, await session.Client.Keys.ScheduleDestructionAsync(key, after, cancellationToken));
        }));
        return command;
    }

    private static async Task DestroyNowAsync(ClientSession session, string key, string? confirm, CancellationToken cancellationToken)
    {
        var confirmed = confirm ?? Prompt.Ask($"This destroys '{key}' and everything encrypted under it, for good. Type its name to go on: ");
        if (!string.Equals(confirmed, key, StringComparison.Ordinal))
        {
            throw new CliException(
                ExitCode.Usage,
                confirmed is null ? "Destroying a key at once has to be confirmed." : "The names differ; nothing was destroyed.",
                $"keyreeve key destroy {key} --now --confirm {key}");
        }

        await session.Client.Keys.DestroyAsync(key, cancellationToken);
        session.Output.WriteFields(
            new Destroyed(key, IsDestroyed: true),
            new Column<Destroyed>("destroyed", static d => d.Name));
    }

    private sealed record Destroyed(string Name, bool IsDestroyed);
}
