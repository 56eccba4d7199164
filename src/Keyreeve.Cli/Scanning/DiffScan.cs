using System.Globalization;
using System.Text;

namespace Keyreeve.Cli.Scanning;

/// <summary>
/// Scans what a unified diff adds, git's combined form for merges included. Headers are told from contents by the line counts of the
/// hunks, so that no content can pass for a header.
/// </summary>
internal sealed class DiffScan(SecretScanner scanner)
{
    private readonly List<ScanFinding> _findings = [];
    private readonly StringBuilder _added = new();
    private readonly List<int> _lines = [];
    private string _path = "";
    private string? _commit;
    private long _files;
    private long _bytes;

    /// <summary>Reads a diff to its end.</summary>
    public ScanAccount Run(Stream diff)
    {
        using var reader = new StreamReader(diff, Encoding.Latin1, detectEncodingFromByteOrderMarks: false, 64 * 1024);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("commit ", StringComparison.Ordinal))
                _commit = line[7..];
            else if (line.StartsWith("+++ ", StringComparison.Ordinal))
                BeginFile(line[4..]);
            else if (line.StartsWith("Binary files ", StringComparison.Ordinal))
                ScanBinary(line);
            else if (line.StartsWith("@@", StringComparison.Ordinal))
                ReadHunk(reader, line);
        }

        return new ScanAccount(_files, _bytes, _findings);
    }

    private void BeginFile(string name)
    {
        _path = NameOf(name);
        _files++;
        if (name is not "/dev/null")
            _findings.AddRange(scanner.ScanPath(_path, _commit));
    }

    private void ScanBinary(string line)
    {
        // Binary files OLD and NEW differ
        var and = line.LastIndexOf(" and ", StringComparison.Ordinal);
        if (and > 0 && line.EndsWith(" differ", StringComparison.Ordinal))
            BeginFile(line[(and + 5)..^7]);
    }

    private void ReadHunk(StreamReader reader, string header)
    {
        var parents = header.AsSpan().IndexOfAnyExcept('@') - 1;
        var ranges = header[(parents + 1)..].TrimStart().Split(' ', parents + 2, StringSplitOptions.RemoveEmptyEntries);
        if (parents < 1 || ranges.Length <= parents || !TryRange(ranges[parents], '+', out var line, out var added))
            return;
        var removed = new int[parents];
        for (var i = 0; i < parents; i++)
        {
            if (!TryRange(ranges[i], '-', out _, out removed[i]))
                return;
        }

        while ((added > 0 || removed.Any(static count => count > 0)) && reader.ReadLine() is { } text)
        {
            if (text.StartsWith('\\'))
                continue;
            var marks = text.AsSpan(0, Math.Min(parents, text.Length));
            var isRemoved = marks.Contains('-');
            for (var i = 0; i < parents; i++)
            {
                if (i >= marks.Length || (isRemoved ? marks[i] == '-' : marks[i] != '+'))
                    removed[i]--;
            }

            if (isRemoved)
                continue;
            added--;
            Add(text[marks.Length..], line++, isNew: marks.Contains('+'));
        }

        Flush();
    }

    private void Add(string text, int line, bool isNew)
    {
        if (!isNew)
            return;
        _added.Append(text).Append('\n');
        _lines.Add(line);
        _bytes += text.Length + 1;
    }

    private void Flush()
    {
        if (_lines.Count > 0)
            _findings.AddRange(scanner.Scan(_added.ToString(), _path, index => _lines[index], _commit));
        _added.Clear();
        _lines.Clear();
    }

    private static bool TryRange(string range, char sign, out int first, out int count)
    {
        (first, count) = (0, 1);
        if (range.Length < 2 || range[0] != sign)
            return false;
        var comma = range.IndexOf(',', StringComparison.Ordinal);
        var start = comma < 0 ? range[1..] : range[1..comma];
        return int.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out first)
            && (comma < 0 || int.TryParse(range.AsSpan(comma + 1), NumberStyles.None, CultureInfo.InvariantCulture, out count));
    }

    private static string NameOf(string name)
    {
        var end = name.IndexOf('\t', StringComparison.Ordinal);
        if (end >= 0)
            name = name[..end];
        name = name.Trim('"');
        if (name.StartsWith("b/", StringComparison.Ordinal))
            name = name[2..];
        return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(name));
    }
}
