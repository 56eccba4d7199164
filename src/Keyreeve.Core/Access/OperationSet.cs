using System.Collections.Immutable;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>A set of operations: one bit each, so that asking whether one is in it costs nothing and allocates nothing.</summary>
public readonly record struct OperationSet
{
    private const int BitsPerWord = 64;

    /// <summary>How many operations fit.</summary>
    internal const int Capacity = 3 * BitsPerWord;

    private readonly ulong _low;
    private readonly ulong _middle;
    private readonly ulong _high;

    private OperationSet(ulong low, ulong middle, ulong high) => (_low, _middle, _high) = (low, middle, high);

    /// <summary>None.</summary>
    public static OperationSet Empty => default;

    /// <summary>Whether there is none in it.</summary>
    public bool IsEmpty => (_low | _middle | _high) == 0;

    /// <summary>These.</summary>
    public static OperationSet Of(params ReadOnlySpan<OperationName> operations)
    {
        Span<ulong> words = stackalloc ulong[Capacity / BitsPerWord];
        words.Clear();
        foreach (var operation in operations) words[(int)operation / BitsPerWord] |= 1UL << ((int)operation % BitsPerWord);
        return new OperationSet(words[0], words[1], words[2]);
    }

    /// <summary>Whether the operation is in it.</summary>
    public bool Contains(OperationName operation) => (((int)operation / BitsPerWord) switch
    {
        0 => _low,
        1 => _middle,
        _ => _high,
    } >> ((int)operation % BitsPerWord) & 1) != 0;

    /// <summary>What is in one or the other.</summary>
    public OperationSet Union(OperationSet other) => new(_low | other._low, _middle | other._middle, _high | other._high);

    /// <summary>What is in this and not in the other.</summary>
    public OperationSet Except(OperationSet other) => new(_low & ~other._low, _middle & ~other._middle, _high & ~other._high);

    /// <summary>What is in both.</summary>
    public OperationSet Intersect(OperationSet other) => new(_low & other._low, _middle & other._middle, _high & other._high);

    /// <summary>What is in it, in the order of the list of operations.</summary>
    public ImmutableArray<OperationName> ToNames()
    {
        var set = this;
        return [.. Enum.GetValues<OperationName>().Where(operation => set.Contains(operation))];
    }
}
