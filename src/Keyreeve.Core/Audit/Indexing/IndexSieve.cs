using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Core.Audit.Indexing;

/// <summary>
/// Says of every whole block of records what cannot be in it: from when to when it is, whether a column has one value throughout, and Bloom filters over all
/// values of all columns and over some pairs of values that stand together in a record. Something rare is then looked for in the blocks that may have it and
/// nowhere else. Eight bytes a record, and made anew from the columns wherever it is missing. One writer, any number of readers.
/// </summary>
/// <remarks>
/// Two files, since the one is small enough to be kept in memory. A block of <c>sieve-heads</c> is <c>mark(8) || earliest(8) || latest(8) || constant(8) × columns,
/// padded to 256</c>, one of <c>sieve-filters</c> <c>texts(256 KiB) || hashes(256 KiB)</c>. The line of 64 bytes in a filter is chosen by the value, its eight bits by
/// value and column, so that one short read says of all columns whether they have a value.
/// </remarks>
internal sealed class IndexSieve : IDisposable
{
    /// <summary>Length of each of a block's filters.</summary>
    public const int FilterSizeInBytes = AuditSearch.BlockSize * 4;

    /// <summary>Length of what is read to ask for a value.</summary>
    public const int LineSizeInBytes = 64;

    /// <summary>What stands for a column whose values differ.</summary>
    public const long NotConstant = long.MinValue;

    private const string HeadsName = "sieve-heads";
    private const string FiltersName = "sieve-filters";
    private const string FormerName = "sieve";
    private const int HeadSizeInBytes = 256;
    private const int FixedLongs = 3;
    private const int BlockSizeInBytes = 2 * FilterSizeInBytes;
    private const int BitsPerValue = 8;
    private const int FirstPair = 64;
    private const int LateValues = 8192;

    // "keyreev1": a head without it was never written.
    private const long HeadMark = 0x31766565_7279656B;

    private readonly SafeFileHandle _headFile;
    private readonly SafeFileHandle _filterFile;
    private readonly int _textColumns;
    private readonly IReadOnlyList<(int First, int Second)> _pairs;
    private long[][] _heads;
    private long _blocks;

    /// <summary>Opens it, or makes an empty one.</summary>
    /// <param name="directory">The index's folder.</param>
    /// <param name="textColumns">The first so many columns are numbers of texts; those behind are hashes.</param>
    /// <param name="pairs">Of which two columns of texts it knows what stands together in a record.</param>
    public IndexSieve(string directory, int textColumns, IReadOnlyList<(int First, int Second)> pairs)
    {
        // What it was called when one file held less.
        File.Delete(Path.Combine(directory, FormerName));
        _headFile = File.OpenHandle(Path.Combine(directory, HeadsName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        _filterFile = File.OpenHandle(Path.Combine(directory, FiltersName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, FileOptions.RandomAccess);
        _textColumns = textColumns;
        _pairs = pairs;
        _heads = ReadHeads();
        _blocks = _heads.Length;
    }

    /// <summary>How many blocks it knows; those behind them may hold anything.</summary>
    public long Blocks => Volatile.Read(ref _blocks);

    /// <summary>Keeps the first blocks and forgets the rest.</summary>
    public void Truncate(long blocks)
    {
        if (blocks < _blocks) Volatile.Write(ref _blocks, blocks);
        RandomAccess.SetLength(_headFile, _blocks * HeadSizeInBytes);
        RandomAccess.SetLength(_filterFile, _blocks * BlockSizeInBytes);
    }

    /// <summary>Adds the next block.</summary>
    /// <param name="times">When its records were.</param>
    /// <param name="columns">For each column all values of the block.</param>
    public void Add(ReadOnlySpan<long> times, IReadOnlyList<long[]> columns)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(BlockSizeInBytes);
        try
        {
            var block = bytes.AsSpan(0, BlockSizeInBytes);
            block.Clear();
            var texts = block[..FilterSizeInBytes];
            var hashes = block[FilterSizeInBytes..];
            for (var column = 0; column < columns.Count; column++) Fill(column < _textColumns ? texts : hashes, column, columns[column]);
            for (var pair = 0; pair < _pairs.Count; pair++) FillPairs(texts, FirstPair + pair, columns[_pairs[pair].First], columns[_pairs[pair].Second]);
            RandomAccess.Write(_filterFile, block, _blocks * BlockSizeInBytes);
            // A head stands for a filter that is on the disk: after a crash none says that something is not there because it was not written.
            RandomAccess.FlushToDisk(_filterFile);
            AddHead(HeadOf(times, columns));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>From when to when the records of a block are, in microseconds since 1970.</summary>
    public (long Earliest, long Latest) TimesOf(long block) => HeadAt(block) is var head ? (head[1], head[2]) : default;

    /// <summary>The one value that a column has throughout a block, or <see cref="NotConstant"/>.</summary>
    public long ConstantIn(long block, int column) => HeadAt(block)[FixedLongs + column];

    /// <summary>Whether a value may stand in a column of a block; false is certain.</summary>
    public bool MayHave(long block, int column, long value)
    {
        if (ConstantIn(block, column) is var constant and not NotConstant) return constant == value;
        Span<byte> line = stackalloc byte[LineSizeInBytes];
        ReadLine(block, isHash: column >= _textColumns, value, line);
        return MayHave(line, column, value);
    }

    /// <summary>Whether a value may stand in a column; false is certain.</summary>
    /// <param name="line">What <see cref="ReadLine"/> gave for the value.</param>
    /// <param name="column">The column.</param>
    /// <param name="value">The value.</param>
    public static bool MayHave(ReadOnlySpan<byte> line, int column, long value)
    {
        var hash = Mix(column, value);
        for (var i = 0; i < BitsPerValue; i++)
            if ((line[BitOf(hash, i) >> 3] & (1 << (BitOf(hash, i) & 7))) == 0) return false;
        return true;
    }

    /// <summary>Whether two texts may stand together in a record of a block; false is certain.</summary>
    /// <param name="block">The block.</param>
    /// <param name="pair">Which of the pairs of columns.</param>
    /// <param name="first">The number of the text in the pair's first column.</param>
    /// <param name="second">The number of that in its second.</param>
    public bool MayHavePair(long block, int pair, int first, int second)
    {
        Span<byte> line = stackalloc byte[LineSizeInBytes];
        var value = PairOf(first, second);
        ReadLine(block, isHash: false, value, line);
        return MayHave(line, FirstPair + pair, value);
    }

    /// <summary>Reads the line that says of all columns of texts, or of all of hashes, whether they may have a value; <see cref="LineSizeInBytes"/> bytes.</summary>
    public void ReadLine(long block, bool isHash, long value, Span<byte> line) => Read(line, (block * BlockSizeInBytes) + (isHash ? FilterSizeInBytes : 0) + LineOf(value));

    /// <summary>Reads a block's whole filter of texts, for those who ask much of it; <see cref="FilterSizeInBytes"/> bytes.</summary>
    public void ReadTexts(long block, Span<byte> filter) => Read(filter, block * BlockSizeInBytes);

    /// <summary>The line of a value in a filter that was read as a whole.</summary>
    public static ReadOnlySpan<byte> LineIn(ReadOnlySpan<byte> filter, long value) => filter.Slice(LineOf(value), LineSizeInBytes);

    public void Flush()
    {
        RandomAccess.FlushToDisk(_filterFile);
        RandomAccess.FlushToDisk(_headFile);
    }

    public void Dispose()
    {
        _headFile.Dispose();
        _filterFile.Dispose();
    }

    private long[][] ReadHeads()
    {
        var blocks = Math.Min(RandomAccess.GetLength(_headFile) / HeadSizeInBytes, RandomAccess.GetLength(_filterFile) / BlockSizeInBytes);
        var heads = new List<long[]>();
        for (var head = new long[HeadSizeInBytes / sizeof(long)]; heads.Count < blocks; head = new long[head.Length])
        {
            if (RandomAccess.Read(_headFile, MemoryMarshal.AsBytes(head.AsSpan()), (long)heads.Count * HeadSizeInBytes) != HeadSizeInBytes || head[0] != HeadMark) break;
            heads.Add(head);
        }

        return [.. heads];
    }

    private static long[] HeadOf(ReadOnlySpan<long> times, IReadOnlyList<long[]> columns)
    {
        var head = new long[HeadSizeInBytes / sizeof(long)];
        var (earliest, latest) = (long.MaxValue, long.MinValue);
        foreach (var time in times) (earliest, latest) = (Math.Min(earliest, time), Math.Max(latest, time));
        (head[0], head[1], head[2]) = (HeadMark, earliest, latest);
        for (var column = 0; column < columns.Count; column++) head[FixedLongs + column] = ConstantOf(columns[column]);
        return head;
    }

    private void AddHead(long[] head)
    {
        RandomAccess.Write(_headFile, MemoryMarshal.AsBytes(head.AsSpan()), _blocks * HeadSizeInBytes);
        if (_blocks == _heads.Length)
        {
            var more = new long[Math.Max(16, 2 * _heads.Length)][];
            _heads.CopyTo(more, 0);
            Volatile.Write(ref _heads, more);
        }

        _heads[_blocks] = head;
        Volatile.Write(ref _blocks, _blocks + 1);
    }

    private static void Fill(Span<byte> filter, int column, ReadOnlySpan<long> values)
    {
        // Most values come again and again; those of late are not set once more.
        var late = new ulong[LateValues];
        foreach (var value in values) Set(filter, late, column, value);
    }

    private static void FillPairs(Span<byte> filter, int column, ReadOnlySpan<long> first, ReadOnlySpan<long> second)
    {
        var late = new ulong[LateValues];
        // Nobody asks for a record without a text.
        for (var i = 0; i < first.Length; i++)
            if (first[i] != 0 && second[i] != 0) Set(filter, late, column, PairOf(first[i], second[i]));
    }

    private static void Set(Span<byte> filter, ulong[] late, int column, long value)
    {
        var hash = Mix(column, value);
        ref var known = ref late[hash % LateValues];
        if (known == hash) return;
        known = hash;
        var line = filter.Slice(LineOf(value), LineSizeInBytes);
        for (var i = 0; i < BitsPerValue; i++) line[BitOf(hash, i) >> 3] |= (byte)(1 << (BitOf(hash, i) & 7));
    }

    private long[] HeadAt(long block) => block < Blocks ? Volatile.Read(ref _heads)[block] : throw Shorter();

    private static long ConstantOf(ReadOnlySpan<long> values) => values.IndexOfAnyExcept(values[0]) < 0 ? values[0] : NotConstant;

    private static long PairOf(long first, long second) => (first << 32) | second;

    private static int LineOf(long value) => (int)(Mix(0, value) >> 33) % (FilterSizeInBytes / LineSizeInBytes) * LineSizeInBytes;

    // A step, and where to begin.
    private static int BitOf(ulong hash, int i) => (int)((hash & 511) + ((ulong)i * (((hash >> 9) & 511) | 1))) & 511;

    // The finalizer of SplitMix64.
    private static ulong Mix(int column, long value)
    {
        unchecked
        {
            var x = (ulong)value + ((ulong)(column + 1) * 0x9E3779B97F4A7C15UL);
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
            return x ^ (x >> 31);
        }
    }

    private void Read(Span<byte> bytes, long at)
    {
        if (RandomAccess.Read(_filterFile, bytes, at) != bytes.Length) throw Shorter();
    }

    private static IOException Shorter() => new("The audit index is shorter than it was; it is made anew at the next start.");
}
