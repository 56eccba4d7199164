using Keyreeve.Core.Audit;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations;

/// <summary>
/// The audit records of a batch that is staged: gathered, and appended to the trail once it is known what became of the batch.
/// </summary>
internal sealed class StagedAudit(IAuditLog trail) : IAuditLog
{
    private readonly List<AuditEvent> _events = [];
    private AuditTicket? _last;

    public AuditOrigin? Origin => trail.Origin;

    public bool IsAvailable => trail.IsAvailable;

    public AuditTicket Append(AuditEvent auditEvent)
    {
        _events.Add(auditEvent);
        return new AuditTicket(_events.Count);
    }

    // Operations append what they commit through the batch; nothing else has a pending record.
    public AuditTicket Append(PendingAudit pending) => trail.Append(pending);

    public void CountUnrecorded() => trail.CountUnrecorded();

    // While the batch runs nothing leaves, so nothing waits; afterwards everything waits for the last of its records.
    public ValueTask WhenDurableAsync(AuditTicket ticket, CancellationToken cancellationToken) =>
        _last is { } last ? trail.WhenDurableAsync(last, cancellationToken) : ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The records, to be committed with the changes.</summary>
    public List<PendingAudit> Encode() => _events.ConvertAll(static e => new PendingAudit(e.Id, AuditJson.Encode(e)));

    /// <summary>The changes are committed together with these records.</summary>
    public void AppendCommitted(List<PendingAudit> records)
    {
        foreach (var record in records) _last = trail.Append(record);
    }

    /// <summary>Nothing was changed: the records are appended as they are.</summary>
    public void AppendAll()
    {
        foreach (var auditEvent in _events) _last = trail.Append(auditEvent);
    }

    /// <summary>The batch was undone: what had succeeded did not happen.</summary>
    public ValueTask AppendUndoneAsync(CancellationToken cancellationToken)
    {
        foreach (var done in _events.Where(static e => e.Result == AuditResult.Success))
        {
            done.Result = AuditResult.Failed;
            done.Reason = KeyreeveError.Undone;
        }

        AppendAll();
        return _last is { } last ? trail.WhenDurableAsync(last, cancellationToken) : ValueTask.CompletedTask;
    }
}
