using System.Net;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Server.Hosting;

/// <summary>The server's own events in the audit trail: that it started, and that it stopped.</summary>
internal static class ServerEvents
{
    /// <summary>How the trail names the server.</summary>
    public const string PrincipalName = "server";

    public static ValueTask StartedAsync(Engine engine, string version, IEnumerable<IPEndPoint> doors) =>
        RecordAsync(engine, OperationName.ServerStart, $"Keyreeve {version}, process {Environment.ProcessId}, on {string.Join(", ", doors)}");

    public static ValueTask StoppedAsync(Engine engine) => RecordAsync(engine, OperationName.ServerStop, $"process {Environment.ProcessId}");

    private static async ValueTask RecordAsync(Engine engine, OperationName operation, string detail)
    {
        var now = engine.Time.GetUtcNow();
        var ticket = engine.Audit.Append(new AuditEvent
        {
            Id = UniqueIdentifier.New(now),
            Time = now,
            Tenant = TenantId.Default,
            Principal = PrincipalName,
            Operation = operation.ToString(),
            Protocol = Protocol.Internal,
            CorrelationId = Guid.NewGuid().ToString("N"),
            Result = AuditResult.Success,
            Detail = detail,
        });
        await engine.Audit.WhenDurableAsync(ticket, CancellationToken.None);
    }
}
