using Keyreeve.Core.Access.Approvals;

namespace Keyreeve.Core.Operations.Approvals;

/// <summary>Takes back one's own request. To anybody else it is not there: who may approve it refuses it instead.</summary>
public sealed class WithdrawApprovalOperation : ApprovalDecision
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.WithdrawApproval;

    /// <inheritdoc/>
    protected override ApprovalRequest Decide(OperationScope scope, ApprovalRequest found)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(found);
        if (found.IsBy(scope.Call.Principal)) return found with { Ended = ApprovalState.Withdrawn, EndedBy = scope.Call.Principal.Name, EndedAt = scope.Now };
        throw TwoPersonRule.MayApprove(scope, found).IsAllowed
            ? new KeyreeveException(KeyreeveError.PermissionDenied, "Only who asked withdraws a request; you can reject it.")
            : KeyreeveException.NotFound();
    }
}
