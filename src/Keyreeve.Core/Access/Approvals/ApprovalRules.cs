using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Access.Approvals;

/// <summary>What takes more than one person, and how long destroyed keys are waited for: a compiled part of a tenant's policy.</summary>
public sealed class ApprovalRules
{
    // What holds where nothing is written.
    private static readonly ApprovalRule BuiltIn = new()
    {
        Kinds = [ApprovalKind.Destroy, ApprovalKind.Export, ApprovalKind.Policy], Approvals = 1, IsBuiltIn = true,
    };

    private readonly Dictionary<(ApprovalKind Kind, string Group), ApprovalRule> _groups;
    private readonly Dictionary<(ApprovalKind Kind, UniqueIdentifier Key), ApprovalRule> _keys;
    private readonly Dictionary<ApprovalKind, ApprovalRule> _tenant;
    private readonly Dictionary<string, TimeSpan?> _waits;
    private readonly DestructionRule _wait;

    internal ApprovalRules(TenantPolicy policy)
    {
        var each = policy.Approvals.SelectMany(static r => r.Kinds.Select(kind => (Kind: kind, Rule: r))).ToList();
        _keys = each.Where(static e => e.Rule.Key is not null).ToDictionary(static e => (e.Kind, e.Rule.Key!.Value), static e => e.Rule);
        _groups = each.Where(static e => e.Rule.Group is not null).ToDictionary(static e => (e.Kind, e.Rule.Group!.Value.Value), static e => e.Rule);
        _tenant = each.Where(static e => e.Rule is { Group: null, Key: null }).ToDictionary(static e => e.Kind, static e => e.Rule);
        foreach (var kind in BuiltIn.Kinds) _tenant.TryAdd(kind, BuiltIn);
        _waits = policy.Destruction.Where(static d => d.Group is not null).ToDictionary(static d => d.Group!.Value.Value, static d => d.Wait, StringComparer.Ordinal);
        _wait = policy.Destruction.FirstOrDefault(static d => d.Group is null) ?? new DestructionRule(null, DestructionRule.StandardWait);
    }

    /// <summary>The rule that is nearest: the key's, the group's or the next above it that has one, the tenant's; null if none is.</summary>
    public ApprovalRule? Of(ApprovalKind kind, GroupName? group, UniqueIdentifier? key)
    {
        if (key is { } asked && _keys.Count > 0 && _keys.TryGetValue((kind, asked), out var ofKey)) return ofKey;
        if (group is { } within && _groups.Count > 0)
        {
            for (var name = within.Value; name.Length > 0; name = Above(name))
                if (_groups.TryGetValue((kind, name), out var ofGroup)) return ofGroup;
        }

        return _tenant.GetValueOrDefault(kind);
    }

    /// <summary>How long a key of the group is kept after its destruction was announced; null: not at all.</summary>
    public TimeSpan? WaitIn(GroupName group)
    {
        for (var name = _waits.Count == 0 ? "" : group.Value; name.Length > 0; name = Above(name))
            if (_waits.TryGetValue(name, out var wait)) return wait;
        return _wait.Wait;
    }

    private static string Above(string group) => group[..Math.Max(group.LastIndexOf('/'), 0)];
}
