using System.Text.Json;

namespace Keyreeve.Core.Audit;

/// <summary>
/// Goes once through a line of the trail and stops at the members of its event that are wanted. Both stand in the order of their
/// names, so that each name is compared once or twice; for those who see every record come by. It relies on the form in which lines
/// are written (<c>docs/formats/audit.md</c>) and is no judge of it.
/// </summary>
/// <param name="line">The line, without its newline.</param>
/// <param name="wanted">Names in the order of their bytes.</param>
public ref struct EventMembers(ReadOnlySpan<byte> line, IReadOnlyList<byte[]> wanted)
{
    // {"event": is before the first.
    private ReadOnlySpan<byte> _rest = line.StartsWith("{\"event\":{"u8) ? line[9..] : throw NoLine();
    private int _next;

    /// <summary>Names as they are looked for.</summary>
    public static IReadOnlyList<byte[]> InOrder(IEnumerable<string> names) =>
        [.. names.Order(StringComparer.Ordinal).Select(System.Text.Encoding.UTF8.GetBytes)];

    /// <summary>Goes on to the value of the next wanted member; false at the end.</summary>
    /// <param name="value">The value.</param>
    /// <param name="member">Which it is, by its place among the wanted.</param>
    /// <exception cref="JsonException">It is no line of a trail.</exception>
    public bool Read(out EventValue value, out int member)
    {
        // At each member stands the brace or the comma before it.
        while (_next < wanted.Count && _rest.Length > 1 && _rest[1] == '"' && _rest[0] is (byte)'{' or (byte)',')
        {
            var name = _rest[2..];
            var end = name.IndexOf((byte)'"');
            if (end < 0 || end + 1 >= name.Length || name[end + 1] != ':') throw NoLine();
            _rest = name[(end + 2)..];
            name = name[..end];
            value = TakeValue();
            while (_next < wanted.Count && wanted[_next].AsSpan().SequenceCompareTo(name) < 0) _next++;
            if (_next == wanted.Count || !name.SequenceEqual(wanted[_next])) continue;
            member = _next++;
            return true;
        }

        if (_next < wanted.Count && (_rest.IsEmpty || _rest[0] != '}')) throw NoLine();
        value = default;
        member = -1;
        return false;
    }

    private EventValue TakeValue()
    {
        if (_rest.IsEmpty) throw NoLine();
        if (_rest[0] == '"')
        {
            var text = _rest[1..];
            var length = LengthOfString(text, out var isEscaped);
            _rest = text[(length + 1)..];
            return new EventValue(text[..length], isString: true, isEscaped);
        }

        var size = _rest[0] is (byte)'[' or (byte)'{' ? LengthOfNested(_rest) : _rest.IndexOfAny((byte)',', (byte)'}');
        if (size < 0) throw NoLine();
        var value = new EventValue(_rest[..size], isString: false, isEscaped: false);
        _rest = _rest[size..];
        return value;
    }

    private static int LengthOfString(ReadOnlySpan<byte> text, out bool isEscaped)
    {
        isEscaped = false;
        for (var at = 0; ;)
        {
            var found = text[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (found < 0) throw NoLine();
            at += found;
            if (text[at] == '"') return at;
            isEscaped = true;
            at += 2;
            if (at > text.Length) throw NoLine();
        }
    }

    private static int LengthOfNested(ReadOnlySpan<byte> value)
    {
        var depth = 0;
        for (var at = 0; at < value.Length; at++)
        {
            if (value[at] == '"') at += 1 + LengthOfString(value[(at + 1)..], out _);
            else if (value[at] is (byte)'[' or (byte)'{') depth++;
            else if (value[at] is (byte)']' or (byte)'}' && --depth == 0) return at + 1;
        }

        throw NoLine();
    }

    private static JsonException NoLine() => new("It is no line of a trail.");
}
