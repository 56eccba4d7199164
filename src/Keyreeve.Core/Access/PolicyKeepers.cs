using System.Collections.Immutable;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>
/// Who could do what a policy leaves to people, once it is in force: change it again, and agree to what others ask. A policy that
/// nobody could change is not taken, since nobody could mend it.
/// </summary>
/// <param name="policy">The policy, with what enrolment gave.</param>
/// <param name="names">Who is enrolled and enabled.</param>
/// <param name="now">The moment.</param>
internal sealed class PolicyKeepers(TenantPolicy policy, IEnumerable<string> names, DateTimeOffset now)
{
    private static readonly ApprovalRule WholeTenant = new() { Kinds = [ApprovalKind.Policy], Approvals = 1 };

    private readonly ImmutableArray<string> _names = [.. names];

    /// <summary>Refuses a policy that nobody could change any more.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>.</exception>
    public void Require()
    {
        var changing = Holders(OperationName.ChangePolicy, WholeTenant).ToList();
        if (changing.Count == 0)
        {
            throw new KeyreeveException(
                KeyreeveError.InvalidField,
                "Nobody who is enrolled could change this policy any more: a right that is not in the file is not there. Leave somebody SecurityOfficer of the whole tenant.");
        }

        if (policy.Approvals.FirstOrDefault(static r => r is { Group: null, Key: null, IsWaived: false } && r.Kinds.Contains(ApprovalKind.Policy)) is not { } rule) return;
        var agreeing = Agreeing(rule).ToList();
        if (changing.Exists(who => agreeing.Count(name => !Same(name, who)) >= rule.Approvals)) return;
        throw new KeyreeveException(
            KeyreeveError.InvalidField,
            $"Nobody could change this policy any more: it takes {rule.Approvals} others to agree to a change, and {Told(agreeing)} could.");
    }

    /// <summary>What of it nobody could do, or its author not any more.</summary>
    /// <param name="author">Who puts it into force.</param>
    /// <param name="present">The same of the policy that it replaces.</param>
    public IEnumerable<string> Warnings(string author, PolicyKeepers present)
    {
        if (!Holders(OperationName.ChangePolicy, WholeTenant).Contains(author, StringComparer.Ordinal)) yield return $"{author} could not change the policy any more.";
        if (!HasTwo && present.HasTwo)
            yield return "Fewer than two could approve in the whole tenant: since there were two, nobody acts alone, and what takes approval could not be done.";
        foreach (var rule in policy.Approvals.Where(static r => !r.IsWaived))
        {
            var agreeing = Agreeing(rule).ToList();
            if (agreeing.Count >= rule.Approvals) continue;
            yield return $"{string.Join(", ", rule.Kinds.Select(ApprovalKinds.WordOf))} {PlaceOf(rule)} takes {rule.Approvals} approvals, and {Told(agreeing)} could give one.";
        }
    }

    private bool HasTwo => Holders(OperationName.Approve, WholeTenant).Take(2).Count() == 2;

    private IEnumerable<string> Agreeing(ApprovalRule rule) =>
        Holders(OperationName.Approve, rule).Where(name => rule.Approvers.IsEmpty || rule.Approvers.Contains(name, StringComparer.Ordinal));

    // Whoever something gives it there, at some time, and nothing takes it away always.
    private IEnumerable<string> Holders(OperationName operation, ApprovalRule place)
    {
        var bindings = policy.Bindings.Where(b => Covers(b, place) && policy.OperationsOf(b.Role, b.IsDeny).Contains(operation)).ToList();
        var gives = bindings.Where(b => !b.IsDeny && !(b.Conditions.NotAfter <= now)).ToList();
        var takes = bindings.Where(static b => b.IsDeny && b.Conditions.IsEmpty).ToList();
        return _names.Where(name => gives.Exists(b => Concerns(b, name)) && !takes.Exists(b => Concerns(b, name)));
    }

    private static bool Concerns(AccessBinding binding, string name) => binding.IsForEveryone || binding.Principals.Contains(name, StringComparer.Ordinal);

    // In which group a key is cannot be known here: whoever may in some group may be asked about it.
    private static bool Covers(AccessBinding binding, ApprovalRule place)
    {
        if (binding is { Group: null, Key: null }) return true;
        if (place.Key is { } key) return !binding.IsDeny && (binding.Key is null || binding.Key == key);
        return place.Group is { } within && binding.Group is { } group && within.IsWithin(group);
    }

    private static string PlaceOf(ApprovalRule rule) =>
        rule.Key is { } key ? $"of the key {key}" : rule.Group is { } group ? $"in the group {group}" : "in the whole tenant";

    private static string Told(List<string> names) => names.Count == 0 ? "nobody" : $"only {string.Join(", ", names)}";

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.Ordinal);
}
