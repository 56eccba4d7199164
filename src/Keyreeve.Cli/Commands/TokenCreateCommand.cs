using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve token create</c></summary>
internal static class TokenCreateCommand
{
    private static readonly Option<string[]> Allow = RightsOption.Create();
    private static readonly Option<string[]> Groups = Repeated("--group", "Only in this key group and those below it; may be repeated", "GROUP");
    private static readonly Option<string[]> Keys = Repeated("--key", "Only for the key of this identifier, as 'key show' prints it; may be repeated", "ID");
    private static readonly Option<string[]> Networks = Repeated("--network", "Only from this network, such as 10.1.0.0/16; may be repeated", "NETWORK");
    private static readonly Option<string?> ValidFor = new("--valid-for") { Description = "How long it holds: 1m to 90d (default 1d)", HelpName = "TIME" };
    private static readonly Option<string?> Principal = new("--principal") { Description = "Whose it is to be (default: your own)", HelpName = "NAME" };
    private static readonly Option<string?> Out = new("--out") { Description = "Write the token into this file, which nobody else can read, and show it nowhere", HelpName = "FILE" };

    public static Command Create()
    {
        var label = new Argument<string>("label") { Description = "What it is for" };
        var command = new CliCommand("create", "Make a token with a part of your rights, or of another principal's")
        {
            Remarks = "It is shown this once. A client takes it from a file or a credential of systemd: 'api-token-file' and 'api-token-credential' in its configuration.",
            Examples =
            [
                "keyreeve token create nightly-backup --allow encrypt --group backups --valid-for 8h --out backup.token",
                "keyreeve token create ci --principal shop --allow use --network 10.1.0.0/16",
            ],
        };
        command.Add(label);
        foreach (var option in (Option[])[Allow, Groups, Keys, Networks, ValidFor, Principal, Out]) command.Add(option);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            if (parsed.GetValue(Out) is { } file) RequireFree(file);
            var issued = await session.Client.Tokens.CreateAsync(
                new NewToken
                {
                    Label = parsed.GetRequiredValue(label),
                    Principal = parsed.GetValue(Principal),
                    Allow = [.. parsed.GetRequiredValue(Allow)],
                    Groups = Given(parsed.GetValue(Groups)),
                    Keys = Given(parsed.GetValue(Keys)),
                    Networks = Given(parsed.GetValue(Networks)),
                    ValidFor = Arguments.Time(parsed.GetValue(ValidFor), "--valid-for", TimeSpan.FromMinutes(1), TimeSpan.FromDays(90)),
                },
                cancellationToken);
            Write(session, issued, parsed.GetValue(Out));
        }));
        return command;
    }

    private static ImmutableArray<string>? Given(string[]? values) => values is { Length: > 0 } ? [.. values] : null;

    private static void Write(ClientSession session, IssuedToken issued, string? file)
    {
        if (file is not null)
        {
            PrivateFile.Write(file, Encoding.ASCII.GetBytes(issued.Token + "\n"));
            TokenListCommand.Write(session, issued.Terms);
            session.Output.WriteRemark($"\nThe token is in '{file}'. Name it to the client: api-token-file = {file}");
            return;
        }

        session.Output.WriteFields(
            issued,
            new Column<IssuedToken>("token", static t => t.Token),
            new Column<IssuedToken>("id", static t => t.Terms.Id),
            new Column<IssuedToken>("principal", static t => t.Terms.Principal),
            new Column<IssuedToken>("valid until", static t => Size.Time(t.Terms.ExpiresAt)));
        session.Output.WriteRemark("\nIt is shown this once. Put it into a file that nobody else can read.");
    }

    // Before the server is asked: a token that cannot be written would be lost.
    private static void RequireFree(string file)
    {
        if (Path.Exists(file)) throw new CliException(ExitCode.Usage, $"'{file}' exists.", "name another file with --out, or remove this one");
    }

    private static Option<string[]> Repeated(string name, string description, string helpName) => new(name) { Description = description, HelpName = helpName };
}
