using Keyreeve.Core.Access.Approvals;

namespace Keyreeve.Core.Operations.Approvals;

/// <summary>Agrees to what another wants to do. Nobody agrees to his own request, and nobody twice, whichever credential he shows.</summary>
public sealed class ApproveOperation : ApprovalDecision
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Approve;

    /// <inheritdoc/>
    protected override ApprovalRequest Decide(OperationScope scope, ApprovalRequest found)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(found);
        var approver = scope.Call.Principal;
        if (found.IsBy(approver)) throw new KeyreeveException(KeyreeveError.PermissionDenied, "Nobody approves what he has asked for himself; somebody else has to.");
        if (found.HasApproved(approver)) throw new KeyreeveException(KeyreeveError.Conflict, $"{approver.Name} has approved this already, and counts once.");
        if (!TwoPersonRule.Counts(scope, found, approver.Name))
            throw new KeyreeveException(KeyreeveError.PermissionDenied, $"{approver.Name} is none of those whose approval counts here; the policy names them.");
        return found with
        {
            Approvals = found.Approvals.Add(new Approval(
            approver.Name, approver.Fingerprint, scope.Now, scope.Call.SourceAddress, scope.Call.Protocol, scope.Call.Purpose))
        };
    }
}
