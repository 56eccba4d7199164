using System.Collections.Immutable;
using System.Security.Cryptography;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Audit;

/// <summary>
/// The hash tree of RFC 6962 over all records so far, kept as the roots of its perfect subtrees: a few hundred bytes,
/// whatever the number of records. Not thread safe.
/// </summary>
public sealed class MerkleRange
{
    /// <summary>Length of a hash, in bytes.</summary>
    public const int HashSizeInBytes = 32;

    /// <summary>Before a leaf's bytes when it is hashed.</summary>
    internal const byte LeafPrefix = 0;

    private const byte NodePrefix = 1;

    // One subtree for each bit of the size, the largest first.
    private readonly byte[] _roots = new byte[64 * HashSizeInBytes];
    private int _count;

    /// <summary>The number of leaves.</summary>
    public long Size { get; private set; }

    /// <summary>The subtrees' roots, the largest first: with <see cref="Size"/>, all that is needed to go on.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Roots =>
        [.. Enumerable.Range(0, _count).Select(i => (ReadOnlyMemory<byte>)_roots.AsSpan(i * HashSizeInBytes, HashSizeInBytes).ToArray())];

    /// <summary>Goes on from a size and its subtrees' roots.</summary>
    /// <exception cref="ArgumentException">The number of roots does not fit the size.</exception>
    public static MerkleRange Restore(long size, IReadOnlyList<ReadOnlyMemory<byte>> roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        if (roots.Count != long.PopCount(size) || roots.Any(r => r.Length != HashSizeInBytes))
            throw new ArgumentException("A tree has one root for each bit of its size.", nameof(roots));

        var range = new MerkleRange { Size = size, _count = roots.Count };
        for (var i = 0; i < roots.Count; i++) roots[i].Span.CopyTo(range._roots.AsSpan(i * HashSizeInBytes));
        return range;
    }

    /// <summary>Hashes a leaf.</summary>
    // spec: RFC 6962 §2.1 "MTH({d(0)}) = SHA-256(0x00 || d(0))"
    public static void HashLeaf(ReadOnlySpan<byte> leaf, Span<byte> hash)
    {
        var prefixed = leaf.Length < 2048 ? stackalloc byte[leaf.Length + 1] : new byte[leaf.Length + 1];
        prefixed[0] = LeafPrefix;
        leaf.CopyTo(prefixed[1..]);
        StreamingDigest.Compute(DigestAlgorithm.Sha256, prefixed, hash[..HashSizeInBytes]);
    }

    /// <summary>Adds a leaf by its hash.</summary>
    // spec: RFC 6962 §2.1 "MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n]))"
    public void Append(ReadOnlySpan<byte> leafHash)
    {
        Span<byte> node = stackalloc byte[1 + (2 * HashSizeInBytes)];
        node[0] = NodePrefix;
        var right = node[(1 + HashSizeInBytes)..];
        leafHash.CopyTo(right);
        for (var bits = Size; (bits & 1) != 0; bits >>= 1)
        {
            _count--;
            Root(_count).CopyTo(node[1..]);
            StreamingDigest.Compute(DigestAlgorithm.Sha256, node, right);
        }

        right.CopyTo(Root(_count));
        _count++;
        Size++;
    }

    /// <summary>Computes the root of the whole tree, <see cref="HashSizeInBytes"/> bytes.</summary>
    public byte[] ComputeRoot()
    {
        if (_count == 0) return SHA256.HashData([]);
        Span<byte> node = stackalloc byte[1 + (2 * HashSizeInBytes)];
        node[0] = NodePrefix;
        var right = node[(1 + HashSizeInBytes)..];
        Root(_count - 1).CopyTo(right);
        for (var i = _count - 2; i >= 0; i--)
        {
            Root(i).CopyTo(node[1..]);
            StreamingDigest.Compute(DigestAlgorithm.Sha256, node, right);
        }

        return right.ToArray();
    }

    internal void CopyFrom(MerkleRange other)
    {
        other._roots.AsSpan(0, other._count * HashSizeInBytes).CopyTo(_roots);
        _count = other._count;
        Size = other.Size;
    }

    private Span<byte> Root(int index) => _roots.AsSpan(index * HashSizeInBytes, HashSizeInBytes);
}
