using System.Collections.Immutable;

namespace Keyreeve.Server.Alerts.Watching;

/// <summary>What a rule counts for itself: one count for each of these.</summary>
internal enum CountedPer
{
    /// <summary>Never used.</summary>
    None = 0,

    /// <summary>Each principal.</summary>
    Principal,

    /// <summary>Each key.</summary>
    Key,

    /// <summary>Each network from which requests come.</summary>
    Network,

    /// <summary>Each tenant.</summary>
    Tenant,

    /// <summary>The whole server.</summary>
    Server,
}

/// <summary>A rule that counts records of some kind: so many within a time are an alert. Own rules are such; null means any.</summary>
internal sealed record CountRule
{
    public required string Name { get; init; }

    public ImmutableArray<string> Operations { get; init; } = [];

    public ImmutableArray<string> Results { get; init; } = [];

    /// <summary>A name, or the beginning of one and <c>*</c>.</summary>
    public string? Principal { get; init; }

    /// <summary>As <see cref="Principal"/>.</summary>
    public string? Key { get; init; }

    /// <summary>A key group; those below it are meant too.</summary>
    public string? Group { get; init; }

    /// <summary>As <see cref="Principal"/>.</summary>
    public string? Purpose { get; init; }

    /// <summary>An address, or the beginning of one and <c>*</c>.</summary>
    public string? Source { get; init; }

    public required int Count { get; init; }

    public required TimeSpan Within { get; init; }

    public CountedPer Per { get; init; } = CountedPer.Principal;

    public AlertSeverity Severity { get; init; } = AlertSeverity.Warning;

    /// <summary>The rules of this kind that are on unless they are turned off.</summary>
    public static ImmutableArray<CountRule> Shipped { get; } =
    [
        new() { Name = AlertRuleName.ManyRefusals, Results = ["Denied"], Count = 20, Within = TimeSpan.FromMinutes(10) },
        new()
        {
            Name = AlertRuleName.FailedAuthentications, Operations = ["Authenticate", "Login", "DelegatedLogin", "Enrol"], Results = ["Failed", "Denied"],
            Count = 20, Within = TimeSpan.FromMinutes(10), Per = CountedPer.Network,
        },
        new()
        {
            Name = AlertRuleName.FailedAuthenticationsEverywhere, Operations = ["Authenticate", "Login", "DelegatedLogin", "Enrol"],
            Results = ["Failed", "Denied"], Count = 100, Within = TimeSpan.FromMinutes(10), Per = CountedPer.Server, Severity = AlertSeverity.Critical,
        },
        new() { Name = AlertRuleName.FailedDecryptions, Operations = ["Decrypt", "DecryptMasked", "ReEncrypt"], Results = ["Failed"], Count = 100, Within = TimeSpan.FromMinutes(10) },
    ];

    public bool Matches(AuditSight sight) =>
        IsOneOf(Operations, sight.Operation) && IsOneOf(Results, sight.Result)
        && Fits(Principal, sight.Principal) && Fits(Key, sight.Key) && Fits(Purpose, sight.Purpose) && Fits(Source, sight.SourceAddress)
        && (Group is null || (sight.Group is { } group && (group.Equals(Group, StringComparison.Ordinal) || group.StartsWith(Group + "/", StringComparison.Ordinal))));

    /// <summary>Whose count a record belongs to; null if it has none.</summary>
    public string? SubjectOf(AuditSight sight) => Per switch
    {
        CountedPer.Principal => sight.Principal,
        CountedPer.Key => sight.Key,
        CountedPer.Network => sight.SourceAddress is { } address ? PrincipalProfile.NetworkOf(address) : null,
        _ => "",
    };

    /// <summary>Whether a text fits a name, or the beginning of one and <c>*</c>; nothing fits all.</summary>
    public static bool Fits(string? pattern, string? text)
    {
        if (pattern is null) return true;
        if (text is null) return false;
        return pattern.EndsWith('*') ? text.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal) : text.Equals(pattern, StringComparison.Ordinal);
    }

    private static bool IsOneOf(ImmutableArray<string> wanted, string found) => wanted.IsEmpty || wanted.Contains(found, StringComparer.Ordinal);
}
