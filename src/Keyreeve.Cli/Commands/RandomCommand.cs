using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve random</c></summary>
internal static class RandomCommand
{
    public static Command Create()
    {
        var count = new Argument<int>("bytes") { Description = "How many, 1 to 1024", DefaultValueFactory = static _ => 32 };
        var hex = new Option<bool>("--hex") { Description = "Hexadecimal instead of base64" };
        var command = new CliCommand("random", "Random bytes from the server's generator")
        {
            Examples = ["keyreeve random 16 --hex"],
        };
        command.Add(count);
        command.Add(hex);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var bytes = await session.Client.GetRandomAsync(parsed.GetValue(count), cancellationToken);
            var text = parsed.GetValue(hex) ? Convert.ToHexStringLower(bytes) : Convert.ToBase64String(bytes);
            if (session.Output.IsJson)
                session.Output.WriteJson(new RandomText(text));
            else
                session.Output.WriteRemark(text);
        }));
        return command;
    }

    private sealed record RandomText(string Bytes);
}
