using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>A binding, ready to decide.</summary>
internal sealed class CompiledBinding(AccessBinding source, OperationSet operations, UseCounter? counter)
{
    public AccessBinding Source => source;

    public OperationSet Operations => operations;

    public UseCounter? Counter => counter;

    public bool IsUnconditional { get; } = source.Conditions.IsEmpty;

    // Made once: it is wanted for every request.
    public string Rule { get; } = source.Rule;

    /// <summary>Whether a use for this is one that is counted: to see a key is none.</summary>
    public bool Counts(OperationName operation) => counter is not null && !RoleCatalog.Reads.Contains(operation);

    public bool IsUsedUp => counter is not null && counter.Used >= source.Conditions.Uses;

    /// <summary>The first condition that keeps it from holding.</summary>
    public ConditionKind FirstFailing(in AccessQuestion question)
    {
        if (IsUnconditional) return ConditionKind.None;
        return Counts(question.Operation) && IsUsedUp ? ConditionKind.Uses : source.Conditions.FirstFailing(question, source.IsDeny);
    }
}

/// <summary>The bindings of one scope: what gives and what takes away, each in an order of its own, whatever theirs was in the file.</summary>
internal sealed class ScopeBindings
{
    private readonly ImmutableArray<CompiledBinding> _gives;
    private readonly ImmutableArray<CompiledBinding> _takes;
    private readonly OperationSet _given;
    private readonly OperationSet _taken;

    public ScopeBindings(IEnumerable<CompiledBinding> bindings)
    {
        // What costs nothing comes first: a use is counted only where nothing else allows.
        var ordered = bindings.OrderBy(static b => b.Counter is not null).ThenBy(static b => !b.IsUnconditional).ThenBy(static b => b.Rule, StringComparer.Ordinal).ToList();
        (_gives, _given) = Needed(ordered.Where(static b => !b.Source.IsDeny));
        (_takes, _taken) = Needed(ordered.Where(static b => b.Source.IsDeny));
    }

    public OperationSet Given => _given;

    public CompiledBinding? FindTaking(in AccessQuestion question) => _taken.Contains(question.Operation) ? Find(_takes, question) : null;

    public CompiledBinding? FindGiving(in AccessQuestion question) => _given.Contains(question.Operation) ? Find(_gives, question) : null;

    private static CompiledBinding? Find(ImmutableArray<CompiledBinding> bindings, in AccessQuestion question)
    {
        foreach (var binding in bindings)
            if (binding.Operations.Contains(question.Operation) && binding.FirstFailing(question) == ConditionKind.None) return binding;
        return null;
    }

    // One without conditions decides for all its operations: others for the same ones would never be asked.
    private static (ImmutableArray<CompiledBinding> Bindings, OperationSet Operations) Needed(IEnumerable<CompiledBinding> ordered)
    {
        var needed = ImmutableArray.CreateBuilder<CompiledBinding>();
        var always = OperationSet.Empty;
        var all = OperationSet.Empty;
        foreach (var binding in ordered)
        {
            if (binding.Operations.Except(always).IsEmpty) continue;
            needed.Add(binding);
            all = all.Union(binding.Operations);
            if (binding.IsUnconditional) always = always.Union(binding.Operations);
        }

        return (needed.ToImmutable(), all);
    }
}

/// <summary>The bindings of one principal, or of everyone, by scope.</summary>
internal sealed class PrincipalBindings
{
    private readonly ScopeBindings? _tenant;
    // Nothing is added once they are made: a policy is compiled at every change, and a frozen dictionary takes its time.
    private readonly Dictionary<string, ScopeBindings> _groups;
    private readonly Dictionary<UniqueIdentifier, ScopeBindings> _keys;

    public PrincipalBindings(IReadOnlyCollection<CompiledBinding> bindings)
    {
        var everywhere = bindings.Where(static b => b.Source is { Group: null, Key: null }).ToList();
        _tenant = everywhere.Count == 0 ? null : new ScopeBindings(everywhere);
        _groups = bindings.Where(static b => b.Source.Group is not null).GroupBy(static b => b.Source.Group!.Value.Value, StringComparer.Ordinal)
            .ToDictionary(static g => g.Key, static g => new ScopeBindings(g), StringComparer.Ordinal);
        _keys = bindings.Where(static b => b.Source.Key is not null).GroupBy(static b => b.Source.Key!.Value)
            .ToDictionary(static g => g.Key, static g => new ScopeBindings(g));
    }

    public CompiledBinding? FindTaking(in AccessQuestion question)
    {
        if (question.Key is { } key && _keys.Count > 0 && _keys.TryGetValue(key, out var own) && own.FindTaking(question) is { } ofKey) return ofKey;
        if (question.Group is { } group && _groups.Count > 0)
        {
            var lookup = _groups.GetAlternateLookup<ReadOnlySpan<char>>();
            var name = group.Value;
            for (var end = name.Length; end > 0; end = name.LastIndexOf('/', end - 1))
                if (lookup.TryGetValue(name.AsSpan(0, end), out var scope) && scope.FindTaking(question) is { } found) return found;
        }

        return _tenant?.FindTaking(question);
    }

    // The narrowest scope is named; one whose uses are counted only if no other allows.
    public CompiledBinding? FindGiving(in AccessQuestion question)
    {
        CompiledBinding? counted = null;
        if (question.Key is { } key && _keys.Count > 0 && _keys.TryGetValue(key, out var own) && own.FindGiving(question) is { } ofKey)
        {
            if (ofKey.Counter is null) return ofKey;
            counted = ofKey;
        }

        if (question.Group is { } group && _groups.Count > 0)
        {
            var lookup = _groups.GetAlternateLookup<ReadOnlySpan<char>>();
            var name = group.Value;
            for (var end = name.Length; end > 0; end = name.LastIndexOf('/', end - 1))
            {
                if (!lookup.TryGetValue(name.AsSpan(0, end), out var scope) || scope.FindGiving(question) is not { } found) continue;
                if (found.Counter is null) return found;
                counted ??= found;
            }
        }

        return _tenant?.FindGiving(question) is { } ofTenant && (ofTenant.Counter is null || counted is null) ? ofTenant : counted;
    }

    /// <summary>Whether a scope that covers the place gives the operation, conditions left aside.</summary>
    public bool Gives(OperationName operation, GroupName? group, UniqueIdentifier? key)
    {
        if (_tenant?.Given.Contains(operation) is true || (key is { } asked && _keys.TryGetValue(asked, out var own) && own.Given.Contains(operation))) return true;
        if (group is not { } within || _groups.Count == 0) return false;
        var lookup = _groups.GetAlternateLookup<ReadOnlySpan<char>>();
        var name = within.Value;
        for (var end = name.Length; end > 0; end = name.LastIndexOf('/', end - 1))
            if (lookup.TryGetValue(name.AsSpan(0, end), out var scope) && scope.Given.Contains(operation)) return true;
        return false;
    }

    /// <summary>Where an operation may be allowed, conditions left aside; false if that is not said by groups alone.</summary>
    public bool TryAddGroups(OperationName operation, HashSet<GroupName> groups)
    {
        if (_tenant?.Given.Contains(operation) is true || _keys.Values.Any(scope => scope.Given.Contains(operation))) return false;
        foreach (var (name, scope) in _groups)
            if (scope.Given.Contains(operation)) groups.Add(GroupName.Parse(name));
        return true;
    }

    /// <summary>All scopes in which anything is given; false if one is not a group.</summary>
    public bool TryAddScopes(HashSet<GroupName> groups)
    {
        if (_tenant is { Given.IsEmpty: false } || _keys.Values.Any(static scope => !scope.Given.IsEmpty)) return false;
        foreach (var (name, scope) in _groups)
            if (!scope.Given.IsEmpty) groups.Add(GroupName.Parse(name));
        return true;
    }
}
