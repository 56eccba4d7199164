using Keyreeve.Core.Storage;

namespace Keyreeve.Storage.Sqlite.Locating;

/// <summary>A condition with its term's number and its ranges in order, none empty, none overlapping another.</summary>
internal sealed class Condition
{
    // A few values are followed side by side, newest first; ranges with more are scanned.
    private const int MaxFollowedValues = 32;

    private Condition(int term, List<IndexRange> ranges)
    {
        Term = term;
        Ranges = ranges;
        IsOrdered = ranges.TrueForAll(IsValue) && ranges.Count <= MaxFollowedValues;
    }

    public int Term { get; }

    public IReadOnlyList<IndexRange> Ranges { get; }

    /// <summary>Whether all ranges are single values, and few: its objects can be followed in the order of their identities.</summary>
    public bool IsOrdered { get; }

    /// <summary>The condition as it is evaluated, or null if nothing can fulfil it.</summary>
    public static Condition? Of(int term, IReadOnlyList<IndexRange> ranges)
    {
        var sorted = ranges.Where(static range => range.From.Span.SequenceCompareTo(range.To.Span) <= 0).ToList();
        sorted.Sort(static (a, b) => a.From.Span.SequenceCompareTo(b.From.Span));
        var merged = new List<IndexRange>(sorted.Count);
        foreach (var range in sorted)
        {
            if (merged.Count > 0 && range.From.Span.SequenceCompareTo(merged[^1].To.Span) <= 0)
            {
                if (range.To.Span.SequenceCompareTo(merged[^1].To.Span) > 0) merged[^1] = merged[^1] with { To = range.To };
            }
            else
            {
                merged.Add(range);
            }
        }

        return merged.Count == 0 ? null : new Condition(term, merged);
    }

    /// <summary>
    /// The same condition by the values that exist in its ranges, if these are few: a subtree of groups, a tuple that
    /// begins so, all dates of a quiet day.
    /// </summary>
    public Condition Narrow(LocateStatements statements, int tenant)
    {
        if (IsOrdered || Ranges.Count > MaxFollowedValues) return this;
        var values = new List<IndexRange>();
        foreach (var range in Ranges)
        {
            if (IsValue(range))
            {
                values.Add(range);
                continue;
            }

            for (var from = range.From; statements.FirstValue(tenant, Term, from.Span, range.To.Span) is { } value;)
            {
                if (values.Count == MaxFollowedValues) return this;
                values.Add(new IndexRange(value, value));
                from = (byte[])[.. value, 0]; // nothing lies between a value and the same with a zero byte after it
            }
        }

        return new Condition(Term, values);
    }

    /// <summary>The first entry of a row, in the order of the index, that fulfils the condition; false if none does.</summary>
    public bool TryFirst(ReadOnlySpan<byte> searchRecord, out ReadOnlySpan<byte> value)
    {
        var reader = new SearchRecord.SearchReader(searchRecord);
        var count = reader.SkipToEntries();
        for (var i = 0; i < count; i++)
        {
            reader.ReadEntry(out var term, out value);
            if (term > Term) break; // entries stand in order
            if (term == Term && Contains(value)) return true;
        }

        value = default;
        return false;
    }

    private static bool IsValue(IndexRange range) => range.From.Span.SequenceEqual(range.To.Span);

    private bool Contains(ReadOnlySpan<byte> value)
    {
        foreach (var range in Ranges)
            if (value.SequenceCompareTo(range.From.Span) >= 0 && value.SequenceCompareTo(range.To.Span) <= 0) return true;
        return false;
    }
}
