using System.Collections.Frozen;
using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations;

/// <summary>
/// Of which pairs of a context the trail holds the value as well as the name, by key group: an immutable snapshot of the
/// configuration. Values may be about people, so none is recorded unless it is named.
/// </summary>
public sealed class RecordedContext
{
    private readonly FrozenDictionary<GroupName, ImmutableArray<string>> _names;

    /// <summary>Makes the map.</summary>
    /// <param name="names">Names of pairs by group; each holds for the groups below it that state none.</param>
    public RecordedContext(IEnumerable<KeyValuePair<GroupName, ImmutableArray<string>>> names) => _names = names.ToFrozenDictionary();

    /// <summary>No value at all.</summary>
    public static RecordedContext Nothing { get; } = new([]);

    /// <summary>The pairs to record, as <c>name=value</c>, in the context's order.</summary>
    public IReadOnlyList<string> Of(GroupName group, EncryptionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (_names.Count == 0 || context.Pairs.Count == 0) return [];
        var names = NamesFor(group);
        return names.IsEmpty ? [] : [.. context.Pairs.Where(p => names.Contains(p.Key, StringComparer.Ordinal)).Select(static p => $"{p.Key}={p.Value}")];
    }

    private ImmutableArray<string> NamesFor(GroupName group)
    {
        if (_names.TryGetValue(group, out var names)) return names;
        for (var end = group.Value.LastIndexOf('/'); end > 0; end = group.Value.LastIndexOf('/', end - 1))
            if (_names.TryGetValue(GroupName.Parse(group.Value[..end]), out names)) return names;
        return [];
    }
}
