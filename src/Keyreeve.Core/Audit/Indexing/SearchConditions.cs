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

    private readonly List<(IndexColumn<int> Column, int Number)> _words = [];
    private readonly List<(IndexColumn<long> Column, long Hash)> _hashes = [];
    private readonly AuditIndex _index;
    private readonly long _from;
    private readonly long _until;
    private readonly IReadOnlyList<int[]>? _containing;
    private readonly long[] _exact = [];

    private SearchConditions(AuditFilter filter, AuditIndex index)
    {
        _index = index;
        _from = filter.From is { } from ? AuditIndex.ToMicroseconds(from) : long.MinValue;
        _until = filter.Until is { } until ? AuditIndex.ToMicroseconds(until) : long.MaxValue;
        if (filter.Text is not { } text) return;
        _containing = index.Words.FindContaining(text, index.WordColumns.Count);
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
            conditions._words.Add((index.WordColumns[PositionOf(AuditIndex.WordFields, field)], number));
        }

        if (filter.ObjectId is { } id) conditions._hashes.Add((index.HashColumns[PositionOf(AuditIndex.HashFields, "objectId")], AuditIndex.HashOf(id)));
        return conditions;
    }

    /// <summary>Says which records of a block may match; false if none does.</summary>
    public bool Apply(long start, Span<bool> matches)
    {
        matches.Fill(true);
        var numbers = ArrayPool<int>.Shared.Rent(matches.Length);
        var values = ArrayPool<long>.Shared.Rent(matches.Length);
        try
        {
            return ApplyTimes(start, matches, values.AsSpan(0, matches.Length))
                && ApplyHashes(start, matches, values.AsSpan(0, matches.Length))
                && ApplyWords(start, matches, numbers.AsSpan(0, matches.Length))
                && (_containing is null || ApplyText(start, matches, numbers.AsSpan(0, matches.Length), values.AsSpan(0, matches.Length)));
        }
        finally
        {
            ArrayPool<int>.Shared.Return(numbers);
            ArrayPool<long>.Shared.Return(values);
        }
    }

    private static int PositionOf(IReadOnlyList<string> fields, string field)
    {
        for (var i = 0; i < fields.Count; i++)
            if (string.Equals(fields[i], field, StringComparison.Ordinal)) return i;
        throw new ArgumentException($"There is no column of {field}.", nameof(field));
    }

    private bool ApplyHashes(long start, Span<bool> matches, Span<long> values)
    {
        foreach (var (column, hash) in _hashes)
        {
            column.Read(start, values);
            if (!Narrow(matches, values, hash)) return false;
        }

        return true;
    }

    private bool ApplyWords(long start, Span<bool> matches, Span<int> numbers)
    {
        foreach (var (column, number) in _words)
        {
            column.Read(start, numbers);
            if (!Narrow(matches, numbers, number)) return false;
        }

        return true;
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

    private bool ApplyText(long start, Span<bool> matches, Span<int> numbers, Span<long> hashes)
    {
        var has = ArrayPool<bool>.Shared.Rent(matches.Length);
        try
        {
            var mark = has.AsSpan(0, matches.Length);
            mark.Clear();
            for (var c = 0; c < _containing!.Count; c++)
            {
                if (_containing[c].Length == 0) continue;
                _index.WordColumns[c].Read(start, numbers);
                Mark(mark, numbers, _containing[c]);
            }

            foreach (var column in _index.HashColumns)
            {
                column.Read(start, hashes);
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
}
