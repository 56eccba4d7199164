using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Audit;

/// <summary>What the trail tells of itself: an event of the server's own.</summary>
internal static class AuditNotice
{
    public static AuditEvent New(AuditChainOptions options, string detail, AuditResult result)
    {
        var now = options.Time.GetUtcNow();
        return new AuditEvent
        {
            Id = UniqueIdentifier.New(now),
            Time = now,
            Tenant = TenantId.Default,
            Principal = "server",
            Operation = nameof(Operations.OperationName.AuditGap),
            Protocol = Protocol.Internal,
            Origin = options.Origin,
            CorrelationId = "audit",
            Result = result,
            Reason = result == AuditResult.Success ? KeyreeveError.None : KeyreeveError.AuditUnavailable,
            Detail = detail,
        };
    }
}
