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

    // Of so many texts each is asked for by itself; of more the whole filter is read.
    private const int MostAskedAlone = 32;

    private readonly List<(IndexColumn<int> Column, int Position, int Number)> _words = [];
    private readonly List<(int Pair, int First, int Second)> _pairs = [];
    private readonly List<(int Position, int Number)> _unpaired = [];
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

        conditions.Pair();
        return conditions;
    }

    // A pair says all that its two words say.
    private void Pair()
    {
        for (var pair = 0; pair < AuditIndex.Pairs.Count; pair++)
        {
            var (first, second) = AuditIndex.Pairs[pair];
            var ofFirst = _words.FindIndex(word => word.Position == first);
            var ofSecond = _words.FindIndex(word => word.Position == second);
            if (ofFirst >= 0 && ofSecond >= 0) _pairs.Add((pair, _words[ofFirst].Number, _words[ofSecond].Number));
        }

        foreach (var (_, position, number) in _words)
            if (!_pairs.Exists(pair => AuditIndex.Pairs[pair.Pair].First == position || AuditIndex.Pairs[pair.Pair].Second == position)) _unpaired.Add((position, number));
    }

    /// <summary>Says which records of a block may match; false if none does.</summary>
    public bool Apply(long start, Span<bool> matches)
    {
        var block = start / AuditSearch.BlockSize;
        var isKnown = block < _index.Sieve.Blocks;
        if (isKnown && !MayMatch(block)) return false;
        var text = _containing is null ? null : isKnown ? PlacesOfText(block) : AllPlaces();
        if (text is { IsNowhere: true }) return false;
        matches.Fill(true);
        var numbers = ArrayPool<int>.Shared.Rent(matches.Length);
        var values = ArrayPool<long>.Shared.Rent(matches.Length);
        try
        {
            return ApplyTimes(start, matches, values.AsSpan(0, matches.Length), isKnown)
                && ApplyHashes(start, matches, values.AsSpan(0, matches.Length))
                && ApplyWords(start, matches, numbers.AsSpan(0, matches.Length), isKnown)
                && (text is null || ApplyText(text, start, matches, numbers.AsSpan(0, matches.Length), values.AsSpan(0, matches.Length)));
        }
        finally
        {
            ArrayPool<int>.Shared.Return(numbers);
            ArrayPool<long>.Shared.Return(values);
        }
    }

    // Asks the sieve alone: first what is in memory, then what one read each may rule out.
    private bool MayMatch(long block)
    {
        var (earliest, latest) = _index.Sieve.TimesOf(block);
        if (latest < _from || earliest >= _until) return false;
        foreach (var (_, position, number) in _words)
            if (_index.Sieve.ConstantIn(block, position) is var constant and not IndexSieve.NotConstant && constant != number) return false;
        foreach (var (_, position, hash) in _hashes)
            if (!_index.Sieve.MayHave(block, position, hash)) return false;
        foreach (var (pair, first, second) in _pairs)
            if (!_index.Sieve.MayHavePair(block, pair, first, second)) return false;
        foreach (var (position, number) in _unpaired)
            if (!_index.Sieve.MayHave(block, position, number)) return false;
        return true;
    }

    private TextPlaces AllPlaces() => new([.. _index.WordColumns.Select(_ => _containing!)], [.. _index.HashColumns.Select(static _ => true)]);

    // In which columns of a block the text may be, and as which of the texts that contain it.
    private TextPlaces PlacesOfText(long block)
    {
        var words = new List<int>[_index.WordColumns.Count];
        for (var c = 0; c < words.Length; c++) words[c] = [];
        var filter = _containing!.Length > MostAskedAlone ? ArrayPool<byte>.Shared.Rent(IndexSieve.FilterSizeInBytes) : null;
        Span<byte> own = stackalloc byte[IndexSieve.LineSizeInBytes];
        if (filter is not null) _index.Sieve.ReadTexts(block, filter.AsSpan(0, IndexSieve.FilterSizeInBytes));
        foreach (var number in _containing)
        {
            if (filter is null) _index.Sieve.ReadLine(block, isHash: false, number, own);
            var line = filter is null ? own : IndexSieve.LineIn(filter, number);
            for (var c = 0; c < words.Length; c++)
                if (IndexSieve.MayHave(line, c, number)) words[c].Add(number);
        }

        if (filter is not null) ArrayPool<byte>.Shared.Return(filter);
        var hashes = new bool[_index.HashColumns.Count];
        foreach (var hash in _exact)
        {
            _index.Sieve.ReadLine(block, isHash: true, hash, own);
            for (var c = 0; c < hashes.Length; c++) hashes[c] |= IndexSieve.MayHave(own, PositionOfHash(c), hash);
        }

        return new TextPlaces([.. words.Select(static numbers => numbers.ToArray())], hashes);
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

    private bool ApplyTimes(long start, Span<bool> matches, Span<long> times, bool isKnown)
    {
        if (!IsTimed) return true;
        if (isKnown && _index.Sieve.TimesOf(start / AuditSearch.BlockSize) is var (earliest, latest) && earliest >= _from && latest < _until) return true;
        _index.Times.Read(start, times);
        for (var i = 0; i < matches.Length; i++) matches[i] &= times[i] >= _from && times[i] < _until;
        return matches.Contains(true);
    }

    private bool ApplyText(TextPlaces text, long start, Span<bool> matches, Span<int> numbers, Span<long> hashes)
    {
        var has = ArrayPool<bool>.Shared.Rent(matches.Length);
        try
        {
            var mark = has.AsSpan(0, matches.Length);
            mark.Clear();
            for (var c = 0; c < _index.WordColumns.Count; c++)
            {
                if (text.Words[c].Length == 0) continue;
                _index.WordColumns[c].Read(start, numbers);
                Mark(mark, numbers, text.Words[c]);
            }

            for (var c = 0; c < _index.HashColumns.Count; c++)
            {
                if (!text.Hashes[c]) continue;
                _index.HashColumns[c].Read(start, hashes);
                Mark(mark, hashes, _exact);
            }

            for (var i = 0; i < matches.Length; i++) matches[i] &= mark[i];
            return matches.Contains(true);
        }
        finally
        {
            ArrayPool<bool>.Shared.Return(has);
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

    /// <summary>Where in a block a text may be.</summary>
    /// <param name="Words">For each column of texts, as which of them.</param>
    /// <param name="Hashes">For each column of hashes, whether in it.</param>
    private sealed record TextPlaces(int[][] Words, bool[] Hashes)
    {
        public bool IsNowhere => !Hashes.Contains(true) && Words.All(static words => words.Length == 0);
    }
}
