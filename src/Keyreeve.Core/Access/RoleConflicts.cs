using System.Collections.Immutable;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>Duties that one principal must not have together, looked at when rights are written.</summary>
// spec: NIST SP 800-57 Part 2 §2.3.9 "separation of duties": who decides about a key's use, uses it and controls both are three.
internal static class RoleConflicts
{
    private const int MostTold = 10;

    private static readonly OperationSet Deciding = OperationSet.Of(
        OperationName.IssueEnrolmentCode, OperationName.AddPrincipal, OperationName.AddCredential, OperationName.RemoveCredential, OperationName.CreateToken, OperationName.RevokeToken,
        OperationName.DisablePrincipal, OperationName.CreateUser, OperationName.CreateGroup,
        OperationName.CreateCredential, OperationName.ChangePolicy, OperationName.AddSealSlot, OperationName.RemoveSealSlot,
        OperationName.RotateRootKey, OperationName.RotateTenantKey, OperationName.ReplaceAuthority, OperationName.PermitRestore, OperationName.PruneAudit, OperationName.CreateTenant,
        OperationName.InviteTenantAdministrator, OperationName.FreezeTenant, OperationName.ThawTenant,
        OperationName.DeleteTenant, OperationName.Offboard, OperationName.Approve, OperationName.RejectApproval);

    private static readonly Duty Uses = new("uses or exports keys", RoleCatalog.Uses);
    private static readonly Duty Decides = new("decides about rights or the root of trust", Deciding);
    private static readonly Duty Audits = new("reads the audit trail", OperationSet.Of(OperationName.ReadAudit));
    private static readonly Duty Administers = new("administers keys", RoleCatalog.OperationsOf(Role.KeyAdministrator));

    private static readonly ImmutableArray<Conflict> Standard =
    [
        new(Decides, Uses, "could give himself whatever key he wants to use", WhereverTheyAre: true),
        new(Audits, Uses, "would be the one who looks after himself", WhereverTheyAre: true),
    ];

    private static readonly ImmutableArray<Conflict> Strict =
    [
        .. Standard,
        new(Administers, Uses, "could make, use and destroy a key alone", WhereverTheyAre: false),
        new(Administers, Decides, "could give others the keys that he administers", WhereverTheyAre: true),
        new(Audits, Administers, "would be the one who looks after himself", WhereverTheyAre: true),
        new(Audits, Decides, "would be the one who looks after himself", WhereverTheyAre: true),
    ];

    /// <summary>Refuses a policy under which somebody has duties that do not go together.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>; the message says who, which, and why.</exception>
    public static void Check(TenantPolicy policy)
    {
        var conflicts = ConflictsOf(policy.Separation);
        if (conflicts.IsEmpty) return;
        var forEveryone = policy.Bindings.Where(static b => b is { IsForEveryone: true, IsDeny: false }).ToList();
        var byName = policy.Bindings.Where(static b => !b.IsDeny).SelectMany(static b => b.Principals.Select(name => (Name: name, Binding: b)))
            .GroupBy(static pair => pair.Name, static pair => pair.Binding, StringComparer.Ordinal);
        var faults = byName.SelectMany(g => Faults(g.Key, [.. g, .. forEveryone], policy, conflicts))
            .Concat(Faults("everyone", forEveryone, policy, conflicts)).Take(MostTold).ToList();
        if (faults.Count > 0)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"Duties are kept apart ('{PolicyReader.WordOf(policy.Separation)}'): {string.Join("; ", faults)}.");
    }

    /// <summary>Refuses a policy that does not go together with what grants give.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>, as above.</exception>
    public static void Check(TenantPolicy policy, IEnumerable<KeyGrant> grants) => Check(policy with { Bindings = [.. policy.Bindings, .. grants.SelectMany(BindingsOf)] });

    /// <summary>Refuses rights for a principal that is new; what the policy holds ready for its name counts with them.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>, as above.</exception>
    public static void CheckNew(TenantPolicy policy, string name, IEnumerable<RoleBinding> bindings)
    {
        var ready = policy.Bindings.Where(b => b.IsForEveryone || b.Principals.Contains(name, StringComparer.Ordinal));
        var given = bindings.Select(b => new AccessBinding { Principals = [name], Role = b.Role.ToString(), Group = b.Group });
        Check(policy with { Bindings = [.. ready, .. given] });
    }

    /// <summary>Refuses a grant that gives its holder duties that do not go together with those it has.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>, as above.</exception>
    public static void CheckGrant(TenantPolicy policy, Principal holder, IEnumerable<KeyGrant> grants)
    {
        var ready = policy.Bindings.Where(b => b.IsForEveryone || b.Principals.Contains(holder.Name, StringComparer.Ordinal));
        Check(policy with { Bindings = [.. ready, .. holder.Bindings.Select(given => TenantPolicy.Of(holder, given))] }, grants);
    }

    /// <summary>What a grant gives, in the words of a policy.</summary>
    private static IEnumerable<AccessBinding> BindingsOf(KeyGrant grant) =>
        grant.Roles.Select(role => new AccessBinding { Name = grant.Rule, Principals = [grant.GrantedTo], Role = role.ToString(), Key = grant.Key });

    private static ImmutableArray<Conflict> ConflictsOf(Separation separation) => separation switch
    {
        Separation.InsecureNone => [],
        Separation.Strict => Strict,
        _ => Standard,
    };

    private static IEnumerable<string> Faults(string name, List<AccessBinding> bindings, TenantPolicy policy, ImmutableArray<Conflict> conflicts)
    {
        var held = bindings.Select(b => (Binding: b, Operations: policy.OperationsOf(b.Role, isDeny: false))).ToList();
        foreach (var conflict in conflicts)
        {
            var pairs = from one in held
                        where !one.Operations.Intersect(conflict.One.Operations).IsEmpty
                        from other in held
                        where !other.Operations.Intersect(conflict.Other.Operations).IsEmpty && (conflict.WhereverTheyAre || Overlap(one.Binding, other.Binding))
                        select (one.Binding, other.Binding);
            if (pairs.FirstOrDefault() is ({ } first, { } second))
                yield return $"'{name}' {conflict.One.What} ({first.Rule}) and {conflict.Other.What} ({second.Rule}): who has both {conflict.Reason}";
        }
    }

    // In which group a key is cannot be known here: one for a key overlaps with all.
    private static bool Overlap(AccessBinding one, AccessBinding other)
    {
        if (one.Key is { } key && other.Key is { } another) return key == another;
        return one.Group is not { } group || other.Group is not { } second || group.IsWithin(second) || second.IsWithin(group);
    }

    private sealed record Duty(string What, OperationSet Operations);

    private sealed record Conflict(Duty One, Duty Other, string Reason, bool WhereverTheyAre);
}
