using System.Text;

namespace Keyreeve.Core.Audit;

/// <summary>Makes proofs from a trail, in one pass over it and in bounded memory; needs no server and no secret.</summary>
public static class AuditProver
{
    /// <summary>Proves that a record is among those that a checkpoint signs for.</summary>
    /// <param name="directory">The trail's directory; may be a copy.</param>
    /// <param name="serial">The record's serial number.</param>
    /// <param name="checkpoint">The signed note; null: the trail's latest.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">There is no such record or checkpoint, or the trail is not sound; the message says which.</exception>
    public static AuditProof ProveRecord(string directory, long serial, string? checkpoint, CancellationToken cancellationToken)
    {
        var (note, head) = Open(directory, checkpoint ?? ReadLatest(directory));
        if (serial < 1 || serial > head.Size) throw new InvalidDataException($"The checkpoint signs for records 1 to {head.Size}; there is no record {serial} among them.");
        var (path, line) = Collect(directory, MerkleProof.InclusionRanges(serial - 1, head.Size), head.Size, serial, cancellationToken);
        return Checked(new AuditProof(note, line, null, path), directory);
    }

    /// <summary>Proves that a checkpoint's trail begins with all of an earlier one's.</summary>
    /// <param name="directory">The trail's directory; may be a copy.</param>
    /// <param name="earlier">The earlier signed note, kept elsewhere.</param>
    /// <param name="checkpoint">The later one; null: the trail's latest.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">They are not of this trail, or it does not grow from one to the other.</exception>
    public static AuditProof ProveGrowth(string directory, string earlier, string? checkpoint, CancellationToken cancellationToken)
    {
        var (note, head) = Open(directory, checkpoint ?? ReadLatest(directory));
        var (earlierNote, before) = Open(directory, earlier);
        if (before.Size < 1 || before.Size > head.Size)
            throw new InvalidDataException($"The earlier checkpoint signs for {before.Size} records, the later one for {head.Size}: there is nothing that grew.");
        var (path, _) = Collect(directory, MerkleProof.ConsistencyRanges(before.Size, head.Size), head.Size, 0, cancellationToken);
        return Checked(new AuditProof(note, null, earlierNote, path), directory);
    }

    private static string ReadLatest(string directory)
    {
        var path = Path.Combine(directory, AuditCheckpoint.FileName);
        return File.Exists(path) ? File.ReadAllText(path) : throw new InvalidDataException($"There is no checkpoint at '{path}'.");
    }

    private static (string Note, AuditCheckpoint Checkpoint) Open(string directory, string note) =>
        AuditCheckpoint.Open(note, AuditVerifier.ReadKey(directory)) is { } opened
            ? (note, opened)
            : throw new InvalidDataException("A checkpoint is malformed, of another trail, or not signed by the trail's key.");

    // A proof that does not prove is not handed out: the trail is not the one that was signed for.
    private static AuditProof Checked(AuditProof proof, string directory) =>
        proof.FindFault(AuditVerifier.ReadKey(directory)) is { } fault ? throw new InvalidDataException($"The trail proves nothing: {fault}.") : proof;

    private static ((long From, long To) Range, MerkleRange Tree)[] TreesFor(List<(long From, long To)> ranges) =>
        [.. ranges.Select(static range => (range, new MerkleRange())).OrderBy(static entry => entry.range.From)];

    private static (System.Collections.Immutable.ImmutableArray<ReadOnlyMemory<byte>> Path, string? Line) Collect(
        string directory, List<(long From, long To)> ranges, long size, long serial, CancellationToken cancellationToken)
    {
        var trees = TreesFor(ranges);
        var leaf = new byte[MerkleRange.HashSizeInBytes];
        string? line = null;
        var read = 0L;
        var current = 0;
        using var reader = new AuditTrailReader(directory);
        while (read < size && reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!reader.IsLineComplete || !AuditLine.TryParse(reader.Line, out var parsed) || parsed.Sequence != read + 1)
            {
                throw new InvalidDataException(
                    AuditBeginning.Read(directory) is { } begin && read == 0
                        ? $"Records 1 to {begin.Size} were removed from this trail, and a proof is made from all: put their archive's segments into a copy of it, and give that."
                        : $"Record {read + 1} is missing or changed; see: keyreeve audit verify");
            }


            reader.LastSequence = parsed.Sequence;
            while (current < trees.Length && trees[current].Range.To <= read) current++;
            if (current < trees.Length && trees[current].Range.From <= read)
            {
                MerkleRange.HashLeaf(reader.Line, leaf);
                trees[current].Tree.Append(leaf);
            }

            if (++read == serial) line = Encoding.UTF8.GetString(reader.Line);
        }

        if (read < size) throw new InvalidDataException($"{size} records were signed for, but only {read} are there.");
        return ([.. ranges.Select(range => (ReadOnlyMemory<byte>)trees.First(t => t.Range == range).Tree.ComputeRoot())], line);
    }
}
