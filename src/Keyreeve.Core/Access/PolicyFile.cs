using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Keyreeve.Core.Access;

/// <summary>Who may do what in a tenant, as a file. Its words and what they mean stand in <c>docs/access.md</c>.</summary>
[Description("Who may do what in the tenant: docs/access.md.")]
public sealed record PolicyFile
{
    /// <summary>What this format is called.</summary>
    public const string CurrentFormat = "keyreeve-policy/1";

    /// <summary><see cref="CurrentFormat"/>.</summary>
    [Description("keyreeve-policy/1")]
    public required string Format { get; init; }

    /// <summary>How strictly duties are kept apart.</summary>
    [Description("How strictly duties are kept apart: standard (also if absent), strict, or insecure-none.")]
    public string? Separation { get; init; }

    /// <summary>Roles of your own.</summary>
    [Description("Roles of your own, from the fixed list of operations.")]
    public PolicyRole[]? Roles { get; init; }

    /// <summary>Who has which role where.</summary>
    [Description("Who has which role where. Their order means nothing.")]
    public required PolicyBinding[] Bindings { get; init; }

    /// <summary>The purpose codes.</summary>
    [Description("The purpose codes; if there are any, no others are taken.")]
    public PolicyPurpose[]? Purposes { get; init; }

    /// <summary>What holds in key groups.</summary>
    [Description("What holds in key groups, and in those below them that say nothing of their own.")]
    public PolicyGroup[]? Groups { get; init; }

    /// <summary>What takes more than one person.</summary>
    [Description("What takes more than one person. Destroying, exporting and changing the policy take one approval where nothing is said.")]
    public PolicyApproval[]? Approvals { get; init; }

    /// <summary>How long destroyed keys are waited for.</summary>
    [Description("How long a key is kept after its destruction was announced; seven days where nothing is said.")]
    public PolicyDestruction[]? Destruction { get; init; }

    /// <summary>How much may be asked for.</summary>
    [Description("How much may be asked for, by principal, key and tenant.")]
    public PolicyLimit[]? Limits { get; init; }

    /// <summary>What holds for principals.</summary>
    [Description("What holds for principals besides their rights.")]
    public PolicyPrincipal[]? Principals { get; init; }
}

/// <summary>A role of your own.</summary>
[Description("A role of your own.")]
public sealed record PolicyRole
{
    /// <summary>Its name.</summary>
    [Description("Its name: letters, digits, '.', '_' and '-'; not that of a built-in role.")]
    public required string Name { get; init; }

    /// <summary>What it contains.</summary>
    [Description("The operations, such as Encrypt or GetKey; nothing is added to them.")]
    public required string[] Operations { get; init; }
}

/// <summary>A role in a scope for somebody.</summary>
[Description("A role in a scope for somebody, given or taken away. Exactly one of tenant, group and key says where.")]
public sealed record PolicyBinding
{
    /// <summary>What the audit trail calls it.</summary>
    [Description("What the audit trail calls it; if absent, its role and scope. Needed where uses are counted.")]
    public string? Name { get; init; }

    /// <summary>allow or deny.</summary>
    [Description("allow, also if absent; or deny, which wins over whatever allows.")]
    public string? Effect { get; init; }

    /// <summary>For whom.</summary>
    [Description("For whom: names of principals, compared exactly.")]
    public string[]? Principals { get; init; }

    /// <summary>For everyone whom the tenant knows.</summary>
    [Description("true instead of principals: for everyone whom the tenant knows.")]
    public bool? Everyone { get; init; }

    /// <summary>The role.</summary>
    [Description("The role, built-in or your own.")]
    public required string Role { get; init; }

    /// <summary>In the whole tenant.</summary>
    [Description("true: in the whole tenant.")]
    public bool? Tenant { get; init; }

    /// <summary>In a key group.</summary>
    [Description("In this key group and those below it.")]
    public string? Group { get; init; }

    /// <summary>For a key.</summary>
    [Description("For this key alone: its identifier, which stays the same through rotations.")]
    public string? Key { get; init; }

    /// <summary>When it holds.</summary>
    [Description("When it holds; always if absent.")]
    public PolicyConditions? Conditions { get; init; }
}

/// <summary>When a binding holds.</summary>
[Description("When a binding holds. All kinds that are stated have to; of a list one entry is enough, but every term of the context has to.")]
public sealed record PolicyConditions
{
    /// <summary>Networks.</summary>
    [Description("The caller's address is in one of these, such as 10.1.0.0/16 or 2001:db8::/32.")]
    public string[]? Networks { get; init; }

    /// <summary>Hours.</summary>
    [Description("The moment is in one of these.")]
    public PolicyTime[]? Times { get; init; }

    /// <summary>The earliest moment.</summary>
    [Description("Not before this moment.")]
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The end.</summary>
    [Description("Not from this moment on.")]
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>The context.</summary>
    [Description("The context has all of these.")]
    public PolicyContextTerm[]? Context { get; init; }

    /// <summary>Purposes.</summary>
    [Description("The purpose is one of these.")]
    public string[]? Purposes { get; init; }

    /// <summary>Protocols.</summary>
    [Description("Kmip or Rest.")]
    public string[]? Protocols { get; init; }

    /// <summary>How often.</summary>
    [Description("So often in all, counted over restarts, under the binding's name.")]
    public long? Uses { get; init; }

    /// <summary>The least age of the credential.</summary>
    [Description("The credential is at least so old, an ISO 8601 duration.")]
    public string? CredentialAtLeast { get; init; }

    /// <summary>The greatest age of the credential.</summary>
    [Description("The credential is at most so old, an ISO 8601 duration.")]
    public string? CredentialAtMost { get; init; }
}

/// <summary>Hours of days.</summary>
[Description("Hours of days, in UTC. If the end is not after the beginning, it goes on past midnight.")]
public sealed record PolicyTime
{
    /// <summary>Days.</summary>
    [Description("Monday to Sunday: the days on which it begins; every day if absent.")]
    public string[]? Days { get; init; }

    /// <summary>The beginning.</summary>
    [Description("hh:mm")]
    public required string From { get; init; }

    /// <summary>The end.</summary>
    [Description("hh:mm; the end itself is outside. 00:00 is the end of the day.")]
    public required string Until { get; init; }
}

/// <summary>What a pair of the context has to be like.</summary>
[Description("What a pair of the context has to be like: exactly one of equals and contains.")]
public sealed record PolicyContextTerm
{
    /// <summary>The name.</summary>
    [Description("The pair's name.")]
    public required string Name { get; init; }

    /// <summary>The whole value.</summary>
    [Description("The value that it has; no character means another.")]
    [JsonPropertyName("equals")]
    public string? Exactly { get; init; }

    /// <summary>A part of the value.</summary>
    [Description("A text that its value contains; no character means another.")]
    public string? Contains { get; init; }
}

/// <summary>A purpose code.</summary>
[Description("Why a key may be needed.")]
public sealed record PolicyPurpose
{
    /// <summary>The code.</summary>
    [Description("1 to 64 letters, digits, '.', '_', ':', '/' and '-'.")]
    public required string Code { get; init; }

    /// <summary>What it means.</summary>
    [Description("What it means, for people.")]
    public string? Description { get; init; }
}

/// <summary>What holds in a key group.</summary>
[Description("What holds in a key group.")]
public sealed record PolicyGroup
{
    /// <summary>The group.</summary>
    [Description("The key group.")]
    public required string Group { get; init; }

    /// <summary>Whether a purpose is demanded.</summary>
    [Description("Whether whoever uses a key here or gets its material has to say why.")]
    public required bool DemandsPurpose { get; init; }

    /// <summary>Which purposes.</summary>
    [Description("Which of the tenant's purpose codes it takes; all if absent.")]
    public string[]? Purposes { get; init; }
}

/// <summary>How many others have to agree.</summary>
[Description("How many others have to agree, for what, and where. Exactly one of tenant, group and key says where; the nearest rule holds.")]
public sealed record PolicyApproval
{
    /// <summary>For what.</summary>
    [Description("destroy, schedule-destruction, export, policy, root-rotation, seal-slots, restore, audit-retention, offboarding")]
    public required string[] For { get; init; }

    /// <summary>In the whole tenant.</summary>
    [Description("true: in the whole tenant.")]
    public bool? Tenant { get; init; }

    /// <summary>In a key group.</summary>
    [Description("In this key group and those below it.")]
    public string? Group { get; init; }

    /// <summary>For a key.</summary>
    [Description("For this key alone: its identifier.")]
    public string? Key { get; init; }

    /// <summary>How many.</summary>
    [Description("How many besides the one who asks, 1 to 16.")]
    public int? Approvals { get; init; }

    /// <summary>Whether one person is enough.</summary>
    [Description("true instead of approvals: one person is enough here, whatever a wider rule says.")]
    public bool? InsecureAlone { get; init; }

    /// <summary>Whose approval counts.</summary>
    [Description("Whose approval counts: names of principals; if absent, everyone's who may approve there.")]
    public string[]? Approvers { get; init; }

    /// <summary>Whether own keys are meant too.</summary>
    [Description("true: whoever made or brought a key needs it for the key's export too.")]
    public bool? OwnToo { get; init; }

    /// <summary>How long.</summary>
    [Description("How long a request can be approved and carried out, an ISO 8601 duration of 5 minutes to 30 days; P3D if absent.")]
    public string? ValidFor { get; init; }
}

/// <summary>How long destroyed keys are waited for.</summary>
[Description("How long a key is kept, unusable, after its destruction was announced. Either tenant or group says where; the nearest holds.")]
public sealed record PolicyDestruction
{
    /// <summary>In the whole tenant.</summary>
    [Description("true: in the whole tenant.")]
    public bool? Tenant { get; init; }

    /// <summary>In a key group.</summary>
    [Description("In this key group and those below it.")]
    public string? Group { get; init; }

    /// <summary>How long.</summary>
    [Description("PT1H to P30D, an ISO 8601 duration; or none: whoever may destroys a key at once, as KMIP has it.")]
    public required string Wait { get; init; }
}

/// <summary>What holds for a principal.</summary>
[Description("What holds for a principal besides its rights.")]
public sealed record PolicyPrincipal
{
    /// <summary>Its name.</summary>
    [Description("Its name.")]
    public required string Name { get; init; }

    /// <summary>Its purpose.</summary>
    [Description("The purpose of what it asks without stating one.")]
    public required string DefaultPurpose { get; init; }
}

/// <summary>How a policy is written: what it does not say is left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false, RespectNullableAnnotations = true,
    Converters = [typeof(MomentConverter)])]
[JsonSerializable(typeof(PolicyFile))]
[JsonSerializable(typeof(string))]
internal sealed partial class PolicyJson : JsonSerializerContext;
