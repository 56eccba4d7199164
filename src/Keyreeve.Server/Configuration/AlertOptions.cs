using System.Collections.Immutable;
using Keyreeve.Server.Alerts;
using Keyreeve.Server.Alerts.Watching;

namespace Keyreeve.Server.Configuration;

/// <summary>Sections <c>[alerts]</c>, <c>[alert-rules]</c>, <c>[alert-silences]</c> and <c>[alert-destinations]</c>.</summary>
public sealed record AlertOptions
{
    /// <summary>Whether the trail is watched at all.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How long the same alert is not told again.</summary>
    public TimeSpan SilenceWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long before its end a certificate or key is told of.</summary>
    public TimeSpan ExpiryNotice { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How far the clock may step before it is told.</summary>
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The rules that are configured, by name.</summary>
    internal ImmutableSortedDictionary<string, AlertRuleOptions> Rules { get; init; } = ImmutableSortedDictionary<string, AlertRuleOptions>.Empty;

    internal ImmutableSortedDictionary<string, AlertSilence> Silences { get; init; } = ImmutableSortedDictionary<string, AlertSilence>.Empty;

    internal ImmutableSortedDictionary<string, AlertDestinationOptions> Destinations { get; init; } = ImmutableSortedDictionary<string, AlertDestinationOptions>.Empty;

    internal HabitSettings Habits { get; init; } = new();

    /// <summary>The rules that count records: those shipped that are on, as they are configured, and the own ones.</summary>
    internal ImmutableArray<CountRule> CountRules =>
    [
        .. CountRule.Shipped.Select(rule => Rules.TryGetValue(rule.Name, out var changed) ? changed.ApplyTo(rule) : rule).Where(rule => !IsOff(rule.Name)),
        .. Rules.Where(rule => !rule.Value.IsOff && !AlertRuleName.All.Contains(rule.Key, StringComparer.Ordinal)).Select(static rule => rule.Value.ToRule(rule.Key)),
    ];

    internal bool IsOff(string rule) => Rules.TryGetValue(rule, out var options) && options.IsOff;

    internal AlertSeverity? SeverityOf(string rule) => Rules.TryGetValue(rule, out var options) ? options.Severity : null;

    internal TimeSpan SilenceOf(string rule) => Rules.TryGetValue(rule, out var options) && options.Silence is { } own ? own : rule switch
    {
        AlertRuleName.CertificateExpiry or AlertRuleName.KeyExpiry or AlertRuleName.SealDrill or AlertRuleName.UseLimit => TimeSpan.FromDays(1),
        _ => SilenceWindow,
    };

    internal bool IsSilenced(AlertFinding finding) => Silences.Values.Any(silence => silence.Covers(finding));
}
