using System.Globalization;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Sealing;

namespace Keyreeve.Core.Operations.Evidence;

/// <summary>Asks that the oldest records leave the trail.</summary>
/// <param name="Archived">Where a verification of their archive ended: it can be known only by who has read all of them.</param>
/// <param name="Before">Only records older than this.</param>
public sealed record PruneAuditRequest(AuditPosition Archived, DateTimeOffset Before);

/// <summary>What left the trail.</summary>
/// <param name="Position">Where it ended: what stays is verified from here.</param>
public sealed record PrunedAudit(AuditPosition Position);

/// <summary>
/// Removes the oldest segments of the trail, whole ones, that somebody has archived and every sink has passed on. The record of it is
/// in the trail before they go, and whoever verifies what stays demands it.
/// </summary>
/// <param name="trail">The trail.</param>
/// <param name="passed">How many records all who follow the trail have passed.</param>
public sealed class PruneAuditOperation(AuditChain trail, Func<long> passed) : SealOperation<PruneAuditRequest, PrunedAudit>, IGuarded<PruneAuditRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.PruneAudit;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, PruneAuditRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Before > scope.Now) throw new KeyreeveException(KeyreeveError.InvalidField, "'before' is a time in the past: until then records are removed.");
        return new GuardedAct
        {
            Kind = ApprovalKind.AuditRetention,
            Summary = $"remove from the trail what is older than {TextOf(request.Before)}, whose archive ends with record {request.Archived.Size}",
            Describe = digest =>
            {
                digest.Add(request.Archived.ToString());
                digest.Add(request.Before.UtcTicks);
            },
        };
    }

    /// <inheritdoc/>
    protected internal override async ValueTask<PrunedAudit> ExecuteAsync(
        OperationScope scope, OperationTarget target, PruneAuditRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(request);
        var removal = await Task.Run(() => trail.PrepareRemoval(request.Archived, request.Before, passed(), cancellationToken), cancellationToken);
        scope.MakeOnceRecorded(removal);
        scope.Audit.Detail = $"{removal.Description}older than {TextOf(request.Before)}, archived up to record {request.Archived.Size}; position {removal.Position}";
        return new PrunedAudit(removal.Position);
    }

    private static string TextOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
