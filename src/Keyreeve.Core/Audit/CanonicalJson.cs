using System.Buffers;
using System.Text.Unicode;

namespace Keyreeve.Core.Audit;

/// <summary>
/// Says whether bytes are one JSON object in canonical form (RFC 8785), as the audit trail uses it: whole numbers only,
/// member names of plain ASCII.
/// </summary>
internal static class CanonicalJson
{
    private const int MaxDepth = 8;

    // What ends a run of plain characters inside a string.
    private static readonly SearchValues<byte> Special =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (byte)c), (byte)'"', (byte)'\\']);

    public static bool IsCanonicalObject(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] != '{' || !Utf8.IsValid(bytes)) return false;
        var position = 0;
        return SkipValue(bytes, ref position, depth: 0) && position == bytes.Length;
    }

    private static bool SkipValue(ReadOnlySpan<byte> json, ref int position, int depth)
    {
        if (position >= json.Length || depth > MaxDepth) return false;
        return json[position] switch
        {
            (byte)'{' => SkipObject(json, ref position, depth),
            (byte)'[' => SkipArray(json, ref position, depth),
            (byte)'"' => SkipString(json, ref position),
            (byte)'t' => SkipWord(json, "true"u8, ref position),
            (byte)'f' => SkipWord(json, "false"u8, ref position),
            (byte)'n' => SkipWord(json, "null"u8, ref position),
            _ => SkipNumber(json, ref position),
        };
    }

    // spec: RFC 8785 §3.2.3: members stand in the order of their names, and so none stands twice.
    private static bool SkipObject(ReadOnlySpan<byte> json, ref int position, int depth)
    {
        position++;
        if (SkipWord(json, "}"u8, ref position)) return true;
        ReadOnlySpan<byte> last = default;
        do
        {
            var start = position;
            if (!SkipString(json, ref position)) return false;
            var name = json[(start + 1)..(position - 1)];
            if (!IsPlainName(name) || (!last.IsEmpty && last.SequenceCompareTo(name) >= 0)) return false;
            last = name;
            if (!SkipWord(json, ":"u8, ref position) || !SkipValue(json, ref position, depth + 1)) return false;
        }
        while (SkipWord(json, ","u8, ref position));

        return SkipWord(json, "}"u8, ref position);
    }

    private static bool SkipArray(ReadOnlySpan<byte> json, ref int position, int depth)
    {
        position++;
        if (SkipWord(json, "]"u8, ref position)) return true;
        do
        {
            if (!SkipValue(json, ref position, depth + 1)) return false;
        }
        while (SkipWord(json, ","u8, ref position));

        return SkipWord(json, "]"u8, ref position);
    }

    private static bool SkipString(ReadOnlySpan<byte> json, ref int position)
    {
        if (!SkipWord(json, "\""u8, ref position)) return false;
        while (true)
        {
            var plain = json[position..].IndexOfAny(Special);
            if (plain < 0) return false;
            position += plain;
            if (json[position] == '"')
            {
                position++;
                return true;
            }

            if (json[position] != '\\' || !SkipEscape(json, ref position)) return false;
        }
    }

    // spec: RFC 8785 §3.2.2.2: one way to write each character, and no escape where none is needed.
    private static bool SkipEscape(ReadOnlySpan<byte> json, ref int position)
    {
        if (position + 1 >= json.Length) return false;
        if ("\"\\btnfr"u8.Contains(json[position + 1]))
        {
            position += 2;
            return true;
        }

        var escape = json[position..];
        if (escape.Length < 6 || !escape.StartsWith("\\u00"u8) || escape[4] is not ((byte)'0' or (byte)'1')) return false;
        var low = "0123456789abcdef"u8.IndexOf(escape[5]);
        if (low < 0) return false;
        var value = ((escape[4] - '0') << 4) | low;
        position += 6;
        return value is not ('\b' or '\t' or '\n' or '\f' or '\r');
    }

    private static bool SkipNumber(ReadOnlySpan<byte> json, ref int position)
    {
        var start = position;
        SkipWord(json, "-"u8, ref position);
        var digits = position;
        while (position < json.Length && json[position] is >= (byte)'0' and <= (byte)'9') position++;
        return (position - digits) switch
        {
            0 or > 16 => false,
            1 => json[digits] != '0' || digits == start,
            _ => json[digits] != '0',
        };
    }

    private static bool SkipWord(ReadOnlySpan<byte> json, ReadOnlySpan<byte> word, ref int position)
    {
        if (!json[position..].StartsWith(word)) return false;
        position += word.Length;
        return true;
    }

    private static bool IsPlainName(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && !name.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E) && !name.Contains((byte)'\\');
}
