using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Keyreeve.Core.Audit;

/// <summary>
/// A record of the trail as it is read: its fields by name, its serial number in the trail and the SHA-256 of its line, by
/// which whoever has it can match it with the trail.
/// </summary>
public sealed class AuditRecord
{
    private readonly Dictionary<string, string> _fields;

    private string? _hash;

    private AuditRecord(long serial, ReadOnlyMemory<byte> line, Dictionary<string, string> fields)
    {
        Serial = serial;
        Line = line;
        _fields = fields;
        Time = DateTimeOffset.Parse(this["time"]!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
    }

    /// <summary>The line's number in the trail: 1, 2, 3 … without gaps.</summary>
    public long Serial { get; }

    /// <summary>SHA-256 of the line without its newline, in lower-case hexadecimal: the next line's <c>prev</c>.</summary>
    public string Hash => _hash ??= Convert.ToHexStringLower(SHA256.HashData(Line.Span));

    /// <summary>The line as it stands in the trail, without its newline.</summary>
    public ReadOnlyMemory<byte> Line { get; }

    /// <summary>When the request arrived.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>The fields of the event, in the order of their names.</summary>
    public IEnumerable<KeyValuePair<string, string>> Fields => _fields;

    /// <summary>A field of the event, or null.</summary>
    public string? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>Takes a line of the trail apart.</summary>
    /// <param name="line">The line, without its newline; kept.</param>
    /// <exception cref="JsonException">It is no line of a trail.</exception>
    public static AuditRecord Parse(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in document.RootElement.GetProperty("event").EnumerateObject()) fields[member.Name] = TextOf(member.Value);
        var serial = document.RootElement.GetProperty("seq").GetInt64();
        return new AuditRecord(serial, line, fields);
    }

    private static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Join(',', value.EnumerateArray().Select(TextOf)),
        _ => value.GetRawText(),
    };
}
