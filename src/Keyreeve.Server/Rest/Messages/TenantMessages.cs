using System.Collections.Immutable;
using System.ComponentModel;

namespace Keyreeve.Server.Rest.Messages;

[Description("A tenant to be made.")]
internal sealed record NewTenantBody
{
    [Description("Its name: letters, digits, '.', '_' and '-'.")]
    public required string Name { get; init; }

    [Description("The name of its first administrator.")]
    public required string Administrator { get; init; }

    [Description("How long the administrator's code can be used, as an ISO 8601 duration; PT1M to P7D, PT1H if absent.")]
    public string? ValidFor { get; init; }

    [Description("The authorities (SHA-256 of the public key) and issuers of tokens that vouch for its principals and nobody else's.")]
    public ImmutableArray<string>? Issuers { get; init; }
}

// A class: a record's generated ToString would print the code.
[Description("A tenant that was made, and the code with which its first administrator enrols.")]
internal sealed class NewTenantMessage
{
    [Description("The tenant.")]
    public required TenantMessage Tenant { get; init; }

    [Description("The code.")]
    public required EnrolmentCodeMessage Code { get; init; }
}

[Description("A tenant: an isolated owner with a key-encryption key, principals, policy and audit view of its own.")]
internal sealed record TenantMessage
{
    [Description("Its name.")]
    public required string Name { get; init; }

    [Description("Its number, by which the audit trail names it.")]
    public required int Number { get; init; }

    [Description("Active, Frozen or Deleted.")]
    public required string State { get; init; }

    [Description("When it was made; absent of the first.")]
    public DateTimeOffset? CreatedAt { get; init; }

    [Description("Who made it.")]
    public string? CreatedBy { get; init; }

    [Description("When it came to its State; absent if it has had no other.")]
    public DateTimeOffset? ChangedAt { get; init; }

    [Description("Who brought it there.")]
    public string? ChangedBy { get; init; }

    [Description("Why, if that was said.")]
    public string? Reason { get; init; }

    [Description("The authorities and issuers of tokens that vouch for its principals and nobody else's.")]
    public required ImmutableArray<string> Issuers { get; init; }

    [Description("How many enabled principals it has; absent in lists.")]
    public int? Principals { get; init; }

    [Description("How many managed objects it has; absent in lists.")]
    public long? Objects { get; init; }

    [Description("The versions of its key-encryption key that there are; absent in lists.")]
    public ImmutableArray<int>? KeyVersions { get; init; }
}

[Description("All tenants, by name, those that were deleted included.")]
internal sealed record TenantListMessage
{
    [Description("The tenants.")]
    public required ImmutableArray<TenantMessage> Tenants { get; init; }
}

[Description("Why a tenant is frozen.")]
internal sealed record FreezeTenantBody
{
    [Description("The reason; the tenant's principals are told.")]
    public string? Reason { get; init; }
}

[Description("One more administrator of a tenant.")]
internal sealed record TenantAdministratorBody
{
    [Description("The administrator's name; nobody there has or had it.")]
    public required string Administrator { get; init; }

    [Description("How long the code can be used, as an ISO 8601 duration; PT1M to P7D, PT1H if absent.")]
    public string? ValidFor { get; init; }
}
