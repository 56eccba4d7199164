namespace Keyreeve.Core.Access;

/// <summary>Which purposes a tenant takes, and where it demands one: a compiled part of its policy.</summary>
public sealed class PurposeRules
{
    /// <summary>Longest code, in characters.</summary>
    public const int LongestCode = 64;

    /// <summary>How a decision is named that refuses a purpose which is none of the tenant's.</summary>
    internal const string Unknown = "purpose-unknown";

    /// <summary>How one begins that misses a purpose; the group that demands it follows.</summary>
    internal const string Demanded = "purpose-demanded@";

    /// <summary>How one begins that refuses a purpose; the group that does not take it follows.</summary>
    internal const string NotTaken = "purpose-not-taken@";

    private readonly HashSet<string> _codes;
    private readonly Dictionary<string, GroupRule> _groups;
    private readonly Dictionary<string, string> _defaults;

    internal PurposeRules(TenantPolicy policy)
    {
        _codes = policy.Purposes.Select(static p => p.Code).ToHashSet(StringComparer.Ordinal);
        _groups = policy.Groups.ToDictionary(static g => g.Group.Value, StringComparer.Ordinal);
        _defaults = policy.Principals.ToDictionary(static p => p.Name, static p => p.DefaultPurpose, StringComparer.Ordinal);
    }

    /// <summary>Whether a text has the form of a code.</summary>
    public static bool IsWellFormed(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length is 0 or > LongestCode) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or ':' or '/' or '-')) return false;
        return true;
    }

    /// <summary>The purpose of what a principal asks without stating one; null if it has none.</summary>
    public string? DefaultOf(string principal) => _defaults.GetValueOrDefault(principal);

    /// <summary>Why a question is refused for its purpose; null if it is not. Allocates nothing unless it refuses.</summary>
    internal string? Refusal(in AccessQuestion question)
    {
        var purpose = question.Call.Purpose;
        if (purpose is not null && _codes.Count > 0 && !RoleCatalog.Reads.Contains(question.Operation) && !_codes.Contains(purpose)) return Unknown;
        if (_groups.Count == 0 || question.Group is not { } group || !RoleCatalog.Uses.Contains(question.Operation)) return null;
        if (Nearest(group.Value) is not { DemandsPurpose: true } rule) return null;
        if (purpose is null) return Demanded + rule.Group;
        return rule.Purposes.IsEmpty || rule.Purposes.Contains(purpose, StringComparer.Ordinal) ? null : NotTaken + rule.Group;
    }

    private GroupRule? Nearest(string group)
    {
        var lookup = _groups.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var end = group.Length; end > 0; end = group.LastIndexOf('/', end - 1))
            if (lookup.TryGetValue(group.AsSpan(0, end), out var rule)) return rule;
        return null;
    }
}
