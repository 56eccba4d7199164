using System.CommandLine;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve key list</c></summary>
internal static class KeyListCommand
{
    public static Command Create()
    {
        var group = new Option<string?>("--group", "-g") { Description = "Only keys of this group", HelpName = "GROUP" };
        var prefix = new Option<string?>("--prefix") { Description = "Only keys whose name begins so", HelpName = "TEXT" };
        var state = new Option<string?>("--state") { Description = "Only keys in this State", HelpName = "STATE" };
        state.CompletionSources.Add("PreActive", "Active", "Deactivated", "Compromised", "Destroyed", "DestroyedCompromised");
        var command = new CliCommand("list", "List the keys that you may see")
        {
            Examples =
            [
                "keyreeve key list",
                "keyreeve key list --group payments --output json",
            ],
        };
        command.Add(group);
        command.Add(prefix);
        command.Add(state);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var filter = new KeyFilter { Group = parsed.GetValue(group), Prefix = parsed.GetValue(prefix), State = parsed.GetValue(state) };
            var keys = new List<NamedKey>();
            await foreach (var key in session.Client.Keys.ListAsync(filter, cancellationToken))
                keys.Add(key);
            KeyTable.WriteAll(session.Output, keys);
        }));
        return command;
    }
}
