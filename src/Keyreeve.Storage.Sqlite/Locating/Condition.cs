using Keyreeve.Core.Storage;

namespace Keyreeve.Storage.Sqlite.Locating;

/// <summary>A condition with its term's number and its ranges in order, none empty, none overlapping another.</summary>
internal sealed class Condition
{
    // A few single values are followed side by side, newest first; of more the values are scanned as ranges are.
    private const int MaxFollowedValues = 16;

    private Condition(int term, List<IndexRange> ranges)
    {
        Term = term;
        Ranges = ranges;
    }

    public int Term { get; }

    public IReadOnlyList<IndexRange> Ranges { get; }

    /// <summary>Whether its objects can be followed in the order of their identities.</summary>
    public bool IsOrdered => Ranges.Count <= MaxFollowedValues && Ranges.All(static range => range.From.Span.SequenceEqual(range.To.Span));

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

    private bool Contains(ReadOnlySpan<byte> value)
    {
        foreach (var range in Ranges)
            if (value.SequenceCompareTo(range.From.Span) >= 0 && value.SequenceCompareTo(range.To.Span) <= 0) return true;
        return false;
    }
}
