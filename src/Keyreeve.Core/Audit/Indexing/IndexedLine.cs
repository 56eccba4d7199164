using System.Text.Json;

namespace Keyreeve.Core.Audit.Indexing;

/// <summary>
/// What the index keeps of a line, as numbers. Read again and again into the same object, and without making strings of texts that
/// are known: every record comes by here. Not thread safe.
/// </summary>
internal sealed class IndexedLine
{
    private const string TimeField = "time";

    private static readonly IReadOnlyList<byte[]> Names = EventMembers.InOrder([.. AuditIndex.WordFields, .. AuditIndex.HashFields, TimeField]);

    // For each of the names: the word column, or the hash column behind all of those, or the time behind both.
    private static readonly int[] Columns = [.. Names.Select(static name => ColumnOf(System.Text.Encoding.UTF8.GetString(name)))];

    private char[] _text = new char[1024];

    /// <summary>The number of the text in each word column; 0 where there is none.</summary>
    public int[] Words { get; } = new int[AuditIndex.WordFields.Count];

    /// <summary>The hash in each hash column; 0 where there is none.</summary>
    public long[] Hashes { get; } = new long[AuditIndex.HashFields.Count];

    /// <summary>When it was, in microseconds since 1970.</summary>
    public long Time { get; private set; }

    /// <summary>Takes a line apart.</summary>
    /// <exception cref="JsonException">It is no line of a trail.</exception>
    public void Read(ReadOnlySpan<byte> line, IndexWords words)
    {
        Array.Clear(Words);
        Array.Clear(Hashes);
        Time = long.MinValue;
        var members = new EventMembers(line, Names);
        while (members.Read(out var value, out var member))
        {
            var column = Columns[member];
            if (column < Words.Length) Words[column] = words.NumberFor(value);
            else if (column < Words.Length + Hashes.Length) Hashes[column - Words.Length] = AuditIndex.HashOf(TextOf(value));
            else Time = AuditIndex.ToMicroseconds(value.ToTime());
        }

        if (Time == long.MinValue) throw new JsonException("A record of the trail has a time.");
    }

    private ReadOnlySpan<char> TextOf(EventValue value)
    {
        if (_text.Length < value.Bytes.Length) _text = new char[value.Bytes.Length];
        return _text.AsSpan(0, value.CopyTo(_text));
    }

    private static int ColumnOf(string name)
    {
        for (var i = 0; i < AuditIndex.WordFields.Count; i++)
            if (string.Equals(AuditIndex.WordFields[i], name, StringComparison.Ordinal)) return i;
        for (var i = 0; i < AuditIndex.HashFields.Count; i++)
            if (string.Equals(AuditIndex.HashFields[i], name, StringComparison.Ordinal)) return AuditIndex.WordFields.Count + i;
        return AuditIndex.WordFields.Count + AuditIndex.HashFields.Count;
    }
}
