using System.Collections.Immutable;
using System.Text.Json;
using System.Xml;
using Keyreeve.Core.Access.Approvals;

namespace Keyreeve.Core.Access;

/// <summary>From the policy to the file: what <see cref="PolicyReader"/> reads again to the same policy.</summary>
internal static class PolicyWriter
{
    public static PolicyFile Write(TenantPolicy policy) => new()
    {
        Format = PolicyFile.CurrentFormat,
        Separation = PolicyReader.WordOf(policy.Separation),
        Roles = NullIfNone(policy.Roles, static r => new PolicyRole { Name = r.Name, Operations = [.. r.Operations.ToNames().Select(static o => o.ToString())] }),
        Purposes = NullIfNone(policy.Purposes, static p => new PolicyPurpose { Code = p.Code, Description = p.Description }),
        Groups = NullIfNone(policy.Groups, static g => new PolicyGroup
        {
            Group = g.Group.Value, DemandsPurpose = g.DemandsPurpose, Purposes = g.Purposes.IsEmpty ? null : [.. g.Purposes],
        }),
        Principals = NullIfNone(policy.Principals, static p => new PolicyPrincipal { Name = p.Name, DefaultPurpose = p.DefaultPurpose }),
        Limits = NullIfNone(policy.Limits, PolicyLimit.Of),
        Approvals = NullIfNone(policy.Approvals, Approval),
        Destruction = NullIfNone(policy.Destruction, static d => new PolicyDestruction
        {
            Tenant = d.Group is null ? true : null, Group = d.Group?.Value, Wait = d.Wait is { } wait ? XmlConvert.ToString(wait) : PolicyReader.WithoutWait,
        }),
        Bindings = [.. policy.Bindings.Select(Binding)],
    };

    private static PolicyApproval Approval(ApprovalRule rule) => new()
    {
        For = [.. rule.Kinds.Select(ApprovalKinds.WordOf)],
        Tenant = rule is { Group: null, Key: null } ? true : null,
        Group = rule.Group?.Value,
        Key = rule.Key?.ToString(),
        Approvals = rule.IsWaived ? null : rule.Approvals,
        InsecureAlone = rule.IsWaived ? true : null,
        Approvers = NullIfNone(rule.Approvers, static name => name),
        OwnToo = rule.OwnToo ? true : null,
        ValidFor = rule.ValidFor == ApprovalRule.StandardValidity ? null : XmlConvert.ToString(rule.ValidFor),
    };

    public static PolicyBinding Binding(AccessBinding binding) => new()
    {
        Name = binding.Name,
        Effect = binding.IsDeny ? "deny" : null,
        Principals = binding.IsForEveryone ? null : [.. binding.Principals],
        Everyone = binding.IsForEveryone ? true : null,
        Role = binding.Role,
        Tenant = binding is { Group: null, Key: null } ? true : null,
        Group = binding.Group?.Value,
        Key = binding.Key?.ToString(),
        Conditions = binding.Conditions.IsEmpty ? null : Conditions(binding.Conditions),
    };

    /// <summary>Conditions in the words of a file.</summary>
    public static string ToJson(AccessConditions conditions) => JsonSerializer.Serialize(Conditions(conditions), PolicyJson.Default.PolicyConditions);

    private static PolicyConditions Conditions(AccessConditions conditions) => new()
    {
        Networks = NullIfNone(conditions.Networks, static n => n.ToString()),
        Times = NullIfNone(conditions.Times, static t => new PolicyTime
        {
            Days = NullIfNone(t.Days, static d => d.ToString()), From = $"{t.From:HH:mm}", Until = $"{t.Until:HH:mm}",
        }),
        NotBefore = conditions.NotBefore,
        NotAfter = conditions.NotAfter,
        Context = NullIfNone(conditions.Context, static c => new PolicyContextTerm { Name = c.Name, Exactly = c.Exactly, Contains = c.Contains }),
        Purposes = NullIfNone(conditions.Purposes, static p => p),
        Protocols = NullIfNone(conditions.Protocols, static p => p.ToString()),
        Uses = conditions.Uses,
        CredentialAtLeast = conditions.CredentialAtLeast is { } least ? XmlConvert.ToString(least) : null,
        CredentialAtMost = conditions.CredentialAtMost is { } most ? XmlConvert.ToString(most) : null,
    };

    private static TOut[]? NullIfNone<TIn, TOut>(ImmutableArray<TIn> items, Func<TIn, TOut> write) => items.IsDefaultOrEmpty ? null : [.. items.Select(write)];
}
