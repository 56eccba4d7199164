using System.Numerics;
using System.Security.Cryptography;

namespace Keyreeve.Core.Audit;

/// <summary>
/// Proofs of RFC 6962: that a record is among those that were signed for, and that a larger tree holds all of a smaller one.
/// Stateless.
/// </summary>
public static class MerkleProof
{
    private const byte NodePrefix = 1;

    /// <summary>Verifies that a leaf is in a tree.</summary>
    /// <param name="index">The leaf's place, from 0.</param>
    /// <param name="size">The number of the tree's leaves.</param>
    /// <param name="leafHash">The leaf's hash.</param>
    /// <param name="path">The proof.</param>
    /// <param name="root">The tree's root.</param>
    public static bool VerifyInclusion(long index, long size, ReadOnlySpan<byte> leafHash, IReadOnlyList<ReadOnlyMemory<byte>> path, ReadOnlySpan<byte> root)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (index < 0 || index >= size || path.Count != InclusionRanges(index, size).Count || path.Any(static node => node.Length != MerkleRange.HashSizeInBytes)) return false;
        return Climb(index, size, leafHash.ToArray(), path, path.Count).AsSpan().SequenceEqual(root);
    }

    /// <summary>Verifies that a tree begins with all of a smaller one.</summary>
    /// <param name="oldSize">The number of the smaller one's leaves, from 1.</param>
    /// <param name="oldRoot">Its root.</param>
    /// <param name="newSize">The number of the larger one's leaves.</param>
    /// <param name="newRoot">Its root.</param>
    /// <param name="path">The proof.</param>
    public static bool VerifyConsistency(
        long oldSize, ReadOnlySpan<byte> oldRoot, long newSize, ReadOnlySpan<byte> newRoot, IReadOnlyList<ReadOnlyMemory<byte>> path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (oldSize < 1 || oldSize > newSize || path.Count != ConsistencyRanges(oldSize, newSize).Count) return false;
        if (path.Any(static node => node.Length != MerkleRange.HashSizeInBytes)) return false;
        var (old, grown) = Grow(oldSize, newSize, oldRoot.ToArray(), path, path.Count, isWhole: true);
        return old.AsSpan().SequenceEqual(oldRoot) && grown.AsSpan().SequenceEqual(newRoot);
    }

    /// <summary>The subtrees whose roots prove that a leaf is in a tree, as ranges of leaves, in the proof's order.</summary>
    // spec: RFC 6962 §2.1.1 "PATH(m, D[n]) = PATH(m, D[0:k]) : MTH(D[k:n]) for m < k"
    internal static List<(long From, long To)> InclusionRanges(long index, long size)
    {
        var ranges = new List<(long From, long To)>();
        var (from, to) = (0L, size);
        while (to - from > 1)
        {
            var middle = from + Split(to - from);
            ranges.Add(index < middle ? (middle, to) : (from, middle));
            (from, to) = index < middle ? (from, middle) : (middle, to);
        }

        ranges.Reverse();
        return ranges;
    }

    /// <summary>The subtrees whose roots prove that a tree begins with a smaller one, as ranges of leaves, in the proof's order.</summary>
    // spec: RFC 6962 §2.1.2 "PROOF(m, D[n]) = SUBPROOF(m, D[n], true)"
    internal static List<(long From, long To)> ConsistencyRanges(long oldSize, long newSize)
    {
        var ranges = new List<(long From, long To)>();
        var (from, to, isWhole) = (0L, newSize, true);
        while (oldSize != to)
        {
            var middle = from + Split(to - from);
            ranges.Add(oldSize <= middle ? (middle, to) : (from, middle));
            isWhole &= oldSize <= middle;
            (from, to) = oldSize <= middle ? (from, middle) : (middle, to);
        }

        if (!isWhole) ranges.Add((from, to));
        ranges.Reverse();
        return ranges;
    }

    private static byte[] Climb(long index, long size, byte[] leafHash, IReadOnlyList<ReadOnlyMemory<byte>> path, int count)
    {
        if (size == 1) return leafHash;
        var k = Split(size);
        return index < k
            ? Node(Climb(index, k, leafHash, path, count - 1), path[count - 1].Span)
            : Node(path[count - 1].Span, Climb(index - k, size - k, leafHash, path, count - 1));
    }

    // The roots of the smaller and of the larger tree, as the proof gives them.
    private static (byte[] Old, byte[] Grown) Grow(
        long oldSize, long newSize, byte[] oldRoot, IReadOnlyList<ReadOnlyMemory<byte>> path, int count, bool isWhole)
    {
        if (oldSize == newSize) return isWhole ? (oldRoot, oldRoot) : (path[0].ToArray(), path[0].ToArray());
        var k = Split(newSize);
        var beside = path[count - 1].Span;
        if (oldSize <= k)
        {
            var (left, leftGrown) = Grow(oldSize, k, oldRoot, path, count - 1, isWhole);
            return (left, Node(leftGrown, beside));
        }

        var (right, rightGrown) = Grow(oldSize - k, newSize - k, oldRoot, path, count - 1, isWhole: false);
        return (Node(beside, right), Node(beside, rightGrown));
    }

    // The largest power of two below n.
    private static long Split(long n) => 1L << BitOperations.Log2((ulong)(n - 1));

    private static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => SHA256.HashData([NodePrefix, .. left, .. right]);
}
