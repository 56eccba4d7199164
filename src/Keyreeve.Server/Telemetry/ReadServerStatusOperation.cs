using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Alerts;
using Keyreeve.Server.Forwarding;
using Keyreeve.Server.Hosting;

namespace Keyreeve.Server.Telemetry;

/// <summary>Asks how those who follow the trail stand.</summary>
internal sealed record ReadServerStatusRequest;

/// <summary>How those who follow the trail stand.</summary>
internal sealed record ServerStatusNow(bool IsAuditAvailable, long AuditRecords, long IndexLag, long? AlertLag, IReadOnlyList<SinkStatus> Sinks, IReadOnlyList<string> FileFaults);

/// <summary>Tells how those who follow the trail stand: addresses stand in it, so it takes a role.</summary>
internal sealed class ReadServerStatusOperation(ServerFoundation foundation, Func<IReadOnlyList<SinkStatus>> sinks, Func<AlertService?> alerts)
    : Operation<ReadServerStatusRequest, ServerStatusNow>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReadServerStatus;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected override ValueTask<OperationTarget> ResolveAsync(OperationScope scope, ReadServerStatusRequest request, CancellationToken cancellationToken) =>
        scope.Tenant == TenantId.Default
            ? ValueTask.FromResult(default(OperationTarget))
            // Counts of all tenants, and the names of the server's files and sinks.
            : throw new KeyreeveException(KeyreeveError.PermissionDenied, "How the server stands is not a tenant's.");

    /// <inheritdoc/>
    protected override ValueTask<ServerStatusNow> ExecuteAsync(OperationScope scope, OperationTarget target, ReadServerStatusRequest request, CancellationToken cancellationToken)
    {
        var trail = foundation.Trail;
        return ValueTask.FromResult(new ServerStatusNow(
            trail.IsAvailable, trail.Size, Math.Max(0, trail.Size - foundation.AuditIndexer.Count), alerts()?.Lag, sinks(), foundation.Identity.FileFaults));
    }
}
