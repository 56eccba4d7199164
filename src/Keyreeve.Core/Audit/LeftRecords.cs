using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Audit;

/// <summary>What a process that was killed left on its way into the trail.</summary>
/// <param name="Spool">Where it was found; null if there is no such memory.</param>
/// <param name="Records">The records that the trail lacks, in order.</param>
/// <param name="Recorded">Which of those that the store holds need not be appended: the trail has them, or has them with these.</param>
internal sealed record LeftRecords(AuditSpool? Spool, IReadOnlyList<byte[]> Records, HashSet<UniqueIdentifier> Recorded)
{
    /// <summary>How the last run ended; null: as it should.</summary>
    public UncleanEnd? LastEnd { get; init; }

    /// <summary>Compares what is in the spool and in the store with the end of the trail.</summary>
    public static LeftRecords Of(string trail, AuditSpool? spool, IReadOnlyList<PendingAudit> pending)
    {
        var left = new List<(UniqueIdentifier Id, byte[] Record)>();
        foreach (var record in spool?.Left ?? [])
        {
            if (AuditTail.TryFindId(record, out var id)) left.Add((id, record));
        }

        var recorded = AuditTail.FindRecorded(trail, left.Select(static l => l.Id).Concat(pending.Select(static p => p.Id)).ToHashSet());
        var missing = left.Where(l => recorded.Add(l.Id)).Select(static l => l.Record).ToList();
        return new LeftRecords(spool, missing, recorded);
    }
}
