using Keyreeve.Core.Audit;
using Keyreeve.Core.Storage;

namespace Keyreeve.Benchmarks;

/// <summary>An audit trail that keeps nothing, to measure what one costs. No product has it.</summary>
internal sealed class NoAudit : IAuditLog
{
    public bool IsAvailable => true;

    public AuditOrigin? Origin => null;

    public AuditTicket Append(AuditEvent auditEvent) => default;

    public AuditTicket Append(PendingAudit pending) => default;

    public void CountUnrecorded()
    {
    }

    public ValueTask WhenDurableAsync(AuditTicket ticket, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
