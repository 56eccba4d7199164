using System.CommandLine;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve grant create</c></summary>
internal static class GrantCreateCommand
{
    public static Command Create()
    {
        var key = new Argument<string>("key") { Description = "The key, by name or identifier" };
        var to = new Option<string>("--to") { Description = "The principal who is to have it", HelpName = "NAME", Required = true };
        var allow = RightsOption.Create();
        var context = Arguments.Context();
        context.Description = "Only with this pair in the context; may be repeated";
        var validFor = new Option<string?>("--valid-for") { Description = "How long it holds: 1m to 366d (default 7d)", HelpName = "TIME" };
        var onward = new Option<bool>("--may-be-handed-on") { Description = "Whoever has it may hand it on" };
        var command = new CliCommand("create", "Hand a part of your own rights on a key to somebody else, for a while")
        {
            Remarks = "It takes the right 'grant' on the key, or a grant of it that may be handed on. A grant is worth what you may do yourself when it is used.",
            Examples =
            [
                "keyreeve grant create orders --to reporting --allow decrypt --valid-for 2d",
                "keyreeve grant create orders --to partner --allow use --context customer=acme --may-be-handed-on",
            ],
        };
        command.Add(key);
        foreach (var option in (Option[])[to, allow, context, validFor, onward]) command.Add(option);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) => GrantListCommand.Write(
            session,
            await session.Client.Grants.CreateAsync(
                new NewGrant
                {
                    Key = parsed.GetRequiredValue(key),
                    To = parsed.GetRequiredValue(to),
                    Allow = [.. parsed.GetRequiredValue(allow)],
                    Context = [.. Arguments.ContextOf(parsed.GetValue(context)).Pairs.Select(static pair => new GrantContextTerm { Name = pair.Key, Exactly = pair.Value })],
                    ValidFor = Arguments.Time(parsed.GetValue(validFor), "--valid-for", TimeSpan.FromMinutes(1), TimeSpan.FromDays(366)),
                    MayBeHandedOn = parsed.GetValue(onward),
                },
                cancellationToken))));
        return command;
    }
}
