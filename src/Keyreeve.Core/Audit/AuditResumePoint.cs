using System.Globalization;
using System.Text;

namespace Keyreeve.Core.Audit;

/// <summary>
/// A state of the chain that a checkpoint was signed for, and where its last line ends. Kept in a file of its own so that a
/// start reads only the lines since; without the file, or with one that does not fit its signature, a start reads them all.
/// </summary>
internal sealed record AuditResumePoint(ChainState State, int Segment, long Offset)
{
    public const string FileName = "state";

    private const string Header = "keyreeve-audit-state 1";

    // header, segment, offset, last line's hash, one line for each subtree's root, an empty line, the signed checkpoint
    public string ToText(string note)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Header}\n{Segment}\n{Offset}\n{Convert.ToHexStringLower(State.LastHash)}\n");
        foreach (var root in State.Tree.Roots) text.Append(Convert.ToHexStringLower(root.Span)).Append('\n');
        return text.Append('\n').Append(note).ToString();
    }

    /// <summary>Reads it; null unless everything in it is what the checkpoint signs for.</summary>
    public static AuditResumePoint? Parse(string text, AuditVerifierKey key)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || AuditCheckpoint.Open(text[(end + 2)..], key) is not { } checkpoint) return null;
        var lines = text[..end].Split('\n');
        if (lines.Length < 4 || !string.Equals(lines[0], Header, StringComparison.Ordinal)) return null;
        if (!int.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var segment)) return null;
        if (!long.TryParse(lines[2], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)) return null;

        var hashes = lines.Skip(3).Select(ParseHash).ToArray();
        if (hashes.Any(hash => hash.IsEmpty) || hashes.Length - 1 != long.PopCount(checkpoint.Size)) return null;
        var tree = MerkleRange.Restore(checkpoint.Size, hashes[1..]);
        return tree.ComputeRoot().AsSpan().SequenceEqual(checkpoint.Root.Span)
            ? new AuditResumePoint(ChainState.Restore(tree, hashes[0].Span), segment, offset)
            : null;
    }

    private static ReadOnlyMemory<byte> ParseHash(string text)
    {
        var hash = new byte[MerkleRange.HashSizeInBytes];
        return text.Length == 2 * hash.Length && Convert.FromHexString(text, hash, out _, out _) == System.Buffers.OperationStatus.Done ? hash : default(ReadOnlyMemory<byte>);
    }
}
