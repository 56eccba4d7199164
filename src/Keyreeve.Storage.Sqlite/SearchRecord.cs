using System.Buffers;
using Keyreeve.Core;

namespace Keyreeve.Storage.Sqlite;

/// <summary>One entry of an object in the index.</summary>
internal readonly record struct TermEntry(int Term, ReadOnlyMemory<byte> Value) : IComparable<TermEntry>
{
    public int CompareTo(TermEntry other) =>
        Term != other.Term ? Term.CompareTo(other.Term) : Value.Span.SequenceCompareTo(other.Value.Span);
}

/// <summary>
/// Everything an object is found by, as its row keeps it:
/// <c>version(1) || count || names || count || entries</c>; a name is <c>length || UTF-8</c>, an entry
/// <c>term || length || value</c>, numbers are LEB128. Names and entries stand in order, none twice.
/// </summary>
internal sealed class SearchRecord
{
    private const byte FormatVersion = 1;

    private SearchRecord(IReadOnlyList<ReadOnlyMemory<byte>> names, IReadOnlyList<TermEntry> entries)
    {
        Names = names;
        Entries = entries;
    }

    /// <summary>The Names, in UTF-8.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Names { get; }

    /// <summary>The entries.</summary>
    public IReadOnlyList<TermEntry> Entries { get; }

    /// <summary>Puts names and entries in order and drops what stands twice.</summary>
    public static SearchRecord From(IReadOnlyList<ReadOnlyMemory<byte>> names, IEnumerable<TermEntry> entries) =>
        new(SortDistinct(names, CompareBytes), SortDistinct(entries, static (a, b) => a.CompareTo(b)));

    /// <summary>The order of names: byte by byte.</summary>
    public static int CompareBytes(ReadOnlyMemory<byte> a, ReadOnlyMemory<byte> b) => a.Span.SequenceCompareTo(b.Span);

    public static SearchRecord Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new SearchReader(bytes);
        var names = new ReadOnlyMemory<byte>[reader.NameCount];
        for (var i = 0; i < names.Length; i++) names[i] = reader.ReadName().ToArray();
        var entries = new TermEntry[reader.ReadEntryCount()];
        for (var i = 0; i < entries.Length; i++)
        {
            reader.ReadEntry(out var term, out var value);
            entries[i] = new TermEntry(term, value.ToArray());
        }

        return new SearchRecord(names, entries);
    }

    public byte[] Encode()
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        buffer.Write([FormatVersion]);
        WriteNumber(buffer, Names.Count);
        foreach (var name in Names) WriteBytes(buffer, name.Span);
        WriteNumber(buffer, Entries.Count);
        foreach (var entry in Entries)
        {
            WriteNumber(buffer, entry.Term);
            WriteBytes(buffer, entry.Value.Span);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Says what one ordered list has that the other lacks.</summary>
    public static void Compare<T>(IReadOnlyList<T> old, IReadOnlyList<T> @new, Comparison<T> compare, Action<T> removed, Action<T> added)
    {
        int i = 0, j = 0;
        while (i < old.Count || j < @new.Count)
        {
            var order = i == old.Count ? 1 : j == @new.Count ? -1 : compare(old[i], @new[j]);
            if (order < 0) removed(old[i]);
            if (order > 0) added(@new[j]);
            if (order <= 0) i++;
            if (order >= 0) j++;
        }
    }

    private static List<T> SortDistinct<T>(IEnumerable<T> items, Comparison<T> compare)
    {
        var sorted = new List<T>(items);
        sorted.Sort(compare);
        var kept = 0;
        for (var i = 0; i < sorted.Count; i++)
            if (kept == 0 || compare(sorted[kept - 1], sorted[i]) != 0) sorted[kept++] = sorted[i];
        sorted.RemoveRange(kept, sorted.Count - kept);
        return sorted;
    }

    private static void WriteBytes(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> bytes)
    {
        WriteNumber(buffer, bytes.Length);
        buffer.Write(bytes);
    }

    private static void WriteNumber(ArrayBufferWriter<byte> buffer, int number)
    {
        var rest = (uint)number;
        while (rest >= 0x80)
        {
            buffer.Write([(byte)((rest & 0x7F) | 0x80)]);
            rest >>= 7;
        }

        buffer.Write([(byte)rest]);
    }

    /// <summary>Reads a record in place, without copying it.</summary>
    internal ref struct SearchReader
    {
        private ReadOnlySpan<byte> _rest;

        public SearchReader(ReadOnlySpan<byte> bytes)
        {
            if (bytes.IsEmpty || bytes[0] != FormatVersion) throw Damaged();
            _rest = bytes[1..];
            NameCount = ReadCount();
        }

        public int NameCount { get; }

        public ReadOnlySpan<byte> ReadName() => ReadBytes();

        /// <summary>Goes on to the entries, past names that were not read; to be called once.</summary>
        public int SkipToEntries()
        {
            for (var i = 0; i < NameCount; i++) ReadBytes();
            return ReadEntryCount();
        }

        public int ReadEntryCount() => ReadCount();

        public void ReadEntry(out int term, out ReadOnlySpan<byte> value)
        {
            term = ReadNumber();
            value = ReadBytes();
        }

        // Each takes at least a byte, so a damaged count cannot ask for more memory than the record has.
        private int ReadCount()
        {
            var count = ReadNumber();
            return count <= _rest.Length ? count : throw Damaged();
        }

        private ReadOnlySpan<byte> ReadBytes()
        {
            var length = ReadNumber();
            if (length > _rest.Length) throw Damaged();
            var bytes = _rest[..length];
            _rest = _rest[length..];
            return bytes;
        }

        private int ReadNumber()
        {
            uint number = 0;
            for (var shift = 0; shift < 32; shift += 7)
            {
                if (_rest.IsEmpty) throw Damaged();
                var part = _rest[0];
                _rest = _rest[1..];
                number |= (uint)(part & 0x7F) << shift;
                if (part < 0x80) return number <= int.MaxValue ? (int)number : throw Damaged();
            }

            throw Damaged();
        }

        private static KeyreeveException Damaged() =>
            new(KeyreeveError.StoreUnavailable, "The store's file is damaged. Restore it from a backup.");
    }
}
