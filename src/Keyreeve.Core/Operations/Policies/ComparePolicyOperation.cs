using System.Collections.Immutable;
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
/// <param name="Next">All that it says.</param>
/// <param name="Outcome">What it changes.</param>
/// <param name="OwnGain">What the one who asks would gain by it, so that somebody else has to apply it; null if nothing.</param>
internal sealed record PolicyComparison(WholePolicy Next, PolicyOutcome Outcome, string? OwnGain)
{
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is not taken; the message tells why.</exception>
    public static PolicyComparison Of(OperationScope scope, PrincipalDirectory directory, PolicyFile file)
    {
        var present = WholePolicy.Of(scope.Engine.Access.Of(scope.Tenant).Policy, directory.List(scope.Tenant));
        var next = present.With(PolicyReader.Read(file));
        RoleConflicts.Check(next.Policy, scope.Engine.Access.Of(scope.Tenant).Grants.All);
        var changes = present.DifferencesTo(next);
        var author = scope.Call.Principal.Name;
        var enabled = directory.List(scope.Tenant).Select(static p => p.Principal).Where(static p => !p.IsDisabled).Select(static p => p.Name).ToList();
        var keepers = new PolicyKeepers(next.Policy, enabled, scope.Now);
        if (changes.Length > 0) keepers.Require();
        var gain = Access.OwnGain.Find(author, present.Policy, next.Policy);
        ImmutableArray<string> warnings =
        [
            .. next.Warnings(),
            .. keepers.Warnings(author, new PolicyKeepers(present.Policy, enabled, scope.Now)),
            .. gain is null ? (string[])[] : [$"{author} would gain {gain}: another officer has to apply it."],
        ];
        return new PolicyComparison(next, new PolicyOutcome(changes, warnings, present.Version, next.Version), gain);
    }
}
