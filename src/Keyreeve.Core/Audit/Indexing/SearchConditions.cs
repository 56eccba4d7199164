using System.Buffers;
using System.Collections.Frozen;

namespace Keyreeve.Core.Audit.Indexing;

/// <summary>
/// The conditions of a filter as comparisons of numbers, laid over each other a block at a time. A block in which one of them
/// holds nowhere is left at once, and what cannot be in a column is not looked for there.
/// </summary>
internal sealed class SearchConditions
{
    // Up to so many texts are looked for one after another, by the processor's wide instructions; more by a table.
    private const int MostInTurn = 8;

    // Fewer than one in so many are gone through one by one.
    private const int Sparse = 16;

    // So few are read one by one, and the column not at all.
    private const int MostReadAlone = 64;

    private readonly List<(IndexColumn<int> Column, int Position, int Number)> _words = [];
    private readonly List<(IndexColumn<long> Column, int Position, long Hash)> _hashes = [];
    private readonly AuditIndex _index;
    private readonly long _from;
    private readonly long _until;
    private readonly int[]? _containing;
    private readonly long[] _exact = [];

    private SearchConditions(AuditFilter filter, AuditIndex index)
    {
        _index = index;
        _from = filter.From is { } from ? AuditIndex.ToMicroseconds(from) : long.MinValue;
        _until = filter.Until is { } until ? AuditIndex.ToMicroseconds(until) : long.MaxValue;
        if (filter.Text is not { } text) return;
        _containing = index.Words.FindContaining(text);
        _exact = [.. new[] { AuditIndex.HashOf(text), AuditIndex.HashOf(text.ToLowerInvariant()) }.Distinct()];
    }

    private bool IsTimed => _from != long.MinValue || _until != long.MaxValue;

    /// <summary>Null if no record can match.</summary>
    public static SearchConditions? Of(AuditFilter filter, AuditIndex index)
    {
        var conditions = new SearchConditions(filter, index);
        (string Field, string? Wanted)[] words =
        [
            ("keyName", filter.Key), ("principal", filter.Principal), ("purpose", filter.Purpose), ("operation", filter.Operation),
            ("result", filter.Result), ("tenant", filter.Tenant),
        ];
        foreach (var (field, wanted) in words)
        {
            if (wanted is null) continue;
            var number = index.Words.Find(wanted);
            if (number < 0) return null;
            var position = PositionOf(AuditIndex.WordFields, field);
            conditions._words.Add((index.WordColumns[position], position, number));
        }

        if (filter.ObjectId is { } id)
        {
            var position = PositionOf(AuditIndex.HashFields, "objectId");
            conditions._hashes.Add((index.HashColumns[position], PositionOfHash(position), AuditIndex.HashOf(id)));
        }

        return conditions;
    }

    /// <summary>Says which records of a block may match; false if none does.</summary>
    public bool Apply(long start, Span<bool> matches)
    {
        var block = start / AuditSearch.BlockSize;
        var isKnown = block < _index.Sieve.Blocks;
        if (isKnown && !MayMatch(block)) return false;
        matches.Fill(true);
        var numbers = ArrayPool<int>.Shared.Rent(matches.Length);
        var values = ArrayPool<long>.Shared.Rent(matches.Length);
        try
        {
            return ApplyTimes(start, matches, values.AsSpan(0, matches.Length))
                && ApplyHashes(start, matches, values.AsSpan(0, matches.Length))
                && ApplyWords(start, matches, numbers.AsSpan(0, matches.Length), isKnown)
                && (_containing is null || ApplyText(start, matches, numbers.AsSpan(0, matches.Length), values.AsSpan(0, matches.Length), isKnown));
        }
        finally
        {
            ArrayPool<int>.Shared.Return(numbers);
            ArrayPool<long>.Shared.Return(values);
        }
    }

    // Asks the sieve alone.
    private bool MayMatch(long block)
    {
        if (IsTimed && _index.KnownTimes(block * AuditSearch.BlockSize) is { } known && (known.Latest < _from || known.Earliest >= _until)) return false;
        foreach (var (_, position, hash) in _hashes)
            if (!_index.Sieve.MayHave(block, position, hash)) return false;
        foreach (var (_, position, number) in _words)
            if (!_index.Sieve.MayHave(block, position, number)) return false;
        return true;
    }

    private static int PositionOfHash(int column) => AuditIndex.WordFields.Count + column;

    private static int PositionOf(IReadOnlyList<string> fields, string field)
    {
        for (var i = 0; i < fields.Count; i++)
            if (string.Equals(fields[i], field, StringComparison.Ordinal)) return i;
        throw new ArgumentException($"There is no column of {field}.", nameof(field));
    }

    private bool ApplyHashes(long start, Span<bool> matches, Span<long> values)
    {
        foreach (var (column, _, hash) in _hashes)
            if (!Narrow(column, start, matches, values, hash)) return false;
        return true;
    }

    private bool ApplyWords(long start, Span<bool> matches, Span<int> numbers, bool isKnown)
    {
        foreach (var (column, position, number) in _words)
        {
            // It has that value throughout.
            if (isKnown && _index.Sieve.ConstantIn(start / AuditSearch.BlockSize, position) == number) continue;
            if (!Narrow(column, start, matches, numbers, number)) return false;
        }

        return true;
    }

    private static bool Narrow<T>(IndexColumn<T> column, long start, Span<bool> matches, Span<T> values, T wanted)
        where T : unmanaged, IEquatable<T>
    {
        if (matches.Count(true) <= MostReadAlone)
        {
            for (var i = matches.IndexOf(true); i >= 0; i = NextAfter<bool>(matches, i, true))
            {
                column.Read(start + i, values[..1]);
                matches[i] = values[0].Equals(wanted);
            }

            return matches.Contains(true);
        }

        column.Read(start, values);
        return Narrow<T>(matches, values, wanted);
    }

    // Keeps the matches that have the value as well; false if there are none left.
    private static bool Narrow<T>(Span<bool> matches, ReadOnlySpan<T> values, T wanted)
        where T : struct, IEquatable<T>
    {
        var count = values.Count(wanted);
        if (count == values.Length) return true;
        if (count == 0) return false;
        if (matches.Count(true) < matches.Length / Sparse)
        {
            for (var i = matches.IndexOf(true); i >= 0; i = NextAfter<bool>(matches, i, true)) matches[i] = values[i].Equals(wanted);
        }
        else if (count < matches.Length / Sparse)
        {
            for (int last = -1, i = values.IndexOf(wanted); ; last = i, i = NextAfter(values, i, wanted))
            {
                matches[(last + 1)..(i < 0 ? matches.Length : i)].Clear();
                if (i < 0) break;
            }
        }
        else
        {
            for (var i = 0; i < matches.Length; i++) matches[i] &= values[i].Equals(wanted);
        }

        return matches.Contains(true);
    }

    private static int NextAfter<T>(ReadOnlySpan<T> values, int at, T wanted)
        where T : struct, IEquatable<T>
    {
        var next = values[(at + 1)..].IndexOf(wanted);
        return next < 0 ? -1 : at + 1 + next;
    }

    private bool ApplyTimes(long start, Span<bool> matches, Span<long> times)
    {
        if (!IsTimed) return true;
        if (_index.KnownTimes(start) is { } known)
        {
            if (known.Latest < _from || known.Earliest >= _until) return false;
            if (known.Earliest >= _from && known.Latest < _until) return true;
        }

        _index.Times.Read(start, times);
        _index.NoteTimes(start, times);
        for (var i = 0; i < matches.Length; i++) matches[i] &= times[i] >= _from && times[i] < _until;
        return matches.Contains(true);
    }

    private bool ApplyText(long start, Span<bool> matches, Span<int> numbers, Span<long> hashes, bool isKnown)
    {
        var has = ArrayPool<bool>.Shared.Rent(matches.Length);
        var filter = ArrayPool<byte>.Shared.Rent(IndexSieve.FilterSizeInBytes);
        try
        {
            var mark = has.AsSpan(0, matches.Length);
            mark.Clear();
            var block = start / AuditSearch.BlockSize;
            var sieve = filter.AsSpan(0, IndexSieve.FilterSizeInBytes);
            if (isKnown && _containing!.Length > 0) _index.Sieve.ReadFilter(block, sieve);
            for (var c = 0; c < _index.WordColumns.Count; c++)
            {
                var wanted = isKnown ? IndexSieve.ThoseThatMayBeIn(sieve, c, _containing) : _containing!;
                if (wanted.Length == 0) continue;
                _index.WordColumns[c].Read(start, numbers);
                Mark(mark, numbers, wanted);
            }

            for (var c = 0; c < _index.HashColumns.Count; c++)
            {
                if (isKnown && !_exact.Any(hash => _index.Sieve.MayHave(block, PositionOfHash(c), hash))) continue;
                _index.HashColumns[c].Read(start, hashes);
                Mark(mark, hashes, _exact);
            }

            for (var i = 0; i < matches.Length; i++) matches[i] &= mark[i];
            return matches.Contains(true);
        }
        finally
        {
            ArrayPool<bool>.Shared.Return(has);
            ArrayPool<byte>.Shared.Return(filter);
        }
    }

    private static void Mark<T>(Span<bool> mark, ReadOnlySpan<T> values, T[] wanted)
        where T : struct, IEquatable<T>
    {
        if (wanted.Length > MostInTurn)
        {
            var set = wanted.ToFrozenSet();
            for (var i = 0; i < values.Length; i++) mark[i] |= set.Contains(values[i]);
            return;
        }

        foreach (var value in wanted)
            for (var at = values.IndexOf(value); at >= 0; at = NextAfter(values, at, value)) mark[at] = true;
    }
}
