using System.Text.Json;

namespace Keyreeve.Core.Audit;

/// <summary>
/// Goes once through a line of the trail and stops at the members of its event that are wanted. Both stand in the order of their
/// names, so that each name is compared once or twice; for those who see every record come by.
/// </summary>
/// <param name="line">The line, without its newline.</param>
/// <param name="wanted">Names in the order of their bytes.</param>
public ref struct EventMembers(ReadOnlySpan<byte> line, IReadOnlyList<byte[]> wanted)
{
    // {"event":{ is the first level, its members are the second.
    private const int MemberDepth = 2;

    private Utf8JsonReader _reader = new(line);
    private int _next;

    /// <summary>Names as they are looked for.</summary>
    public static IReadOnlyList<byte[]> InOrder(IEnumerable<string> names) =>
        [.. names.Order(StringComparer.Ordinal).Select(System.Text.Encoding.UTF8.GetBytes)];

    /// <summary>Goes on to the value of the next wanted member; false at the end.</summary>
    /// <param name="value">Stands at the value.</param>
    /// <param name="member">Which it is, by its place among the wanted.</param>
    /// <exception cref="JsonException">It is no line of a trail.</exception>
    public bool Read(out Utf8JsonReader value, out int member)
    {
        while (_next < wanted.Count && _reader.Read())
        {
            if (_reader.TokenType != JsonTokenType.PropertyName || _reader.CurrentDepth != MemberDepth) continue;
            var name = _reader.ValueSpan;
            while (_next < wanted.Count && wanted[_next].AsSpan().SequenceCompareTo(name) < 0) _next++;
            if (_next == wanted.Count || !name.SequenceEqual(wanted[_next])) continue;
            member = _next++;
            _reader.Read();
            value = _reader;
            return true;
        }

        value = _reader;
        member = -1;
        return false;
    }
}
