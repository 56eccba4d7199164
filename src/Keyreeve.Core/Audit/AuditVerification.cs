namespace Keyreeve.Core.Audit;

/// <summary>What is wrong with a trail.</summary>
public enum AuditFault
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A line is not a canonical record: it was changed.</summary>
    MalformedRecord,

    /// <summary>A record is not the one that the next names: it was changed.</summary>
    ChangedRecord,

    /// <summary>Records are missing.</summary>
    MissingRecords,

    /// <summary>A record stands where another should: inserted, repeated or moved.</summary>
    MisplacedRecord,

    /// <summary>The chain fits together but is not what was signed for: it was written anew.</summary>
    RewrittenTrail,

    /// <summary>There are fewer records than were signed for.</summary>
    TruncatedTrail,

    /// <summary>A checkpoint is malformed, of another trail, or its signature is wrong.</summary>
    InvalidCheckpoint,

    /// <summary>There are records, but no checkpoint.</summary>
    NoCheckpoint,
}

/// <summary>The first fault and its place.</summary>
/// <param name="Fault">What.</param>
/// <param name="Sequence">The record's sequence number, or the first that is concerned.</param>
/// <param name="Segment">The file, or the checkpoints' file.</param>
/// <param name="Offset">Where in the file, in bytes.</param>
/// <param name="Explanation">In words.</param>
public sealed record AuditFinding(AuditFault Fault, long Sequence, string Segment, long Offset, string Explanation);

/// <summary>What a verification found.</summary>
public sealed record AuditVerification
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsIntact => Finding is null;

    /// <summary>The first fault, if there is one; what lies after it was not looked at.</summary>
    public AuditFinding? Finding { get; init; }

    /// <summary>The number of records that are sound, from the trail's first; those before the point from which was verified are counted.</summary>
    public required long Records { get; init; }

    /// <summary>How many of these, the first, were not looked at: what came before the point from which was verified, or was removed from the trail by right.</summary>
    public long RemovedRecords { get; init; }

    /// <summary>Of these, how many a checkpoint signs for. None of them was changed, removed or added.</summary>
    public required long SignedRecords { get; init; }

    /// <summary>
    /// Records after the last checkpoint. They fit the chain, but somebody who can write the files could have cut off,
    /// or made up, the trail from here on; a later checkpoint would show it.
    /// </summary>
    public long UnsignedRecords => Records - SignedRecords;

    /// <summary>The number of checkpoints that were checked.</summary>
    public required int Checkpoints { get; init; }

    /// <summary>Lines of a segment in which writing failed, that the next segment has again. Never acknowledged; not an error.</summary>
    public long SupersededLines { get; init; }

    /// <summary>Bytes of an unfinished line at the very end: being written, or left by a crash. Never acknowledged; not an error.</summary>
    public long UnfinishedBytes { get; init; }

    /// <summary>
    /// Whether the public key came from the trail's own directory. Then the trail is only shown to agree with itself:
    /// to be sure, compare the key with one that was noted elsewhere.
    /// </summary>
    public required bool IsKeyFromTrail { get; init; }

    /// <summary>The public key.</summary>
    public required AuditVerifierKey Key { get; init; }

    /// <summary>Where a later verification can go on.</summary>
    public required AuditPosition End { get; init; }
}
