using System.Globalization;
using System.Text;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Core.Audit.Indexing;

/// <summary>
/// Finds records in a trail of any length: for each record a few numbers in columns, which are read through at memory speed
/// (a tenth of the trail's size). It lies beside the chain, proves nothing, and is made anew from it whenever it is missing
/// or does not fit. One writer, any number of readers.
/// </summary>
internal sealed class AuditIndex : IDisposable
{
    /// <summary>Its folder in the data directory.</summary>
    public const string DirectoryName = "audit-index";

    // What is flushed to the disk, and taken for granted after a crash.
    private const string MarkName = "mark";
    private const string Version = "keyreeve-audit-index 3";

    private readonly string _directory;
    private readonly IndexedLine _line = new();
    private long _count;

    private AuditIndex(string directory)
    {
        _directory = directory;
        Words = new IndexWords(directory);
        Sieve = new IndexSieve(directory, WordFields.Count, Pairs);
        Places = new IndexColumn<long>(directory, "place");
        Times = new IndexColumn<long>(directory, "time");
        WordColumns = [.. WordFields.Select(field => new IndexColumn<int>(directory, field))];
        HashColumns = [.. HashFields.Select(field => new IndexColumn<long>(directory, field))];
    }

    /// <summary>The fields whose texts repeat: a number of the list of texts for each record.</summary>
    public static IReadOnlyList<string> WordFields { get; } =
        ["principal", "keyName", "operation", "result", "purpose", "group", "reason", "sourceAddress", "tenant", "detail"];

    /// <summary>The fields that hardly repeat: a part of their hash for each record.</summary>
    public static IReadOnlyList<string> HashFields { get; } = ["objectId", "correlationId", "requestId"];

    /// <summary>Of which two word columns the sieve knows what stands together in a record: who and which key, and what either was used for. By their places.</summary>
    public static IReadOnlyList<(int First, int Second)> Pairs { get; } = [(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4)];

    /// <summary>How many records are in it: the first so many of the trail.</summary>
    public long Count => Volatile.Read(ref _count);

    public IndexWords Words { get; }

    /// <summary>What cannot be in a block: word columns first, then hash columns, in their order.</summary>
    public IndexSieve Sieve { get; }

    /// <summary>Segment and offset of each record.</summary>
    public IndexColumn<long> Places { get; }

    /// <summary>Time of each record, in microseconds since 1970.</summary>
    public IndexColumn<long> Times { get; }

    public IReadOnlyList<IndexColumn<int>> WordColumns { get; }

    public IReadOnlyList<IndexColumn<long>> HashColumns { get; }

    /// <summary>Opens the index to keep it; makes one if there is none, or if what is there is not one.</summary>
    public static AuditIndex OpenToKeep(string directory)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("The index needs Unix modes.");
        Directory.CreateDirectory(directory, PrivateFile.DirectoryMode);
        var index = new AuditIndex(directory);
        index.Truncate(index.ReadMark());
        return index;
    }

    /// <summary>Adds lines that follow on those it has; they are found at once.</summary>
    public void Add(AuditPage lines)
    {
        for (var n = 0; n < lines.Count; n++)
        {
            var place = lines.PlaceOf(n);
            if (place.Sequence != _count + n + 1) throw new IOException("The audit index and the trail do not fit together.");
            _line.Read(lines.Line(n), Words);
            Places.Add(Pack(place.Segment, place.Offset));
            Times.Add(_line.Time);
            for (var i = 0; i < WordColumns.Count; i++) WordColumns[i].Add(_line.Words[i]);
            for (var i = 0; i < HashColumns.Count; i++) HashColumns[i].Add(_line.Hashes[i]);
        }

        Words.Write();
        WriteColumns();
        Volatile.Write(ref _count, _count + lines.Count);
    }

    /// <summary>Stands in for records that were removed from the trail before the index had them; they are never found.</summary>
    public void AddRemoved(long count)
    {
        for (var n = 0L; n < count; n++)
        {
            Places.Add(0);
            Times.Add(0);
            foreach (var column in WordColumns) column.Add(0);
            foreach (var column in HashColumns) column.Add(0);
            if ((n + 1) % AuditSearch.BlockSize == 0) WriteColumns();
        }

        WriteColumns();
        Volatile.Write(ref _count, _count + count);
    }

    /// <summary>Brings the sieve up to the last whole block. Until it is, blocks that it does not know are searched in full.</summary>
    public void CompleteSieve(CancellationToken cancellationToken)
    {
        while (Sieve.Blocks < Count / AuditSearch.BlockSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddToSieve(Sieve.Blocks * AuditSearch.BlockSize);
        }
    }

    /// <summary>Makes durable what it has, so that a start goes on from there.</summary>
    public void Mark()
    {
        Words.Flush();
        Sieve.Flush();
        Places.Flush();
        Times.Flush();
        foreach (var column in WordColumns) column.Flush();
        foreach (var column in HashColumns) column.Flush();
        PrivateFile.Write(Path.Combine(_directory, MarkName), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Version}\n{_count}\n")));
    }

    /// <summary>Forgets everything, to be made anew.</summary>
    public void Clear()
    {
        // First, so that a disk that fails in between leaves nothing that a start would go on from.
        File.Delete(Path.Combine(_directory, MarkName));
        Truncate(0);
    }

    /// <summary>Where a record stands.</summary>
    public (int Segment, long Offset) PlaceOf(long serial)
    {
        Span<long> place = stackalloc long[1];
        Places.Read(serial - 1, place);
        return ((int)(place[0] >> 40), place[0] & ((1L << 40) - 1));
    }

    public static long ToMicroseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>FNV-1a: whatever is found by it is compared in full.</summary>
    public static long HashOf(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return 0;
        var hash = 14695981039346656037UL;
        foreach (var c in text) hash = unchecked((hash ^ c) * 1099511628211UL);
        return unchecked((long)hash);
    }

    public void Dispose()
    {
        Words.Dispose();
        Sieve.Dispose();
        Places.Dispose();
        Times.Dispose();
        foreach (var column in WordColumns) column.Dispose();
        foreach (var column in HashColumns) column.Dispose();
    }

    private void WriteColumns()
    {
        Places.Write();
        Times.Write();
        foreach (var column in WordColumns) column.Write();
        foreach (var column in HashColumns) column.Write();
    }

    private void AddToSieve(long start)
    {
        var times = new long[AuditSearch.BlockSize];
        Times.Read(start, times);
        var columns = new List<long[]>();
        var numbers = new int[AuditSearch.BlockSize];
        foreach (var column in WordColumns)
        {
            column.Read(start, numbers);
            columns.Add(Array.ConvertAll(numbers, static number => (long)number));
        }

        foreach (var column in HashColumns)
        {
            var hashes = new long[AuditSearch.BlockSize];
            column.Read(start, hashes);
            columns.Add(hashes);
        }

        Sieve.Add(times, columns);
    }

    private static long Pack(int segment, long offset) => ((long)segment << 40) | offset;

    private long ReadMark()
    {
        var path = Path.Combine(_directory, MarkName);
        if (!File.Exists(path)) return 0;
        var lines = Encoding.ASCII.GetString(PrivateFile.Read(path)).Split('\n');
        return lines.Length >= 2 && string.Equals(lines[0], Version, StringComparison.Ordinal)
            && long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= Shortest()
            ? count
            : 0;
    }

    private long Shortest() =>
        Math.Min(Math.Min(Places.Count, Times.Count), Math.Min(WordColumns.Min(static c => c.Count), HashColumns.Min(static c => c.Count)));

    private void Truncate(long count)
    {
        if (count == 0) Words.Clear();
        Sieve.Truncate(count / AuditSearch.BlockSize);
        Places.Truncate(count);
        Times.Truncate(count);
        foreach (var column in WordColumns) column.Truncate(count);
        foreach (var column in HashColumns) column.Truncate(count);
        Volatile.Write(ref _count, count);
    }
}
