using System.Text;
using System.Text.Json;

namespace Keyreeve.Core.Audit.Indexing;

/// <summary>
/// The texts that occur in records, each once: its number is its place among the lines of a file, each a JSON string. Number 0
/// is no text. Appended by one thread; looked up by any.
/// </summary>
internal sealed class IndexWords : IDisposable
{
    private readonly FileStream _file;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly MemoryStream _new = new();

    // The same texts come again and again: those of late are found by their bytes. A number is that of its text for good, until all is forgotten.
    private readonly (byte[]? Text, int Number)[] _late = new (byte[]?, int)[1024];
    private char[] _text = new char[1024];

    // All texts one after another, a line each, so that a part of one is looked for by the processor's wide instructions; and where each begins.
    private readonly List<int> _begins = [0];
    private char[] _texts = new char[4096];
    private int _length = 1;

    public IndexWords(string directory)
    {
        _lookup = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        _file = new FileStream(Path.Combine(directory, "words"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        var content = new byte[_file.Length];
        _file.ReadExactly(content);
        var end = content.AsSpan().LastIndexOf((byte)'\n') + 1;
        foreach (var line in Encoding.UTF8.GetString(content.AsSpan(0, end)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Remember(JsonSerializer.Deserialize<string>(line)!);
        // A crash may have left the last line in halves.
        _file.SetLength(end);
        _file.Position = end;
    }

    /// <summary>The number of a value's text; it gets one if it has none. For the one who appends.</summary>
    public int NumberFor(EventValue value)
    {
        ref var late = ref _late[PlaceOf(value.Bytes)];
        if (!value.IsEscaped && late.Text is { } known && value.Bytes.SequenceEqual(known)) return late.Number;
        if (_text.Length < value.Bytes.Length) _text = new char[value.Bytes.Length];
        var number = NumberFor(_text.AsSpan(0, value.CopyTo(_text)));
        if (!value.IsEscaped) late = (value.Bytes.ToArray(), number);
        return number;
    }

    /// <summary>The number of a text; it gets one if it has none.</summary>
    public int NumberFor(ReadOnlySpan<char> word)
    {
        if (word.IsEmpty) return 0;
        lock (_gate)
        {
            if (_lookup.TryGetValue(word, out var number)) return number;
            var text = word.ToString();
            JsonSerializer.Serialize(_new, text);
            _new.WriteByte((byte)'\n');
            return Remember(text);
        }
    }

    /// <summary>The number of a text, or -1 if no record has it.</summary>
    public int Find(string word)
    {
        lock (_gate) return _numbers.GetValueOrDefault(word, -1);
    }

    /// <summary>The numbers of the texts that have a part of that wording, in any case, in their order.</summary>
    public int[] FindContaining(string part)
    {
        var found = new List<int>();
        if (part.Length == 0) return [];
        lock (_gate)
        {
            for (var at = 0; _texts.AsSpan(at, _length - at).IndexOf(part, StringComparison.OrdinalIgnoreCase) is var next and >= 0;)
            {
                var hit = at + next;
                var place = _begins.BinarySearch(hit);
                var number = place >= 0 ? place : ~place - 1;
                var end = number + 1 < _begins.Count ? _begins[number + 1] - 1 : _length - 1;
                // What begins in one text and ends in the next is in neither.
                var isWithin = hit + part.Length <= end;
                if (isWithin) found.Add(number);
                at = isWithin ? end : hit + 1;
            }
        }

        return [.. found];
    }

    /// <summary>Writes what is new; before the columns that name it.</summary>
    public void Write()
    {
        lock (_gate)
        {
            _file.Write(_new.GetBuffer(), 0, (int)_new.Length);
            _file.Flush();
            _new.SetLength(0);
        }
    }

    public void Flush() => _file.Flush(flushToDisk: true);

    public void Clear()
    {
        lock (_gate)
        {
            _file.SetLength(0);
            Array.Clear(_late);
            _numbers.Clear();
            _begins.RemoveRange(1, _begins.Count - 1);
            _length = 1;
            _new.SetLength(0);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _new.Dispose();
    }

    // Two texts at one place take turns, which costs time and nothing else.
    private static int PlaceOf(ReadOnlySpan<byte> text)
    {
        var hash = (uint)text.Length;
        foreach (var unit in text[^Math.Min(text.Length, 8)..]) hash = unchecked((hash * 31) + unit);
        return (int)(hash % 1024);
    }

    private int Remember(string word)
    {
        var needed = _length + word.Length + 1;
        if (needed > _texts.Length) Array.Resize(ref _texts, Math.Max(needed, 2 * _texts.Length));
        word.CopyTo(_texts.AsSpan(_length));
        _texts[needed - 1] = '\n';
        _begins.Add(_length);
        _length = needed;
        return _numbers[word] = _begins.Count - 1;
    }
}
