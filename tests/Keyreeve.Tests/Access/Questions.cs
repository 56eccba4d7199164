using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Crypto;

namespace Keyreeve.Tests.Access;

/// <summary>Policies and questions to them, as tests write them.</summary>
internal static class Questions
{
    /// <summary>A Wednesday.</summary>
    public static DateTimeOffset Noon { get; } = new(2026, 4, 1, 12, 0, 0, TimeSpan.Zero);

    public static UniqueIdentifier KeyOne { get; } = UniqueIdentifier.New(Noon);

    public static UniqueIdentifier KeyTwo { get; } = UniqueIdentifier.New(Noon);

    public static Principal Principal(string name, params RoleBinding[] given) => new()
    {
        Tenant = TenantId.Default,
        Name = name,
        Fingerprint = "f-" + name,
        HomeGroup = GroupName.Default,
        Bindings = [.. given],
        CredentialSince = Noon.AddDays(-30),
    };

    public static Call Call(Principal principal) => new()
    {
        Principal = principal, Protocol = Protocol.Rest, SourceAddress = "10.1.2.3", SourcePort = 1, CorrelationId = "0", Time = Noon,
    };

    public static AccessQuestion Ask(Call call, OperationName operation, string? group = null, UniqueIdentifier? key = null, EncryptionContext? context = null) => new()
    {
        Call = call, Operation = operation, Group = group is null ? null : GroupName.Parse(group), Key = key, Context = context,
    };

    public static AccessBinding Allow(string principal, string role, string? group = null) =>
        new() { Principals = [principal], Role = role, Group = group is null ? null : GroupName.Parse(group) };

    public static AccessBinding Deny(string principal, string role, string? group = null) => Allow(principal, role, group) with { IsDeny = true };

    public static AccessPolicy Compile(TenantPolicy policy) => new(policy, static _ => new UseCounter());

    /// <summary>A policy with grants, among principals that are all known and enabled unless they are named here.</summary>
    public static AccessPolicy Compile(TenantPolicy policy, IEnumerable<KeyGrant> grants, params IReadOnlyCollection<Principal> principals) =>
        Compile(policy).With(new GrantIndex([.. grants]), name => principals.FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.Ordinal)) ?? Principal(name));

    public static AccessPolicy Compile(params AccessBinding[] bindings) => Compile(new TenantPolicy { Bindings = [.. bindings] });
}
