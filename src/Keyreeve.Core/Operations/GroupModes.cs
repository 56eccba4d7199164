using System.Collections.Frozen;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations;

/// <summary>How strict the server is about algorithms in a key group.</summary>
public enum GroupMode
{
    /// <summary>Never used.</summary>
    None = 0,

    /// <summary>Nothing weak: no caller-chosen GCM nonces, no 3DES, no PKCS#1 v1.5 encryption, no RSA below 2048 bits. The
    /// default.</summary>
    Strict,

    /// <summary>What older products need; to be switched on per group, and said at start.</summary>
    InsecureInterop,

    /// <summary>Only algorithms and sizes that NIST approves; no claim of a validation.</summary>
    Approved,
}

/// <summary>The mode of every key group: an immutable snapshot of the configuration.</summary>
public sealed class GroupModes
{
    private readonly FrozenDictionary<GroupName, GroupMode> _modes;

    /// <summary>Makes the map.</summary>
    /// <param name="modes">Modes of groups; each holds for the groups below it that state none.</param>
    /// <param name="standard">The mode of groups for which nothing is stated: strict or approved.</param>
    public GroupModes(IEnumerable<KeyValuePair<GroupName, GroupMode>> modes, GroupMode standard = GroupMode.Strict)
    {
        _modes = modes.ToFrozenDictionary();
        Default = standard;
    }

    /// <summary>The mode of groups for which nothing is stated.</summary>
    public GroupMode Default { get; }

    /// <summary>Every group strict.</summary>
    public static GroupModes AllStrict { get; } = new([]);

    /// <summary>The groups whose mode is not the default, to be said at start.</summary>
    public IEnumerable<GroupName> InteropGroups => _modes.Where(m => m.Value == GroupMode.InsecureInterop).Select(m => m.Key).Order();

    /// <summary>The mode of a group: its own, or the nearest stated above it, or the default.</summary>
    public GroupMode Of(GroupName group)
    {
        if (_modes.Count == 0) return Default;
        if (_modes.TryGetValue(group, out var mode)) return mode;
        for (var end = group.Value.LastIndexOf('/'); end > 0; end = group.Value.LastIndexOf('/', end - 1))
            if (_modes.TryGetValue(GroupName.Parse(group.Value[..end]), out mode)) return mode;
        return Default;
    }
}
