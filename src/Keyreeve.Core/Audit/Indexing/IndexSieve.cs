using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Core.Audit.Indexing;

/// <summary>
/// Says of every whole block of records what cannot be in it: a Bloom filter over all values of all columns, and whether a column has one
/// value throughout. Something rare is then looked for in the blocks that may have it and nowhere else. Four bytes a record, and made
/// anew from the columns wherever it is missing. One writer, any number of readers.
/// </summary>
/// <remarks>
/// A block is <c>constant(8) × columns, padded to 512 || filter(256 KiB)</c>; all eight bits of a value lie in one 64-byte line of the filter, so that asking
/// takes one short read.
/// </remarks>
internal sealed class IndexSieve : IDisposable
{
    /// <summary>Length of a block's filter.</summary>
    public const int FilterSizeInBytes = AuditSearch.BlockSize * 4;

    /// <summary>What stands for a column whose values differ.</summary>
    public const long NotConstant = long.MinValue;

    private const string FileName = "sieve";
    private const int HeadSizeInBytes = 512;
    private const int BlockSizeInBytes = HeadSizeInBytes + FilterSizeInBytes;
    private const int LineSizeInBytes = 64;
    private const int BitsPerValue = 8;

    private readonly SafeFileHandle _file;
    private long _blocks;

    public IndexSieve(string directory)
    {
        _file = File.OpenHandle(Path.Combine(directory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        _blocks = RandomAccess.GetLength(_file) / BlockSizeInBytes;
    }

    /// <summary>How many blocks it knows; those behind them may hold anything.</summary>
    public long Blocks => Volatile.Read(ref _blocks);

    /// <summary>Keeps the first blocks and forgets the rest.</summary>
    public void Truncate(long blocks)
    {
        if (blocks >= _blocks) return;
        Volatile.Write(ref _blocks, blocks);
        RandomAccess.SetLength(_file, blocks * BlockSizeInBytes);
    }

    /// <summary>Adds the next block.</summary>
    /// <param name="columns">For each column all values of the block.</param>
    public void Add(IEnumerable<ReadOnlyMemory<long>> columns)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(BlockSizeInBytes);
        try
        {
            var block = bytes.AsSpan(0, BlockSizeInBytes);
            block.Clear();
            var column = 0;
            foreach (var values in columns)
            {
                MemoryMarshal.Write(block[(column * sizeof(long))..], ConstantOf(values.Span));
                Fill(block[HeadSizeInBytes..], column++, values.Span);
            }

            RandomAccess.Write(_file, block, _blocks * BlockSizeInBytes);
            Volatile.Write(ref _blocks, _blocks + 1);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>The one value that a column has throughout a block, or <see cref="NotConstant"/>.</summary>
    public long ConstantIn(long block, int column)
    {
        Span<long> constant = stackalloc long[1];
        Read(MemoryMarshal.AsBytes(constant), (block * BlockSizeInBytes) + (column * sizeof(long)));
        return constant[0];
    }

    /// <summary>Whether a value may stand in a column of a block; false is certain.</summary>
    public bool MayHave(long block, int column, long value)
    {
        var hash = Mix(column, value);
        Span<byte> line = stackalloc byte[LineSizeInBytes];
        Read(line, (block * BlockSizeInBytes) + HeadSizeInBytes + LineOf(hash));
        return IsIn(line, hash);
    }

    /// <summary>Of many values those that may stand in a column of a block.</summary>
    /// <param name="filter">What <see cref="ReadFilter"/> gave.</param>
    /// <param name="column">The column.</param>
    /// <param name="values">The values.</param>
    public static int[] ThoseThatMayBeIn(ReadOnlySpan<byte> filter, int column, ReadOnlySpan<int> values)
    {
        var found = new List<int>();
        foreach (var value in values)
        {
            var hash = Mix(column, value);
            if (IsIn(filter.Slice(LineOf(hash), LineSizeInBytes), hash)) found.Add(value);
        }

        return [.. found];
    }

    /// <summary>Reads a block's whole filter, for those who ask much of it; <see cref="FilterSizeInBytes"/> bytes.</summary>
    public void ReadFilter(long block, Span<byte> filter) => Read(filter, (block * BlockSizeInBytes) + HeadSizeInBytes);

    public void Flush() => RandomAccess.FlushToDisk(_file);

    public void Dispose() => _file.Dispose();

    private static void Fill(Span<byte> filter, int column, ReadOnlySpan<long> values)
    {
        var last = NotConstant;
        foreach (var value in values)
        {
            if (value == last) continue;
            last = value;
            var hash = Mix(column, value);
            var line = filter.Slice(LineOf(hash), LineSizeInBytes);
            for (var i = 0; i < BitsPerValue; i++) line[BitOf(hash, i) >> 3] |= (byte)(1 << (BitOf(hash, i) & 7));
        }
    }

    private static bool IsIn(ReadOnlySpan<byte> line, ulong hash)
    {
        for (var i = 0; i < BitsPerValue; i++)
            if ((line[BitOf(hash, i) >> 3] & (1 << (BitOf(hash, i) & 7))) == 0) return false;
        return true;
    }

    private static long ConstantOf(ReadOnlySpan<long> values) => values.IndexOfAnyExcept(values[0]) < 0 ? values[0] : NotConstant;

    // The upper bits choose the line, the lower ones the bits in it: a step, and where to begin.
    private static int LineOf(ulong hash) => (int)(hash >> 33) % (FilterSizeInBytes / LineSizeInBytes) * LineSizeInBytes;

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
        if (RandomAccess.Read(_file, bytes, at) != bytes.Length) throw new IOException("The audit index is shorter than it was; it is made anew at the next start.");
    }
}
