using System.CommandLine;
using System.Globalization;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve key versions</c></summary>
internal static class KeyVersionsCommand
{
    public static Command Create()
    {
        var key = KeyTable.Argument();
        var command = new CliCommand("versions", "List the versions of a key")
        {
            Examples = ["keyreeve key versions orders"],
        };
        command.Add(key);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var versions = await session.Client.Keys.GetVersionsAsync(parsed.GetRequiredValue(key), cancellationToken);
            session.Output.WriteRows(
                versions,
                "No versions.",
                new Column<NamedKeyVersion>("version", static v => v.Version.ToString(CultureInfo.InvariantCulture)),
                new Column<NamedKeyVersion>("id", static v => v.Id),
                new Column<NamedKeyVersion>("state", static v => v.State),
                new Column<NamedKeyVersion>("created", static v => Size.Time(v.CreatedAt)),
                new Column<NamedKeyVersion>("activated", static v => Size.Time(v.ActivatedAt)),
                new Column<NamedKeyVersion>("current", static v => v.IsCurrent ? "yes" : "no"));
        }));
        return command;
    }
}
