using System.Collections.Immutable;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Approvals;

namespace Keyreeve.Core.Operations.Policies;

/// <summary>Asks that a policy take the place of the tenant's.</summary>
/// <param name="File">The policy.</param>
/// <param name="ExpectedVersion">The version that it is to take the place of; null: whatever there is.</param>
public sealed record ChangePolicyRequest(PolicyFile File, string? ExpectedVersion);

/// <summary>What a policy changes, or has changed.</summary>
/// <param name="Changes">What is gone and what is new; none if it says the same.</param>
/// <param name="Warnings">What is worth a second look.</param>
/// <param name="Before">The version of the policy that it is compared with.</param>
/// <param name="After">Its own version.</param>
public sealed record PolicyOutcome(ImmutableArray<PolicyChange> Changes, ImmutableArray<string> Warnings, string Before, string After);

/// <summary>
/// Puts a policy in the place of the tenant's, in one commit with what it takes from what enrolment gave. When this is answered the
/// next request is decided by it, on connections that are open too. Nobody gives himself more than he has.
/// </summary>
public sealed class ChangePolicyOperation(PrincipalDirectory directory) : Operation<ChangePolicyRequest, PolicyOutcome>, IGuarded<ChangePolicyRequest>
{
    private const int MostDetailed = 20;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.ChangePolicy;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ChangePolicyRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(default(OperationTarget));

    /// <inheritdoc/>
    protected internal override ValueTask<PolicyOutcome> ExecuteAsync(
        OperationScope scope, OperationTarget target, ChangePolicyRequest request, CancellationToken cancellationToken)
    {
        var (next, outcome, _) = Compare(scope, request);
        scope.Audit.Count = outcome.Changes.Length;
        scope.Audit.Detail = Describe(outcome);
        if (outcome.Changes.IsEmpty) return ValueTask.FromResult(outcome);

        var (written, narrowed) = next.Divide();
        scope.Engine.Access.Write(scope, written);
        foreach (var principal in narrowed)
        {
            scope.Write(principal.Seal(directory.Sealer));
            scope.OnCommitted(() => directory.Apply(principal));
        }

        return ValueTask.FromResult(outcome);
    }

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, ChangePolicyRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(request);
        var outcome = Compare(scope, request).Outcome;
        if (outcome.Changes.IsEmpty) return null;
        return new GuardedAct
        {
            Kind = ApprovalKind.Policy,
            Summary = $"change the policy: {outcome.Changes.Length} changes from {outcome.Before} to {outcome.After}",
            Details = [.. outcome.Changes.Select(static c => $"{(c.IsAdded ? '+' : '-')} {c.What} {c.Text}")],
            Describe = digest =>
            {
                digest.Add(outcome.Before);
                digest.Add(outcome.After);
            },
        };
    }

    private PolicyComparison Compare(OperationScope scope, ChangePolicyRequest request)
    {
        var compared = PolicyComparison.Of(scope, directory, request.File);
        if (request.ExpectedVersion is { } expected && !string.Equals(expected, compared.Outcome.Before, StringComparison.Ordinal))
            throw new KeyreeveException(KeyreeveError.Conflict, "The policy was changed since it was read; compare again and decide anew.");
        if (compared.OwnGain is { } gain)
        {
            throw new KeyreeveException(
                KeyreeveError.PermissionDenied, $"Nobody gives himself more than he has: {scope.Call.Principal.Name} would gain {gain}. Another officer has to do it.");
        }

        return compared;
    }

    private static string Describe(PolicyOutcome outcome)
    {
        if (outcome.Changes.IsEmpty) return $"policy {outcome.After} as before";
        var told = outcome.Changes.Take(MostDetailed).Select(static c => $"{(c.IsAdded ? '+' : '-')} {c.What} {c.Text}");
        var more = outcome.Changes.Length > MostDetailed ? $" and {outcome.Changes.Length - MostDetailed} more" : "";
        return $"policy {outcome.After}: {string.Join(", ", told)}{more}";
    }
}
