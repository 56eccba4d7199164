using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Approvals;

/// <summary>
/// What one person may not do alone. Whoever tries has asked by that: the request is kept, as exact as it was, and refused. Once enough others
/// have agreed, the same request of the same principal is carried out, once, in one commit with the end of its approval.
/// </summary>
internal static class TwoPersonRule
{
    /// <summary>Lets an operation pass, with what approved it staged to end with it; or refuses it, and has kept that it was asked.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ApprovalRequired"/>.</exception>
    public static async ValueTask RequireAsync<TRequest>(
        IGuarded<TRequest> guarded, OperationName operation, OperationScope scope, OperationTarget target, TRequest request, CancellationToken cancellationToken)
    {
        // What the server does of itself, and a command on its own machine, are nobody's requests.
        if (scope.Call.Principal.IsServer || guarded.Examine(scope, target, request) is not { } act) return;
        var rule = scope.Engine.Access.Of(scope.Tenant).Approvals.Of(act.Kind, target.Group, target.Object?.KeyIdentifier);
        if (rule is null || (act.IsOwn && !rule.OwnToo) || (act.IsWithoutWait && rule.IsBuiltIn)) return;
        if (rule.IsWaived)
        {
            scope.Audit.DecidingRule += "; approval waived";
            return;
        }

        if (rule.IsBuiltIn && !act.TakesTwoAlways && !await IsInForceAsync(scope, target, cancellationToken))
        {
            scope.Audit.DecidingRule += "; no second officer";
            return;
        }

        var asked = Draft(operation, scope, target, act, rule);
        var kept = (await scope.Engine.Approvals.ListAsync(scope, cancellationToken))
            .Where(r => r.IsOpenAt(scope.Now) && r.IsBy(scope.Call.Principal) && string.Equals(r.Digest, asked.Digest, StringComparison.Ordinal)).ToList();
        if (kept.Find(r => IsEnough(scope, r, rule)) is { } approved)
        {
            scope.Engine.Approvals.Change(scope, approved with { Ended = ApprovalState.Executed, EndedBy = scope.Call.Principal.Name, EndedAt = scope.Now });
            scope.Audit.DecidingRule += $"; approval {approved.Id} by {string.Join(", ", approved.Approvals.Select(static a => a.Principal))}";
            return;
        }

        scope.Audit.Result = AuditResult.Denied;
        scope.Audit.Decision = AuditDecision.Denied;
        scope.Audit.DecidingRule += $"; {ApprovalKinds.WordOf(act.Kind)} takes approval";
        var pending = kept.LastOrDefault() ?? await AskAsync(scope, asked, cancellationToken);
        throw Refusal(scope, pending, rule);
    }

    /// <summary>Has it kept that there is a second one who could approve there, before there might be none.</summary>
    public static ValueTask NoteOfficersAsync(OperationScope scope, GroupName? group, CancellationToken cancellationToken) =>
        scope.Engine.Approvals.LatchAsync(scope, group, place => HasTwo(scope, place, null), cancellationToken);

    /// <summary>Whether somebody may approve a request, as policy stands.</summary>
    /// <param name="scope">Who looks.</param>
    /// <param name="request">The request.</param>
    /// <param name="principal">Who would approve.</param>
    /// <param name="sourceAddress">From where.</param>
    public static Decision MayApprove(OperationScope scope, ApprovalRequest request, Principal principal, string sourceAddress) =>
        scope.Engine.Access.Of(scope.Tenant).Decide(new AccessQuestion
        {
            Call = scope.Call with { Principal = principal, SourceAddress = sourceAddress, User = null, Rights = null, Purpose = null },
            Operation = OperationName.Approve,
            Group = request.Group,
            Key = request.Key,
        });

    /// <summary>Whether the rule that holds for a request now lets this principal's approval count.</summary>
    public static bool Counts(OperationScope scope, ApprovalRequest request, string principal)
    {
        var rule = scope.Engine.Access.Of(scope.Tenant).Approvals.Of(request.Kind, request.Group, request.Key);
        return rule is null || rule.Approvers.IsEmpty || rule.Approvers.Contains(principal, StringComparer.Ordinal);
    }

    // Until there is a second one who could agree, the built-in rule would only lock the first one out.
    private static async ValueTask<bool> IsInForceAsync(OperationScope scope, OperationTarget target, CancellationToken cancellationToken) =>
        await scope.Engine.Approvals.IsLatchedAsync(scope, target.Group, cancellationToken) || HasTwo(scope, target.Group, target.Object?.KeyIdentifier);

    private static bool HasTwo(OperationScope scope, GroupName? group, UniqueIdentifier? key) => Officers(scope, group, key).Take(2).Count() == 2;

    private static IEnumerable<Principal> Officers(OperationScope scope, GroupName? group, UniqueIdentifier? key)
    {
        var policy = scope.Engine.Access.Of(scope.Tenant);
        return (scope.Engine.Principals?.List(scope.Tenant) ?? []).Select(static p => p.Principal)
            .Where(p => !p.IsDisabled && policy.MayEver(p, OperationName.Approve, group, key));
    }

    private static bool IsEnough(OperationScope scope, ApprovalRequest request, ApprovalRule rule) =>
        request.StateAt(scope.Now) == ApprovalState.Approved && Valid(scope, request).Count() >= Math.Max(request.Needed, rule.Approvals);

    // Roles are looked at again: who may not approve any more has not.
    private static IEnumerable<Approval> Valid(OperationScope scope, ApprovalRequest request) => request.Approvals.Where(a =>
        scope.Engine.Principals?.FindByName(scope.Tenant, a.Principal)?.Principal is { IsDisabled: false } approver
        && !request.IsBy(approver) && Counts(scope, request, approver.Name) && MayApprove(scope, request, approver, a.SourceAddress).IsAllowed)
        .DistinctBy(static a => a.Principal, StringComparer.OrdinalIgnoreCase);

    private static ApprovalRequest Draft(OperationName operation, OperationScope scope, OperationTarget target, GuardedAct act, ApprovalRule rule) => new()
    {
        Id = UniqueIdentifier.New(scope.Now),
        Tenant = scope.Tenant,
        Kind = act.Kind,
        Operation = operation,
        Requester = scope.Call.Principal.Name,
        RequesterFingerprint = scope.Call.Principal.Fingerprint,
        Group = target.Group,
        ObjectId = target.Object?.Id,
        Key = target.Object?.KeyIdentifier,
        ObjectVersion = target.Object?.RowVersion ?? 0,
        Summary = act.Summary,
        Details = act.Details,
        Digest = DigestOf(operation, scope, target, act),
        Purpose = scope.Call.Purpose,
        AskedAt = scope.Now,
        ExpiresAt = scope.Now + rule.ValidFor,
        Needed = rule.Approvals,
        RowVersion = 1,
    };

    private static string DigestOf(OperationName operation, OperationScope scope, OperationTarget target, GuardedAct act)
    {
        using var lease = scope.Engine.RequestHashKey.Reveal();
        using var digest = new RequestDigest(lease.Span, operation);
        digest.Add("approval/1");
        digest.Add(scope.Tenant.Value);
        digest.Add(ApprovalKinds.WordOf(act.Kind));
        digest.Add(target.Group?.Value);
        digest.Add(target.Object?.Id.ToString());
        digest.Add(target.Object?.RowVersion ?? 0);
        digest.Add(scope.Call.User?.Key);
        act.Describe(digest);
        return Convert.ToHexStringLower(digest.Finish());
    }

    // Outside of any batch: what is asked stays asked, though what was tried is undone.
    private static async ValueTask<ApprovalRequest> AskAsync(OperationScope scope, ApprovalRequest asked, CancellationToken cancellationToken)
    {
        var held = await new OperationPipeline(scope.Engine.Root).RunAsync(RequestApprovalOperation.Instance, scope.Call with { IdempotencyKey = null }, asked, cancellationToken);
        return await held.ReleaseAsync(cancellationToken);
    }

    private static KeyreeveException Refusal(OperationScope scope, ApprovalRequest pending, ApprovalRule rule)
    {
        var needed = Math.Max(pending.Needed, rule.Approvals);
        var missing = needed - Valid(scope, pending).Count();
        var could = Officers(scope, pending.Group, pending.Key).Count(p => !pending.IsBy(p) && !pending.HasApproved(p) && Counts(scope, pending, p.Name));
        var hint = could < missing ? $" Only {could} who could approve it {(could == 1 ? "is" : "are")} enrolled." : "";
        return new KeyreeveException(
            KeyreeveError.ApprovalRequired,
            $"This takes others to agree ({ApprovalKinds.WordOf(pending.Kind)}): {missing} of {needed} {(needed == 1 ? "approval" : "approvals")} of request {pending.Id} "
            + $"missing. A security officer approves it with: keyreeve approval approve {pending.Id}. Then ask the same again, before {pending.ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}.{hint}")
        {
            Reference = pending.Id.ToString(),
        };
    }
}
