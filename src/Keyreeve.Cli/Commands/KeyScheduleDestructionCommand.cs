using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve key schedule-destruction</c></summary>
internal static class KeyScheduleDestructionCommand
{
    public static Command Create()
    {
        var key = KeyTable.Argument();
        var after = new Option<string?>("--after") { Description = "How long from now: 1h to 30d (default: what its group has, 7d)", HelpName = "TIME" };
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
            var time = TimeOf(parsed.GetValue(after), "--after");
            KeyTable.Write(session.Output, await session.Client.Keys.ScheduleDestructionAsync(parsed.GetRequiredValue(key), time, cancellationToken));
        }));
        return command;
    }

    /// <summary>Reads how long a key is waited for; null for as long as its group has it.</summary>
    public static TimeSpan? TimeOf(string? text, string option) => Arguments.Time(text, option, TimeSpan.FromHours(1), TimeSpan.FromDays(30));
}
