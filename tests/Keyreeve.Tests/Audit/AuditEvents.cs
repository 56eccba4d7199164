using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;

namespace Keyreeve.Tests.Audit;

internal static class AuditEvents
{
    public static readonly DateTimeOffset Time = new DateTimeOffset(2025, 11, 22, 3, 4, 5, TimeSpan.FromHours(2)).AddTicks(1234567);

    public static AuditEvent Smallest() => new()
    {
        Id = UniqueIdentifier.Parse("019aa8a0-0000-7000-8000-000000000001"),
        Time = Time,
        Tenant = TenantId.Default,
        Principal = "app",
        Operation = "Encrypt",
        Protocol = Protocol.Rest,
        CorrelationId = "c-1",
        Result = AuditResult.Success,
    };

    public static AuditEvent With(string text) => new()
    {
        Id = UniqueIdentifier.Parse("019aa8a0-0000-7000-8000-000000000001"),
        Time = Time,
        Tenant = TenantId.Default,
        Principal = text,
        Operation = "Encrypt",
        Protocol = Protocol.Kmip,
        CorrelationId = "c-1",
        Credential = "00ff",
        SourceAddress = "192.0.2.7",
        SourcePort = 50123,
        ObjectId = UniqueIdentifier.Parse("019aa8a0-0000-7000-8000-000000000002"),
        KeyName = text,
        KeyVersion = 3,
        Group = "payments/cards",
        Algorithm = "AES",
        Purpose = text,
        ContextNames = ["table", text],
        ContextValues = ["table=orders", "row=" + text],
        Decision = AuditDecision.Denied,
        RequestId = text,
        Origin = new AuditOrigin("node-1", "kms-1", "192.0.2.1"),
        DecidingRule = "KeyUser@payments",
        Result = AuditResult.Denied,
        Reason = Keyreeve.Core.KeyreeveError.PermissionDenied,
        LatencyInMicroseconds = 87,
        Bytes = 128,
        Count = 2,
        Detail = text,
    };
}
