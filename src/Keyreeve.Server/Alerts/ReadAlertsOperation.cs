using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Server.Alerts;

/// <summary>Asks for the alerts of late.</summary>
internal sealed record ReadAlertsRequest
{
    /// <summary>From this time on; null for all that are kept.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>At least so urgent.</summary>
    public AlertSeverity Least { get; init; } = AlertSeverity.Notice;
}

/// <summary>Lists the alerts of late: those of the caller's tenant, and those of the server to who belongs to the first.</summary>
/// <param name="book">Where they stand; null if nothing is watched.</param>
internal sealed class ReadAlertsOperation(Func<AlertBook?> book) : Operation<ReadAlertsRequest, IReadOnlyList<Alert>>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReadAlerts;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected override ValueTask<OperationTarget> ResolveAsync(OperationScope scope, ReadAlertsRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected override ValueTask<IReadOnlyList<Alert>> ExecuteAsync(
        OperationScope scope, OperationTarget target, ReadAlertsRequest request, CancellationToken cancellationToken)
    {
        var tenant = scope.Tenant;
        ImmutableArray<Alert> all = book()?.List() ?? [];
        ImmutableArray<Alert> seen =
        [
            .. all.Where(alert => alert.Tenant == tenant.Value || (alert.Tenant == 0 && tenant == TenantId.Default))
                .Where(alert => alert.Severity >= request.Least && (request.From is null || alert.Last >= request.From)),
        ];
        scope.Audit.Count = seen.Length;
        return ValueTask.FromResult<IReadOnlyList<Alert>>(seen);
    }
}
