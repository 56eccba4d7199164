using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Audit;

/// <summary>
/// The audit trail: an append-only chain. What gives out or changes something is not answered before
/// <see cref="WhenDurableAsync"/> has completed for its record; what the configuration has answered early waits for that only where the
/// record is not kept otherwise (<see cref="AuditTicket.IsKept"/>). Thread safe.
/// </summary>
public interface IAuditLog : IAsyncDisposable
{
    /// <summary>
    /// Whether records can be written: healthy, and with space in reserve. Asked before a change is made, so that a
    /// change is refused rather than made without its record.
    /// </summary>
    bool IsAvailable { get; }

    /// <summary>What records say of the server they come from; null: nothing.</summary>
    AuditOrigin? Origin { get; }

    /// <summary>Encodes and queues a record. Its origin is this trail's, if it states none.</summary>
    /// <returns>What to wait for; larger is later.</returns>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuditUnavailable"/>.</exception>
    AuditTicket Append(AuditEvent auditEvent);

    /// <summary>Queues a record that was committed with its changes.</summary>
    /// <returns>What to wait for.</returns>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuditUnavailable"/>.</exception>
    AuditTicket Append(PendingAudit pending);

    /// <summary>An answer was given though its record could not even be queued; the trail says so once it can.</summary>
    void CountUnrecorded();

    /// <summary>Completes when that record and all before it are on disk. Many waiters share one flush.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuditUnavailable"/>: it cannot be written.</exception>
    ValueTask WhenDurableAsync(AuditTicket ticket, CancellationToken cancellationToken);
}

/// <summary>A record's place among those that were queued since the trail was opened.</summary>
/// <param name="Sequence">Counts from 1; larger is later. Not the chain's own number, which a record gets when it is written.</param>
/// <param name="IsKept">Whether the record is safe from the end of the process already (<see cref="AuditSpool"/>), though not yet from
/// that of the machine.</param>
public readonly record struct AuditTicket(long Sequence, bool IsKept = false);
