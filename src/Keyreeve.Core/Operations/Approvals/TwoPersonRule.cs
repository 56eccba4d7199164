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
        if (RuleFor(scope, act, target.Group, target.Object?.KeyIdentifier) is not { } rule) return;
        if (await WaiverOfAsync(scope, rule, act, target.Group, target.Object?.KeyIdentifier, cancellationToken) is { } waiver)
        {
            scope.Audit.DecidingRule += "; " + waiver;
            return;
        }

        IReadOnlyList<ManagedObject> versions = act.IsOfAllVersions && target.Object is { } whole ? await scope.VersionsAsync(whole, cancellationToken) : [];
        var asked = Draft(operation, scope, target, act, rule, versions);
        var own = (await scope.Engine.Approvals.ListAsync(scope, cancellationToken)).Where(r => r.IsBy(scope.Call.Principal)).ToList();
        var kept = own.FindAll(r => r.IsOpenAt(scope.Now) && IsSame(r, asked));
        if (kept.Find(r => IsEnough(scope, r, rule)) is { } approved)
        {
            scope.Engine.Approvals.Change(scope, approved with { Ended = ApprovalState.Executed, EndedBy = scope.Call.Principal.Name, EndedAt = scope.Now });
            scope.Audit.DecidingRule += $"; approval {approved.Id} by {string.Join(", ", approved.Approvals.Select(static a => a.Principal))}";
            return;
        }

        scope.Audit.Result = AuditResult.Denied;
        scope.Audit.Decision = AuditDecision.Denied;
        scope.Audit.DecidingRule += $"; {ApprovalKinds.WordOf(act.Kind)} takes approval";
        if (kept.Count == 0 && scope.IsRetry && own.FindLast(r => WasJustCarriedOut(r, asked)) is { } done) throw CarriedOutAlready(done);
        var pending = kept.LastOrDefault() ?? await AskAsync(scope, asked, cancellationToken);
        throw Refusal(scope, pending, rule, own.FindLast(r => IsSpent(scope, r, asked)));
    }

    /// <summary>What others would have to do before somebody's request is carried out; null if nothing.</summary>
    /// <param name="scope">Who looks.</param>
    /// <param name="act">What the request would amount to.</param>
    /// <param name="by">Who would ask.</param>
    /// <param name="group">In which key group; null if in none.</param>
    /// <param name="key">About which key; null if about none.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<ApprovalNeed?> ForeseeAsync(
        OperationScope scope, GuardedAct act, Principal by, GroupName? group, UniqueIdentifier? key, CancellationToken cancellationToken)
    {
        if (RuleFor(scope, act, group, key) is not { } rule) return null;
        if (await WaiverOfAsync(scope, rule, act, group, key, cancellationToken) is { } waiver) return new ApprovalNeed(act.Kind, 0, [], waiver);
        var could = Officers(scope, group, key).Select(static p => p.Name)
            .Where(name => !string.Equals(name, by.Name, StringComparison.Ordinal) && Counts(rule, name)).Order(StringComparer.Ordinal);
        return new ApprovalNeed(act.Kind, rule.Approvals, [.. could], null);
    }

    /// <summary>Has it kept that there is a second one who could approve there, before there might be none.</summary>
    public static ValueTask NoteOfficersAsync(OperationScope scope, GroupName? group, CancellationToken cancellationToken) =>
        scope.Engine.Approvals.LatchAsync(scope, group, place => HasTwo(scope, place, null), cancellationToken);

    /// <summary>Whether the caller may approve a request, as policy stands.</summary>
    public static Decision MayApprove(OperationScope scope, ApprovalRequest request) => MayApprove(scope, request, scope.Call);

    private static Decision MayApprove(OperationScope scope, ApprovalRequest request, Call call) =>
        scope.Engine.Access.Of(scope.Tenant).Decide(new AccessQuestion
        {
            Call = call with { User = null, Rights = null },
            Operation = OperationName.Approve,
            Group = request.Group,
            Key = request.Key,
        });

    /// <summary>Whether the rule that holds for a request now lets this principal's approval count.</summary>
    public static bool Counts(OperationScope scope, ApprovalRequest request, string principal)
    {
        var rule = scope.Engine.Access.Of(scope.Tenant).Approvals.Of(request.Kind, request.Group, request.Key);
        return rule is null || Counts(rule, principal);
    }

    /// <summary>A request with what is true of its approvals now; of one that has ended, they are history.</summary>
    public static ApprovalRequest AsItStands(OperationScope scope, ApprovalRequest request)
    {
        if (!request.IsOpenAt(scope.Now)) return request;
        var rule = scope.Engine.Access.Of(scope.Tenant).Approvals.Of(request.Kind, request.Group, request.Key);
        var valid = Valid(scope, request).ToList();
        return request with
        {
            Needed = Math.Max(request.Needed, rule?.Approvals ?? 0),
            Approvals = [.. request.Approvals.Select(a => valid.Contains(a) ? a : a with { CountsNoMore = true })],
        };
    }

    private static bool Counts(ApprovalRule rule, string principal) => rule.Approvers.IsEmpty || rule.Approvers.Contains(principal, StringComparer.Ordinal);

    // The rule that is for an act there; null if none is, or if it leaves this one out.
    private static ApprovalRule? RuleFor(OperationScope scope, GuardedAct act, GroupName? group, UniqueIdentifier? key)
    {
        var rule = scope.Engine.Access.Of(scope.Tenant).Approvals.Of(act.Kind, group, key);
        return rule is null || (act.IsOwn && !rule.OwnToo) || (act.IsWithoutWait && rule.IsBuiltIn) ? null : rule;
    }

    // Why one person is enough though a rule is for more; null if it is not.
    private static async ValueTask<string?> WaiverOfAsync(
        OperationScope scope, ApprovalRule rule, GuardedAct act, GroupName? group, UniqueIdentifier? key, CancellationToken cancellationToken)
    {
        if (rule.IsWaived) return "approval waived";
        // Until there is a second one who could agree, the built-in rule would only lock the first one out.
        var isInForce = !rule.IsBuiltIn || act.TakesTwoAlways || await scope.Engine.Approvals.IsLatchedAsync(scope, group, cancellationToken) || HasTwo(scope, group, key);
        return isInForce ? null : "no second officer";
    }

    private static bool HasTwo(OperationScope scope, GroupName? group, UniqueIdentifier? key) => Officers(scope, group, key).Take(2).Count() == 2;

    private static IEnumerable<Principal> Officers(OperationScope scope, GroupName? group, UniqueIdentifier? key)
    {
        var policy = scope.Engine.Access.Of(scope.Tenant);
        return (scope.Engine.Principals?.List(scope.Tenant) ?? []).Select(static p => p.Principal)
            .Where(p => !p.IsDisabled && policy.MayEver(p, OperationName.Approve, group, key));
    }

    private static bool IsSame(ApprovalRequest kept, ApprovalRequest asked) => string.Equals(kept.Digest, asked.Digest, StringComparison.Ordinal);

    // Who lost to himself, having sent the same twice at once, has it done: he asks for nothing by that. The object may be another by what was done.
    private static bool WasJustCarriedOut(ApprovalRequest kept, ApprovalRequest asked) =>
        kept is { Ended: ApprovalState.Executed, EndedAt: { } at } && (asked.AskedAt - at).Duration() < TimeSpan.FromMinutes(1)
        && kept.Operation == asked.Operation && kept.ObjectId == asked.ObjectId && string.Equals(kept.Summary, asked.Summary, StringComparison.Ordinal);

    // One that was approved and is of no use, since something else is asked now, or of what has changed meanwhile: who waits for nothing is told.
    private static bool IsSpent(OperationScope scope, ApprovalRequest kept, ApprovalRequest asked) =>
        kept.StateAt(scope.Now) == ApprovalState.Approved && kept.Operation == asked.Operation && kept.Kind == asked.Kind && kept.Key is not null && kept.Key == asked.Key
        && !IsSame(kept, asked);

    private static bool IsEnough(OperationScope scope, ApprovalRequest request, ApprovalRule rule) =>
        request.StateAt(scope.Now) == ApprovalState.Approved && Valid(scope, request).Count() >= Math.Max(request.Needed, rule.Approvals);

    // Roles are looked at again, as he approved: from where, by which door, for which purpose. Who may not approve any more has not.
    private static IEnumerable<Approval> Valid(OperationScope scope, ApprovalRequest request) => request.Approvals.Where(a =>
        scope.Engine.Principals?.FindByName(scope.Tenant, a.Principal)?.Principal is { IsDisabled: false } approver
        && !request.IsBy(approver) && Counts(scope, request, approver.Name)
        && MayApprove(scope, request, scope.Call with { Principal = approver, SourceAddress = a.SourceAddress, Protocol = a.Protocol, Purpose = a.Purpose }).IsAllowed)
        .DistinctBy(static a => a.Principal, StringComparer.OrdinalIgnoreCase);

    private static ApprovalRequest Draft(OperationName operation, OperationScope scope, OperationTarget target, GuardedAct act, ApprovalRule rule, IReadOnlyList<ManagedObject> versions) => new()
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
        Digest = DigestOf(operation, scope, target, act, versions),
        Purpose = scope.Call.Purpose,
        AskedAt = scope.Now,
        ExpiresAt = scope.Now + rule.ValidFor,
        Needed = rule.Approvals,
        RowVersion = 1,
    };

    private static string DigestOf(
        OperationName operation, OperationScope scope, OperationTarget target, GuardedAct act, IReadOnlyList<ManagedObject> versions)
    {
        using var lease = scope.Engine.RequestHashKey.Reveal();
        using var digest = new RequestDigest(lease.Span, operation);
        digest.Add("approval/1");
        digest.Add(scope.Tenant.Value);
        digest.Add(ApprovalKinds.WordOf(act.Kind));
        digest.Add(target.Group?.Value);
        digest.Add(target.Object?.Id.ToString());
        digest.Add(target.Object?.RowVersion ?? 0);
        if (act.IsOfAllVersions) digest.Add(versions.Count);
        foreach (var version in versions)
        {
            digest.Add(version.Id.ToString());
            digest.Add(version.RowVersion);
        }

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

    private static KeyreeveException CarriedOutAlready(ApprovalRequest done) => new(
        KeyreeveError.ApprovalRequired, $"The same was asked twice at once; it was carried out, once, as request {done.Id} allows. Nothing new was asked.")
    {
        Reference = done.Id.ToString(),
    };

    private static KeyreeveException Refusal(OperationScope scope, ApprovalRequest pending, ApprovalRule rule, ApprovalRequest? spent)
    {
        var needed = Math.Max(pending.Needed, rule.Approvals);
        var missing = needed - Valid(scope, pending).Count();
        var could = Officers(scope, pending.Group, pending.Key).Count(p => !pending.IsBy(p) && !pending.HasApproved(p) && Counts(scope, pending, p.Name));
        var hint = could < missing ? $" Only {could} who could approve it {(could == 1 ? "is" : "are")} enrolled." : "";
        if (spent is not null)
            hint += $" Request {spent.Id}, which was approved, does not hold for this: another request was made then, or the key or one of its versions has changed since.";
        return new KeyreeveException(
            KeyreeveError.ApprovalRequired,
            $"This takes others to agree ({ApprovalKinds.WordOf(pending.Kind)}): {missing} of {needed} {(needed == 1 ? "approval" : "approvals")} of request {pending.Id} "
            + $"missing. A security officer approves it with: keyreeve approval approve {pending.Id}. Then ask the same again, before {pending.ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}.{hint}")
        {
            Reference = pending.Id.ToString(),
        };
    }
}
