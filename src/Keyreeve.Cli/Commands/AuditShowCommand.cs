using System.CommandLine;
using System.Text.Json;
using Keyreeve.Cli.Terminal;
using Keyreeve.Core.Audit;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve audit show</c></summary>
internal static class AuditShowCommand
{
    public static Command Create()
    {
        var directory = AuditLocation.Option();
        var last = new Option<int>("--last", "-n") { Description = "How many records, from the end", HelpName = "N", DefaultValueFactory = static _ => 20 };
        var command = new CliCommand("show", "Show the last audit records")
        {
            RunsAtServer = true,
            Remarks = "Shows what stands there without checking it; 'keyreeve audit verify' does that.",
            Examples = ["keyreeve audit show --last 50 --config /etc/keyreeve/keyreeve.conf"],
        };
        command.Add(directory);
        command.Add(last);
        command.SetAction(parsed =>
        {
            var records = Read(AuditLocation.Of(parsed, directory), Math.Max(parsed.GetValue(last), 1));
            var output = new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed));
            output.WriteRows(
                records,
                "No records.",
                new Column<JsonElement>("seq", static r => r.GetProperty("seq").GetRawText()),
                new Column<JsonElement>("time", static r => Event(r, "time")),
                new Column<JsonElement>("who", static r => Event(r, "principal")),
                new Column<JsonElement>("operation", static r => Event(r, "operation")),
                new Column<JsonElement>("key", static r => Event(r, "keyName")),
                new Column<JsonElement>("version", static r => Event(r, "keyVersion")),
                new Column<JsonElement>("result", static r => Event(r, "reason") is { } reason ? $"{Event(r, "result")}: {reason}" : Event(r, "result")));
            return ExitCode.Success;
        });
        return command;
    }

    private static List<JsonElement> Read(string directory, int last)
    {
        var lines = new Queue<byte[]>();
        using var reader = new AuditTrailReader(directory);
        while (reader.Read())
        {
            if (!reader.IsLineComplete || !AuditLine.TryParse(reader.Line, out var line))
                continue;
            reader.LastSequence = line.Sequence;
            lines.Enqueue(reader.Line.ToArray());
            if (lines.Count > last)
                lines.Dequeue();
        }

        return [.. lines.Select(static line => JsonSerializer.Deserialize<JsonElement>(line))];
    }

    private static string? Event(JsonElement record, string name) =>
        record.GetProperty("event").TryGetProperty(name, out var value)
            ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText()
            : null;
}
