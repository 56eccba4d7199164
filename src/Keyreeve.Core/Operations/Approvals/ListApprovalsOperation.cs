using System.Collections.Immutable;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Approvals;

/// <summary>Asks for requests for approval.</summary>
/// <param name="Id">Which one; null for all.</param>
/// <param name="OpenOnly">Whether those that have ended are left out.</param>
public sealed record ListApprovalsRequest(UniqueIdentifier? Id, bool OpenOnly);

/// <summary>Lists the requests for approval that are the caller's own or that the caller may approve or reject; others are not there.</summary>
public sealed class ListApprovalsOperation : Operation<ListApprovalsRequest, ImmutableArray<ApprovalRequest>>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ListApprovals;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    public override bool RunsWhileSuspended => true;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ListApprovalsRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(default(OperationTarget));

    /// <inheritdoc/>
    protected internal override async ValueTask<ImmutableArray<ApprovalRequest>> ExecuteAsync(
        OperationScope scope, OperationTarget target, ListApprovalsRequest request, CancellationToken cancellationToken)
    {
        ImmutableArray<ApprovalRequest> kept = request.Id is not { } id
            ? await scope.Engine.Approvals.ListAsync(scope, cancellationToken)
            : await scope.Engine.Approvals.FindAsync(scope, id, cancellationToken) is { } one ? [one] : [];
        var principal = scope.Call.Principal;
        kept = [.. kept.Where(r => (!request.OpenOnly || r.IsOpenAt(scope.Now)) && (r.IsBy(principal) || TwoPersonRule.MayApprove(scope, r).IsAllowed))];
        if (request.Id is not null && kept.IsEmpty) throw KeyreeveException.NotFound();
        scope.Audit.Count = kept.Length;
        return [.. kept.Select(r => TwoPersonRule.AsItStands(scope, r))];
    }
}
