using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve key schedule-destruction</c></summary>
internal static class KeyScheduleDestructionCommand
{
    public static Command Create()
    {
        var key = KeyTable.Argument();
        var after = new Option<string?>("--after") { Description = "How long from now: 1h to 30d (default 7d)", HelpName = "TIME" };
        var command = new CliCommand("schedule-destruction", "Destroy a key after a while, in which it cannot be used and this can be called off")
        {
            Examples =
            [
                "keyreeve key schedule-destruction orders",
                "keyreeve key schedule-destruction orders --after 30d",
                "keyreeve key cancel-destruction orders      # within that time",
            ],
        };
        command.Add(key);
        command.Add(after);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var time = Arguments.Time(parsed.GetValue(after), "--after", TimeSpan.FromHours(1), TimeSpan.FromDays(30));
            KeyTable.Write(session.Output, await session.Client.Keys.ScheduleDestructionAsync(parsed.GetRequiredValue(key), time, cancellationToken));
        }));
        return command;
    }
}
