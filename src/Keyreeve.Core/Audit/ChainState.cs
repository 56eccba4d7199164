using System.Security.Cryptography;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Audit;

/// <summary>How far the chain has come: all that the next line depends on. Not thread safe.</summary>
internal sealed class ChainState
{
    /// <summary>The number of lines; the next one's sequence number is one more.</summary>
    public long Size => Tree.Size;

    /// <summary>SHA-256 of the last line; zeros before the first.</summary>
    public byte[] LastHash { get; } = new byte[SHA256.HashSizeInBytes];

    /// <summary>The hash tree over the lines.</summary>
    public MerkleRange Tree { get; private init; } = new();

    public static ChainState Restore(MerkleRange tree, ReadOnlySpan<byte> lastHash)
    {
        var state = new ChainState { Tree = tree };
        lastHash.CopyTo(state.LastHash);
        return state;
    }

    public void CopyFrom(ChainState other)
    {
        other.LastHash.CopyTo(LastHash.AsSpan());
        Tree.CopyFrom(other.Tree);
    }

    /// <summary>Whether a line is the next one.</summary>
    public bool IsNext(in AuditLine line)
    {
        Span<byte> hexadecimal = stackalloc byte[2 * SHA256.HashSizeInBytes];
        return line.Sequence == Size + 1
            && Convert.TryToHexStringLower(LastHash, hexadecimal, out _)
            && hexadecimal.SequenceEqual(line.PreviousHash);
    }

    /// <summary>
    /// Takes the next line. <paramref name="prefixed"/> is the line without its newline, behind one byte that is written
    /// over while the leaf is hashed, which saves copying every line.
    /// </summary>
    public void Append(Span<byte> prefixed)
    {
        Span<byte> leaf = stackalloc byte[MerkleRange.HashSizeInBytes];
        var before = prefixed[0];
        prefixed[0] = MerkleRange.LeafPrefix;
        StreamingDigest.Compute(DigestAlgorithm.Sha256, prefixed, leaf);
        prefixed[0] = before;
        Tree.Append(leaf);
        StreamingDigest.Compute(DigestAlgorithm.Sha256, prefixed[1..], LastHash);
    }
}
