using System.Collections.Frozen;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Tokens;

/// <summary>Where a key's material is.</summary>
public enum KeyProtection
{
    /// <summary>Nothing is said: what the key group says.</summary>
    Unstated = 0,

    /// <summary>In the store, wrapped; in use in locked memory.</summary>
    Software,

    /// <summary>In the token, which it never leaves.</summary>
    Hsm,
}

/// <summary>The protection that each key group demands: an immutable snapshot of the configuration.</summary>
public sealed class GroupProtections
{
    private readonly FrozenDictionary<GroupName, KeyProtection> _protections;

    /// <summary>Makes the map.</summary>
    /// <param name="protections">Protections of groups; each holds for the groups below it that state none.</param>
    public GroupProtections(IEnumerable<KeyValuePair<GroupName, KeyProtection>> protections) => _protections = protections.ToFrozenDictionary();

    /// <summary>No group demands anything.</summary>
    public static GroupProtections None { get; } = new([]);

    /// <summary>The protection of a group: its own, or the nearest stated above it, or none.</summary>
    public KeyProtection Of(GroupName group)
    {
        if (_protections.Count == 0) return KeyProtection.Unstated;
        if (_protections.TryGetValue(group, out var protection)) return protection;
        for (var end = group.Value.LastIndexOf('/'); end > 0; end = group.Value.LastIndexOf('/', end - 1))
            if (_protections.TryGetValue(GroupName.Parse(group.Value[..end]), out protection)) return protection;
        return KeyProtection.Unstated;
    }
}
