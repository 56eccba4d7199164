using Keyreeve.Core.Access.Approvals;

namespace Keyreeve.Core.Operations.Approvals;

/// <summary>Refuses what another wants to do, for good: he would have to ask anew.</summary>
public sealed class RejectApprovalOperation : ApprovalDecision
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.RejectApproval;

    /// <inheritdoc/>
    protected override ApprovalRequest Decide(OperationScope scope, ApprovalRequest found)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(found);
        return found with { Ended = ApprovalState.Rejected, EndedBy = scope.Call.Principal.Name, EndedAt = scope.Now };
    }
}
