using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Approvals;

/// <summary>Asks for a change of a request for approval.</summary>
/// <param name="Id">Which request.</param>
public sealed record ApprovalDecisionRequest(UniqueIdentifier Id);

/// <summary>A change of a request for approval: decided on where the request is about.</summary>
public abstract class ApprovalDecision : Operation<ApprovalDecisionRequest, ApprovalRequest>
{
    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    public override bool TakesArchived => true;

    /// <inheritdoc/>
    public override bool RunsWhileSuspended => true;

    /// <summary>The request after the change.</summary>
    /// <exception cref="KeyreeveException">It is not made; the message says why.</exception>
    protected abstract ApprovalRequest Decide(OperationScope scope, ApprovalRequest found);

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ApprovalDecisionRequest request, CancellationToken cancellationToken)
    {
        var found = await RequireAsync(scope, request.Id, cancellationToken);
        var target = new OperationTarget(found.Group, found.ObjectId is { } id ? await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken) : null);
        RequireHisBusiness(scope, found, target);
        return target;
    }

    /// <inheritdoc/>
    protected internal override async ValueTask<ApprovalRequest> ExecuteAsync(
        OperationScope scope, OperationTarget target, ApprovalDecisionRequest request, CancellationToken cancellationToken)
    {
        var found = await RequireAsync(scope, request.Id, cancellationToken);
        scope.Audit.Detail = $"{found.Id}, {ApprovalKinds.WordOf(found.Kind)} of {found.Requester}: {found.Summary}";
        if (!found.IsOpenAt(scope.Now))
            throw new KeyreeveException(KeyreeveError.Conflict, $"The request is {found.StateAt(scope.Now)} already; nothing about it changes any more.");
        var changed = Decide(scope, found);
        scope.Engine.Approvals.Change(scope, changed);
        return TwoPersonRule.AsItStands(scope, changed);
    }

    // To whom a request is none of his business it is not there; that he tried is in the trail.
    private void RequireHisBusiness(OperationScope scope, ApprovalRequest found, OperationTarget target)
    {
        var decision = scope.Decide(Name, target);
        if (decision.IsAllowed || found.IsBy(scope.Call.Principal) || TwoPersonRule.MayApprove(scope, found).IsAllowed) return;
        (scope.Audit.Decision, scope.Audit.Result, scope.Audit.DecidingRule) = (AuditDecision.Denied, AuditResult.Denied, decision.Rule);
        scope.Audit.Group = found.Group?.Value;
        scope.Audit.Detail = found.Id.ToString();
        throw KeyreeveException.NotFound();
    }

    private static async ValueTask<ApprovalRequest> RequireAsync(OperationScope scope, UniqueIdentifier id, CancellationToken cancellationToken) =>
        await scope.Engine.Approvals.FindAsync(scope, id, cancellationToken) ?? throw KeyreeveException.NotFound();
}
