using System.Collections.Immutable;
using System.CommandLine;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve key create</c></summary>
internal static class KeyCreateCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "1 to 128 characters of A-Z, a-z, 0-9, '.', '_', '-'; begins with a letter or digit" };
        var group = new Option<string?>("--group", "-g") { Description = "The key group (default: your own)", HelpName = "GROUP" };
        var algorithm = new Option<string?>("--algorithm") { Description = "The algorithm (default AES)", HelpName = "NAME" };
        var length = new Option<int?>("--length") { Description = "Length of the key in bits (default 256)", HelpName = "BITS" };
        var usage = new Option<string[]>("--usage") { Description = "What the key may be used for (default Encrypt and Decrypt); may be repeated", HelpName = "USE" };
        var protection = new Option<string?>("--protection") { Description = "Where the key is: software, or hsm: made in the server's token, never out of it (default: as its group says)", HelpName = "WHERE" };
        var command = new CliCommand("create", "Create a key; it is active at once")
        {
            Examples =
            [
                "keyreeve key create orders",
                "keyreeve key create backups --group operations/backup",
            ],
        };
        command.Add(name);
        command.Add(group);
        command.Add(algorithm);
        command.Add(length);
        command.Add(usage);
        command.Add(protection);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var uses = parsed.GetValue(usage);
            var key = await session.Client.Keys.CreateAsync(
                new NewKey
                {
                    Name = parsed.GetRequiredValue(name),
                    Group = parsed.GetValue(group),
                    Algorithm = parsed.GetValue(algorithm),
                    LengthInBits = parsed.GetValue(length),
                    Usage = uses is { Length: > 0 } ? [.. uses] : (ImmutableArray<string>?)null,
                    Protection = parsed.GetValue(protection),
                },
                cancellationToken);
            KeyTable.Write(session.Output, key);
        }));
        return command;
    }
}
