using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;

namespace Keyreeve.Tests.Access;

/// <summary>
/// The model of rights once more, as one would explain it: no index, no order, no short cut. What the product decides must be what
/// this decides.
/// </summary>
internal static class ReferenceModel
{
    public static bool Allows(TenantPolicy policy, AccessQuestion question)
    {
        var principal = question.Call.Principal;
        if (principal.IsDisabled) return false;
        if (RoleCatalog.Open.Contains(question.Operation)) return true;
        var concerned = policy.Bindings.Where(b => b.IsForEveryone || b.Principals.Contains(principal.Name)).Where(b => Concerns(policy, b, question)).ToList();
        if (concerned.Exists(b => b.IsDeny)) return false;
        if (!PurposeIsTaken(policy, question)) return false;
        return concerned.Exists(b => !b.IsDeny) || principal.Bindings.Any(b => Concerns(policy, TenantPolicy.Of(principal, b), question));
    }

    /// <summary>The same with grants: a grant is worth what the one who gave it has and may hand on.</summary>
    public static bool Allows(TenantPolicy policy, IReadOnlyCollection<KeyGrant> grants, IReadOnlyCollection<Principal> principals, AccessQuestion question)
    {
        if (Allows(policy, question)) return true;
        var principal = question.Call.Principal;
        if (principal.IsDisabled || question.Key is null || !PurposeIsTaken(policy, question)) return false;
        return Has(policy, principal, question) is not Held.Taken && grants.Any(g => Reaches(policy, grants, principals, question, g, principal.Name, hands: 4));
    }

    private enum Held
    {
        Nothing,
        Given,
        Taken,
    }

    private static Held Has(TenantPolicy policy, Principal principal, AccessQuestion question)
    {
        var concerned = policy.Bindings.Where(b => b.IsForEveryone || b.Principals.Contains(principal.Name)).Where(b => Concerns(policy, b, question)).ToList();
        if (concerned.Exists(b => b.IsDeny)) return Held.Taken;
        return concerned.Count > 0 || principal.Bindings.Any(b => Concerns(policy, TenantPolicy.Of(principal, b), question)) ? Held.Given : Held.Nothing;
    }

    // One hand after the other, each asked anew.
    private static bool Reaches(
        TenantPolicy policy, IReadOnlyCollection<KeyGrant> grants, IReadOnlyCollection<Principal> principals, AccessQuestion question, KeyGrant grant, string holder, int hands)
    {
        if (hands == 0 || grant.GrantedTo != holder || grant.Key != question.Key || question.Call.Time >= grant.ExpiresAt) return false;
        var binding = new AccessBinding { Role = "", Conditions = new AccessConditions { Context = grant.Context } };
        if (!grant.Roles.Any(r => RoleCatalog.GivenBy(r).ToNames().Contains(question.Operation)) || !Holds(binding, binding.Conditions, question)) return false;
        var granter = principals.Single(p => p.Name == grant.GrantedBy);
        if (granter.IsDisabled) return false;
        var own = Has(policy, granter, question);
        if (own == Held.Taken) return false;
        var granting = question with { Operation = OperationName.CreateGrant };
        if (own == Held.Given && Has(policy, granter, granting) != Held.Taken && MayEver(policy, granter, granting)) return true;
        return grants.Any(g => g.MayBeHandedOn && Reaches(policy, grants, principals, question, g, granter.Name, hands - 1));
    }

    private static bool MayEver(TenantPolicy policy, Principal principal, AccessQuestion question)
    {
        var always = policy with { Bindings = [.. policy.Bindings.Where(static b => !b.IsDeny).Select(static b => b with { Conditions = AccessConditions.None })] };
        return Has(always, principal, question) == Held.Given;
    }

    private static bool Concerns(TenantPolicy policy, AccessBinding binding, AccessQuestion question)
    {
        var isThere = binding.Key is { } key ? question.Key == key
            : binding.Group is not { } group || (question.Group is { } asked && (asked.Value + "/").StartsWith(group.Value + "/", StringComparison.Ordinal));
        return isThere && policy.OperationsOf(binding.Role, binding.IsDeny).ToNames().Contains(question.Operation) && Holds(binding, binding.Conditions, question);
    }

    private static bool Holds(AccessBinding binding, AccessConditions conditions, AccessQuestion question)
    {
        // To see a key takes neither context nor purpose.
        if (!binding.IsDeny && RoleCatalog.Reads.Contains(question.Operation)) conditions = conditions with { Context = [], Purposes = [] };
        var call = question.Call;
        var age = call.Time - call.Principal.CredentialSince!.Value;
        return (conditions.Protocols.IsEmpty || conditions.Protocols.Contains(call.Protocol))
            && (conditions.Purposes.IsEmpty || (call.Purpose is not null && conditions.Purposes.Contains(call.Purpose)))
            && (conditions.NotBefore is not { } begin || call.Time >= begin)
            && (conditions.NotAfter is not { } end || call.Time < end)
            && (conditions.Times.IsEmpty || conditions.Times.Any(window => IsInside(window, call.Time.UtcDateTime)))
            && conditions.Context.All(term => question.Context is { } context && context.Pairs.TryGetValue(term.Name, out var value)
                && (term.Exactly is null || value == term.Exactly) && (term.Contains is null || value.Contains(term.Contains, StringComparison.Ordinal)))
            && (conditions.Networks.IsEmpty || conditions.Networks.Any(n => System.Net.IPNetwork.Parse(n.ToString()).Contains(System.Net.IPAddress.Parse(call.SourceAddress))))
            && (conditions.CredentialAtLeast is not { } least || age >= least)
            && (conditions.CredentialAtMost is not { } most || age <= most);
    }

    // Minute by minute from its beginning, on the day on which it began.
    private static bool IsInside(TimeWindow window, DateTime now)
    {
        var length = window.Until - window.From;
        if (length <= TimeSpan.Zero) length += TimeSpan.FromDays(1);
        return new[] { now.Date, now.Date.AddDays(-1) }.Any(day =>
            (window.Days.IsEmpty || window.Days.Contains(day.DayOfWeek)) && now >= day + window.From.ToTimeSpan() && now < day + window.From.ToTimeSpan() + length);
    }

    private static bool PurposeIsTaken(TenantPolicy policy, AccessQuestion question)
    {
        var purpose = question.Call.Purpose;
        if (RoleCatalog.Reads.Contains(question.Operation)) return true;
        if (purpose is not null && policy.Purposes.Length > 0 && policy.Purposes.All(p => p.Code != purpose)) return false;
        if (!RoleCatalog.Uses.Contains(question.Operation) || question.Group is not { } group) return true;
        var rule = policy.Groups.Where(g => group.IsWithin(g.Group)).MaxBy(g => g.Group.Value.Length);
        if (rule is not { DemandsPurpose: true }) return true;
        return purpose is not null && (rule.Purposes.IsEmpty || rule.Purposes.Contains(purpose));
    }
}
