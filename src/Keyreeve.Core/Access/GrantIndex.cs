using System.Collections.Frozen;
using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>A grant, ready to decide.</summary>
internal sealed class CompiledGrant(KeyGrant source)
{
    // Whoever may hand it on may make grants of it, which is decided like any other operation.
    private readonly OperationSet _operations = source.MayBeHandedOn ? source.Operations.Union(OperationSet.Of(OperationName.CreateGrant)) : source.Operations;
    private readonly AccessConditions _conditions = new() { Context = source.Context, NotAfter = source.ExpiresAt };

    public KeyGrant Source => source;

    // Made once: it is wanted for every request.
    public string Rule { get; } = source.Rule;

    public bool Covers(in AccessQuestion question) => FirstFailing(question) == ConditionKind.None && _operations.Contains(question.Operation);

    public bool Contains(OperationName operation) => _operations.Contains(operation);

    // Whoever hands it on says nothing yet of the data that it will be used with.
    public ConditionKind FirstFailing(in AccessQuestion question)
    {
        if (question.Operation != OperationName.CreateGrant) return _conditions.FirstFailing(question, isDeny: false);
        return question.Call.Time < source.ExpiresAt ? ConditionKind.None : ConditionKind.Time;
    }
}

/// <summary>The grants of a tenant, by who has them and for which key; immutable.</summary>
internal sealed class GrantIndex
{
    private readonly FrozenDictionary<(string To, UniqueIdentifier Key), ImmutableArray<CompiledGrant>> _byHolder;
    private readonly FrozenSet<string> _holders;

    public GrantIndex(ImmutableArray<KeyGrant> grants)
    {
        All = grants;
        // In an order of their own, so that the same one is always named.
        _byHolder = grants.GroupBy(static g => (g.GrantedTo, g.Key))
            .ToFrozenDictionary(static g => g.Key, static g => g.OrderBy(static one => one.Id.ToString(), StringComparer.Ordinal).Select(static one => new CompiledGrant(one)).ToImmutableArray());
        _holders = grants.Select(static g => g.GrantedTo).ToFrozenSet(StringComparer.Ordinal);
    }

    public static GrantIndex None { get; } = new([]);

    public ImmutableArray<KeyGrant> All { get; }

    public bool IsEmpty => All.IsEmpty;

    /// <summary>Whether somebody has any.</summary>
    public bool Has(string name) => _holders.Contains(name);

    /// <summary>What somebody was given, for whatever key.</summary>
    public IEnumerable<CompiledGrant> HeldBy(string name) =>
        Has(name) ? _byHolder.Where(pair => string.Equals(pair.Key.To, name, StringComparison.Ordinal)).SelectMany(static pair => pair.Value) : [];

    /// <summary>What somebody was given for a key. Allocates nothing.</summary>
    public ImmutableArray<CompiledGrant> Of(string name, UniqueIdentifier key) => _byHolder.TryGetValue((name, key), out var found) ? found : [];
}
