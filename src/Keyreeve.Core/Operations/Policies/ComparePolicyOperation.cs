using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations.Policies;

/// <summary>Asks what a policy would change.</summary>
/// <param name="File">The policy.</param>
public sealed record ComparePolicyRequest(PolicyFile File);

/// <summary>Tells what a policy would change, after looking at it as closely as if it were applied.</summary>
public sealed class ComparePolicyOperation(PrincipalDirectory directory) : Operation<ComparePolicyRequest, PolicyOutcome>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReadPolicy;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ComparePolicyRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(default(OperationTarget));

    /// <inheritdoc/>
    protected internal override ValueTask<PolicyOutcome> ExecuteAsync(
        OperationScope scope, OperationTarget target, ComparePolicyRequest request, CancellationToken cancellationToken)
    {
        var outcome = PolicyComparison.Of(scope, directory, request.File).Outcome;
        scope.Audit.Count = outcome.Changes.Length;
        return ValueTask.FromResult(outcome);
    }
}

/// <summary>A policy beside the one in force.</summary>
internal static class PolicyComparison
{
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is not taken; the message tells why.</exception>
    public static (WholePolicy Present, WholePolicy Next, PolicyOutcome Outcome) Of(OperationScope scope, PrincipalDirectory directory, PolicyFile file)
    {
        var present = WholePolicy.Of(scope.Engine.Access.Of(scope.Tenant).Policy, directory.List(scope.Tenant));
        var next = present.With(PolicyReader.Read(file));
        RoleConflicts.Check(next.Policy, scope.Engine.Access.Of(scope.Tenant).Grants.All);
        return (present, next, new PolicyOutcome(present.DifferencesTo(next), next.Warnings(), present.Version, next.Version));
    }
}
