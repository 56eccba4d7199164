using System.Collections.Immutable;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>
/// The decision, made for every front door alike: denied unless a binding gives the operation there, and denied if one takes it
/// away. No role implies another; who administers keys cannot use them. A tenant's whole policy, compiled; immutable.
/// </summary>
public sealed class AccessPolicy
{
    /// <summary>How a decision is named that no binding made.</summary>
    public const string DefaultDeny = "default-deny";

    /// <summary>How a decision is named about somebody all of whose credentials have ended.</summary>
    public const string PrincipalDisabled = "principal-disabled";

    // More groups than these are not worth asking the index for.
    private const int MostVisibleGroups = 64;

    // By role, as the enumeration numbers them.
    private static readonly OperationSet[] GivenByRole = [.. Enum.GetValues<Role>().Select(RoleCatalog.GivenBy)];

    private readonly Dictionary<string, PrincipalBindings> _principals;
    private readonly PrincipalBindings? _everyone;
    private readonly ImmutableArray<CompiledBinding> _all;
    private readonly GrantDecisions _grants = GrantDecisions.None;

    internal AccessPolicy(TenantPolicy policy, Func<string, UseCounter> counterOf, Func<string, RateState>? stateOf = null)
    {
        Policy = policy;
        Purposes = new PurposeRules(policy);
        Approvals = new ApprovalRules(policy);
        Limits = new LimitRules(policy, stateOf ?? (static _ => new RateState()));
        _all = [.. policy.Bindings.Select(b => new CompiledBinding(
            b, policy.OperationsOf(b.Role, b.IsDeny), b.Conditions.Uses is null ? null : counterOf(b.Name!)))];
        _principals = _all.SelectMany(static b => b.Source.Principals.Select(name => (Name: name, Binding: b)))
            .GroupBy(static pair => pair.Name, static pair => pair.Binding, StringComparer.Ordinal)
            .ToDictionary(static g => g.Key, static g => new PrincipalBindings([.. g]), StringComparer.Ordinal);
        var everyone = _all.Where(static b => b.Source.IsForEveryone).ToList();
        _everyone = everyone.Count == 0 ? null : new PrincipalBindings(everyone);
    }

    private AccessPolicy(AccessPolicy policy, GrantDecisions grants)
    {
        Policy = policy.Policy;
        Purposes = policy.Purposes;
        Approvals = policy.Approvals;
        Limits = policy.Limits;
        _all = policy._all;
        _principals = policy._principals;
        _everyone = policy._everyone;
        _grants = grants;
    }

    /// <summary>Nothing but what enrolment gave.</summary>
    public static AccessPolicy BuiltIn { get; } = new(TenantPolicy.Empty, static _ => new UseCounter());

    /// <summary>As it is written.</summary>
    public TenantPolicy Policy { get; }

    /// <summary>Which purposes there are, and where one is demanded.</summary>
    public PurposeRules Purposes { get; }

    /// <summary>How much may be asked for.</summary>
    public LimitRules Limits { get; }

    /// <summary>What takes more than one person, and how long destroyed keys are waited for.</summary>
    public ApprovalRules Approvals { get; }

    /// <summary>Decides. Allocates nothing, unless it refuses for a purpose or has to read an IPv6 address.</summary>
    public Decision Decide(in AccessQuestion question)
    {
        var principal = question.Call.Principal;
        var operation = question.Operation;
        // Who enrols is nobody yet: the one-time code decides, in the operation.
        if (operation == OperationName.Enrol && !principal.HasEnded) return new Decision(IsAllowed: true, "enrolment-code");
        if (principal.IsDisabled) return new Decision(IsAllowed: false, PrincipalDisabled);
        if (RoleCatalog.Internal.Contains(operation)) return new Decision(principal.IsServer, principal.IsServer ? "server" : DefaultDeny);
        if (principal.Token is { } token && !token.Leaves(question)) return new Decision(IsAllowed: false, token.Rule);
        if (RoleCatalog.Open.Contains(operation)) return new Decision(IsAllowed: true, "known-principal");

        // What the server does of itself is not a client's request, and no policy keeps it from it.
        var own = principal.IsServer ? null : _principals.GetValueOrDefault(principal.Name);
        var everyone = principal.IsServer ? null : _everyone;
        if ((own?.FindTaking(question) ?? everyone?.FindTaking(question)) is { } taking) return new Decision(IsAllowed: false, taking.Rule);
        if (!principal.IsServer && Purposes.Refusal(question) is { } reason) return new Decision(IsAllowed: false, reason);

        if (RoleCatalog.OnOnesOwn.Contains(operation)) return new Decision(IsAllowed: true, "known-principal");
        var given = Give(question, principal, own, everyone);
        return given.IsAllowed || _grants.IsEmpty || principal.IsServer ? given : _grants.Decide(this, question, principal.Name) ?? given;
    }

    /// <summary>
    /// What somebody may hand to another: what its own bindings give, where they let it make grants at all. Whatever is taken away
    /// from it, it cannot give.
    /// </summary>
    /// <returns>By what it has it; null if it may not hand it on.</returns>
    internal Decision? HeldToGive(in AccessQuestion question, Principal granter)
    {
        var own = _principals.GetValueOrDefault(granter.Name);
        if (IsTaken(question, own)) return null;
        var granting = question with { Operation = OperationName.CreateGrant };
        // When and whence it may make grants was asked when it made this one.
        if (IsTaken(granting, own) || !MayEver(granter, OperationName.CreateGrant, question.Group, question.Key)) return null;
        return Give(question, granter, own, _everyone) is { IsAllowed: true } given ? given : null;
    }

    /// <summary>Whether somebody could hand this on under some conditions, of its own or of what was handed to it.</summary>
    internal bool MayEverHandOn(in AccessQuestion question, Principal granter)
    {
        if (MayEver(granter, question.Operation, question.Group, question.Key) && MayEver(granter, OperationName.CreateGrant, question.Group, question.Key)) return true;
        foreach (var grant in question.Key is { } key ? _grants.Index.Of(granter.Name, key) : [])
            if (grant.Source.MayBeHandedOn && question.Call.Time < grant.Source.ExpiresAt && grant.Contains(question.Operation)) return true;
        return false;
    }

    /// <summary>The same policy with other grants.</summary>
    /// <param name="grants">The grants.</param>
    /// <param name="principalOf">Finds who has a name now.</param>
    internal AccessPolicy With(GrantIndex grants, Func<string, Principal?> principalOf) => new(this, new GrantDecisions(grants, principalOf));

    /// <summary>Whether a binding takes this away from somebody.</summary>
    internal bool IsTaken(in AccessQuestion question, string name) => IsTaken(question, _principals.GetValueOrDefault(name));

    private bool IsTaken(in AccessQuestion question, PrincipalBindings? own) => (own?.FindTaking(question) ?? _everyone?.FindTaking(question)) is not null;

    private static Decision Give(in AccessQuestion question, Principal principal, PrincipalBindings? own, PrincipalBindings? everyone)
    {
        var operation = question.Operation;
        foreach (var binding in principal.Bindings)
            if (GivenByRole[(int)binding.Role].Contains(operation) && Covers(binding, question.Group)) return new Decision(IsAllowed: true, binding.Rule);
        var giving = own?.FindGiving(question);
        if (giving is not { Counter: null } && everyone?.FindGiving(question) is { } shared && (giving is null || shared.Counter is null)) giving = shared;
        return giving is null ? new Decision(IsAllowed: false, DefaultDeny) : new Decision(IsAllowed: true, giving.Rule) { Counted = giving.Counts(operation) ? giving : null };
    }

    /// <summary>The groups in which the principal may know what there is, with all below them; null if the index cannot narrow to them.</summary>
    public IReadOnlyList<GroupName>? VisibleGroups(Principal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        var groups = new HashSet<GroupName>();
        foreach (var binding in principal.Bindings)
        {
            if (!RoleCatalog.IsOnKeys(binding.Role)) continue;
            if (binding.Group is not { } group) return null;
            groups.Add(group);
        }

        if (_principals.TryGetValue(principal.Name, out var own) && !own.TryAddGroups(OperationName.GetAttributes, groups)) return null;
        if (_everyone is not null && !_everyone.TryAddGroups(OperationName.GetAttributes, groups)) return null;
        // A grant is for a key, wherever it is.
        return _grants.Index.Has(principal.Name) || groups.Count > MostVisibleGroups ? null : [.. groups];
    }

    /// <summary>
    /// The smallest group that covers all a principal may do; null if that is the whole tenant. Who decides about the principal has
    /// to have the right for all of it.
    /// </summary>
    public GroupName? ScopeOf(Principal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        if (_grants.Index.Has(principal.Name)) return null;
        if (principal.Scope is not { } widest || !_principals.TryGetValue(principal.Name, out var own)) return principal.Scope;
        var groups = new HashSet<GroupName>();
        if (!own.TryAddScopes(groups)) return null;
        foreach (var group in groups)
        {
            if (group.IsWithin(widest)) continue;
            if (!widest.IsWithin(group)) return null;
            widest = group;
        }

        return widest;
    }

    /// <summary>Whether something gives a principal an operation there, whatever its conditions, and whether or not something takes it away.</summary>
    internal bool MayEver(Principal principal, OperationName operation, GroupName? group, UniqueIdentifier? key)
    {
        foreach (var binding in principal.Bindings)
            if (GivenByRole[(int)binding.Role].Contains(operation) && Covers(binding, group)) return true;
        return _principals.GetValueOrDefault(principal.Name)?.Gives(operation, group, key) is true || _everyone?.Gives(operation, group, key) is true;
    }

    /// <summary>All bindings that concern a principal, those for everyone included.</summary>
    internal IEnumerable<CompiledBinding> BindingsOf(Principal principal) => principal.IsServer
        ? []
        : _all.Where(b => b.Source.IsForEveryone || b.Source.Principals.Contains(principal.Name, StringComparer.Ordinal));

    /// <summary>The grants of the tenant.</summary>
    internal GrantIndex Grants => _grants.Index;

    /// <summary>The grant that would have allowed what nothing allows, had its time not run out; null if there is none. It is known until the next one is made.</summary>
    internal string? EndedGrant(Decision decision, OperationName operation, Call call, UniqueIdentifier key)
    {
        if (!string.Equals(decision.Rule, DefaultDeny, StringComparison.Ordinal)) return null;
        foreach (var grant in _grants.Index.Of(call.Principal.Name, key))
            if (grant.Source.ExpiresAt <= call.Time && grant.Contains(operation)) return grant.Rule;
        return null;
    }

    internal static bool Covers(RoleBinding binding, GroupName? group) =>
        binding.Group is not { } scope || (group is { } asked && asked.IsWithin(scope));
}
