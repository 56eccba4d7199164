using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations.Policies;

/// <summary>Asks for the tenant's policy.</summary>
public sealed record ReadPolicyRequest;

/// <summary>Gives the tenant's whole policy, what enrolment gave included.</summary>
public sealed class ReadPolicyOperation(PrincipalDirectory directory) : Operation<ReadPolicyRequest, WholePolicy>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReadPolicy;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ReadPolicyRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(default(OperationTarget));

    /// <inheritdoc/>
    protected internal override ValueTask<WholePolicy> ExecuteAsync(
        OperationScope scope, OperationTarget target, ReadPolicyRequest request, CancellationToken cancellationToken)
    {
        var whole = WholePolicy.Of(scope.Engine.Access.Of(scope.Tenant).Policy, directory.List(scope.Tenant));
        scope.Audit.Count = whole.Policy.Bindings.Length;
        return ValueTask.FromResult(whole);
    }
}
