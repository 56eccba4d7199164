using System.CommandLine;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Operations;

namespace Keyreeve.Cli.Commands;

/// <summary>The options by which audit records are chosen.</summary>
internal sealed class AuditFilterOptions(bool hasKey = true)
{
    private readonly Option<string?> _from = new("--from") { Description = "From this time on", HelpName = "2026-01-31T12:00Z" };
    private readonly Option<string?> _until = new("--until") { Description = "Before this time", HelpName = "2026-02-01T12:00Z" };
    private readonly Option<string?> _principal = new("--principal") { Description = "Who asked", HelpName = "NAME" };
    private readonly Option<string?> _key = new("--key") { Description = "About the key of that name", HelpName = "NAME" };
    private readonly Option<string?> _object = new("--object") { Description = "About the object with that Unique Identifier", HelpName = "ID" };
    private readonly Option<string?> _operation = new("--operation") { Description = "What was asked, such as Decrypt", HelpName = "NAME" };
    private readonly Option<string?> _result = new("--result") { Description = "How it ended: Success, Denied, Failed", HelpName = "RESULT" };
    private readonly Option<string?> _purpose = new("--purpose") { Description = "With that purpose code", HelpName = "CODE" };
    private readonly Option<string?> _text = new("--text") { Description = "With that text somewhere in it", HelpName = "TEXT" };

    private static readonly string[] Operations = [.. Enum.GetValues<OperationName>().Where(static name => name != OperationName.None).Select(static name => name.ToString())];

    public void AddTo(Command command)
    {
        _operation.CompletionSources.Add(Operations);
        Option<string?>[] ofKey = hasKey ? [_key, _object] : [];
        foreach (var option in (Option<string?>[])[_from, _until, _principal, .. ofKey, _operation, _result, _purpose, _text]) command.Add(option);
    }

    /// <summary>What to say of an operation that there is not, as far as this program knows; null if there is such a one, or none is asked for.</summary>
    public string? UnknownOperation(ParseResult parsed) =>
        parsed.GetValue(_operation) is { } name && !Operations.Contains(name, StringComparer.Ordinal) ? Spelling.NoSuch("operation", name, Operations) : null;

    public AuditFilter Read(ParseResult parsed) => new()
    {
        From = Arguments.MomentOf(parsed.GetValue(_from), _from.Name),
        Until = Arguments.MomentOf(parsed.GetValue(_until), _until.Name),
        Principal = parsed.GetValue(_principal),
        Key = hasKey ? parsed.GetValue(_key) : null,
        ObjectId = hasKey ? parsed.GetValue(_object) : null,
        Operation = parsed.GetValue(_operation),
        Result = parsed.GetValue(_result),
        Purpose = parsed.GetValue(_purpose),
        Text = parsed.GetValue(_text),
    };
}
