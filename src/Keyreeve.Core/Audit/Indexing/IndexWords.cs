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
    private readonly List<string> _words = [""];

    // In which columns each stands, a bit each.
    private readonly List<int> _columns = [0];
    private readonly MemoryStream _new = new();

    public IndexWords(string directory, bool isWritable)
    {
        _file = new FileStream(
            Path.Combine(directory, "words"), isWritable ? FileMode.OpenOrCreate : FileMode.Open, isWritable ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite);
        var content = new byte[_file.Length];
        _file.ReadExactly(content);
        var end = content.AsSpan().LastIndexOf((byte)'\n') + 1;
        foreach (var line in Encoding.UTF8.GetString(content.AsSpan(0, end)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Remember(JsonSerializer.Deserialize<string>(line)!);
        // A crash may have left the last line in halves.
        if (isWritable) _file.SetLength(end);
        _file.Position = end;
    }

    public int Count
    {
        get
        {
            lock (_gate) return _words.Count;
        }
    }

    /// <summary>Whether it is known of every text in which columns it stands.</summary>
    public bool AreColumnsKnown { get; set; }

    /// <summary>The number of a text that stands in a column; it gets one if it has none.</summary>
    public int NumberFor(string? word, int column)
    {
        if (string.IsNullOrEmpty(word)) return 0;
        lock (_gate)
        {
            if (!_numbers.TryGetValue(word, out var number))
            {
                JsonSerializer.Serialize(_new, word);
                _new.WriteByte((byte)'\n');
                number = Remember(word);
            }

            _columns[number] |= 1 << column;
            return number;
        }
    }

    /// <summary>Notes which texts stand in a column.</summary>
    public void NoteColumn(int column, bool[] seen)
    {
        lock (_gate)
        {
            for (var number = 1; number < seen.Length; number++)
                if (seen[number]) _columns[number] |= 1 << column;
        }
    }

    /// <summary>The number of a text, or -1 if no record has it.</summary>
    public int Find(string word)
    {
        lock (_gate) return _numbers.GetValueOrDefault(word, -1);
    }

    /// <summary>The numbers of the texts that have a part of that wording, in any case, for each of so many columns in which they may stand.</summary>
    public IReadOnlyList<int[]> FindContaining(string part, int columns)
    {
        lock (_gate)
        {
            var found = new List<int>();
            for (var number = 1; number < _words.Count; number++)
                if (_words[number].Contains(part, StringComparison.OrdinalIgnoreCase)) found.Add(number);
            return [.. Enumerable.Range(0, columns).Select(column => AreColumnsKnown ? [.. found.Where(n => (_columns[n] & (1 << column)) != 0)] : found.ToArray())];
        }
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
            _numbers.Clear();
            _words.RemoveRange(1, _words.Count - 1);
            _columns.RemoveRange(1, _columns.Count - 1);
            AreColumnsKnown = true;
            _new.SetLength(0);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _new.Dispose();
    }

    private int Remember(string word)
    {
        _words.Add(word);
        _columns.Add(0);
        return _numbers[word] = _words.Count - 1;
    }
}
