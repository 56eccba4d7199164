using System.Collections.Immutable;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Access;

/// <summary>How strictly duties are kept apart, when rights are written.</summary>
public enum Separation
{
    /// <summary>Never stored.</summary>
    None = 0,

    /// <summary>Whoever decides about rights, or reads the trail, neither uses nor exports keys. The default.</summary>
    Standard,

    /// <summary>Besides: who administers keys neither uses nor exports them, decides about no rights, and reads no trail.</summary>
    Strict,

    /// <summary>Nothing is refused: one principal may have every role. For test installations.</summary>
    InsecureNone,
}

/// <summary>A role of your own.</summary>
/// <param name="Name">Its name; not that of a built-in one.</param>
/// <param name="Operations">What it contains; nothing is added.</param>
public sealed record CustomRole(string Name, OperationSet Operations);

/// <summary>A role in a scope for somebody, given or taken away, when the conditions hold.</summary>
public sealed record AccessBinding
{
    /// <summary>What the audit trail calls it; null: its role and scope. Needed where uses are counted.</summary>
    public string? Name { get; init; }

    /// <summary>Whether it takes away; that wins over all that is given.</summary>
    public bool IsDeny { get; init; }

    /// <summary>For whom; compared ordinally.</summary>
    public ImmutableArray<string> Principals { get; init; } = [];

    /// <summary>Whether it is for everyone whom the tenant knows.</summary>
    public bool IsForEveryone { get; init; }

    /// <summary>The role, built-in or your own.</summary>
    public required string Role { get; init; }

    /// <summary>In this key group and all below it; null if it is for a key or the whole tenant.</summary>
    public GroupName? Group { get; init; }

    /// <summary>For this key alone, all its versions; null if it is for a group or the whole tenant.</summary>
    public UniqueIdentifier? Key { get; init; }

    /// <summary>When it holds.</summary>
    public AccessConditions Conditions { get; init; } = AccessConditions.None;

    /// <summary>How the audit trail names it, such as <c>KeyUser@payments</c>; <c>*</c> for the whole tenant.</summary>
    public string Rule => Name ?? $"{(IsDeny ? "deny " : "")}{Role}@{(Key is { } key ? $"key:{key}" : Group?.Value ?? "*")}";
}

/// <summary>Why a key may be needed.</summary>
/// <param name="Code">The code.</param>
/// <param name="Description">What it means, for people.</param>
public sealed record PurposeCode(string Code, string? Description);

/// <summary>What holds in a key group, and in those below it that say nothing of their own.</summary>
public sealed record GroupRule
{
    /// <summary>The group.</summary>
    public required GroupName Group { get; init; }

    /// <summary>Whether whoever uses a key or gets its material has to say why.</summary>
    public bool DemandsPurpose { get; init; }

    /// <summary>Which of the tenant's codes it takes; empty means all of them.</summary>
    public ImmutableArray<string> Purposes { get; init; } = [];
}

/// <summary>What holds for a principal besides its rights.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DefaultPurpose">The purpose of what it asks without stating one.</param>
public sealed record PrincipalRule(string Name, string DefaultPurpose);

/// <summary>Who may do what in a tenant, as it is written; immutable. What was given at enrolment stands with the principals.</summary>
public sealed record TenantPolicy
{
    /// <summary>Nothing is written.</summary>
    public static TenantPolicy Empty { get; } = new();

    /// <summary>Roles of your own.</summary>
    public ImmutableArray<CustomRole> Roles { get; init; } = [];

    /// <summary>Who has which role where; their order means nothing.</summary>
    public ImmutableArray<AccessBinding> Bindings { get; init; } = [];

    /// <summary>The purpose codes; if there are any, no others are taken.</summary>
    public ImmutableArray<PurposeCode> Purposes { get; init; } = [];

    /// <summary>What holds in key groups.</summary>
    public ImmutableArray<GroupRule> Groups { get; init; } = [];

    /// <summary>What holds for principals.</summary>
    public ImmutableArray<PrincipalRule> Principals { get; init; } = [];

    /// <summary>How much may be asked for.</summary>
    public ImmutableArray<LimitRule> Limits { get; init; } = [];

    /// <summary>What takes more than one person; what is not said here is as it is by itself.</summary>
    public ImmutableArray<ApprovalRule> Approvals { get; init; } = [];

    /// <summary>How long destroyed keys are waited for.</summary>
    public ImmutableArray<DestructionRule> Destruction { get; init; } = [];

    /// <summary>How strictly duties are kept apart.</summary>
    public Separation Separation { get; init; } = Separation.Standard;

    /// <summary>Counts the changes; 0 if there was none.</summary>
    public long RowVersion { get; init; }

    /// <summary>What a role of that name contains, built-in or your own.</summary>
    /// <param name="name">The exact name.</param>
    /// <param name="isDeny">Whether the role is taken away and not given.</param>
    public OperationSet OperationsOf(string name, bool isDeny)
    {
        if (RoleCatalog.TryParse(name, out var role)) return isDeny ? RoleCatalog.TakenBy(role) : RoleCatalog.GivenBy(role);
        return Roles.FirstOrDefault(r => string.Equals(r.Name, name, StringComparison.Ordinal))?.Operations ?? OperationSet.Empty;
    }

    /// <summary>What a principal's enrolment gave, in the words of a policy.</summary>
    internal static AccessBinding Of(Principal principal, RoleBinding given) =>
        new() { Principals = [principal.Name], Role = given.Role.ToString(), Group = given.Group };
}
