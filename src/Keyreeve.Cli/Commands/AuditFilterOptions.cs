using Keyreeve.Core.Audit;
using System.CommandLine;
using System.Globalization;

namespace Keyreeve.Cli.Commands;

/// <summary>The options by which audit records are chosen.</summary>
internal sealed class AuditFilterOptions(bool hasKey = true)
{
    private readonly Option<string?> _from = new("--from") { Description = "From this day or time on, UTC", HelpName = "2026-01-31[T12:00]" };
    private readonly Option<string?> _until = new("--until") { Description = "Before this day or time, UTC", HelpName = "2026-02-01[T12:00]" };
    private readonly Option<string?> _principal = new("--principal") { Description = "Who asked", HelpName = "NAME" };
    private readonly Option<string?> _key = new("--key") { Description = "About the key of that name", HelpName = "NAME" };
    private readonly Option<string?> _object = new("--object") { Description = "About the object with that Unique Identifier", HelpName = "ID" };
    private readonly Option<string?> _operation = new("--operation") { Description = "What was asked, such as Decrypt", HelpName = "NAME" };
    private readonly Option<string?> _result = new("--result") { Description = "How it ended: Success, Denied, Failed", HelpName = "RESULT" };
    private readonly Option<string?> _purpose = new("--purpose") { Description = "With that purpose code", HelpName = "CODE" };
    private readonly Option<string?> _text = new("--text") { Description = "With that text somewhere in it", HelpName = "TEXT" };

    public void AddTo(Command command)
    {
        Option<string?>[] ofKey = hasKey ? [_key, _object] : [];
        foreach (var option in (Option<string?>[])[_from, _until, _principal, .. ofKey, _operation, _result, _purpose, _text]) command.Add(option);
    }

    public AuditFilter Read(ParseResult parsed) => new()
    {
        From = TimeOf(parsed, _from),
        Until = TimeOf(parsed, _until),
        Principal = parsed.GetValue(_principal),
        Key = hasKey ? parsed.GetValue(_key) : null,
        ObjectId = hasKey ? parsed.GetValue(_object) : null,
        Operation = parsed.GetValue(_operation),
        Result = parsed.GetValue(_result),
        Purpose = parsed.GetValue(_purpose),
        Text = parsed.GetValue(_text),
    };

    private static DateTimeOffset? TimeOf(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text) return null;
        string[] forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss'Z'"];
        return DateTimeOffset.TryParseExact(text, forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new CliException(ExitCode.Usage, $"'{text}' is no time.", $"write {option.Name} 2026-01-31 or {option.Name} 2026-01-31T12:00, in UTC");
    }
}
