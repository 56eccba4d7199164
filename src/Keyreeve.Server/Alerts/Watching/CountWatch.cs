using System.Collections.Immutable;

namespace Keyreeve.Server.Alerts.Watching;

/// <summary>Counts records for the rules that say how many within which time are an alert. Not thread safe.</summary>
/// <param name="rules">The rules.</param>
internal sealed class CountWatch(ImmutableArray<CountRule> rules)
{
    private const int MostCounts = 8192;

    // Who has counted most stays longest.
    private readonly BoundedTable<(int Rule, int Tenant, string Subject), Window> _windows = new(MostCounts, static window => window.Now + window.Before);

    /// <summary>How many counts are kept.</summary>
    public int Count => _windows.Count;

    public void Take(AuditSight sight, Action<AlertFinding> found)
    {
        for (var i = 0; i < rules.Length; i++)
        {
            var rule = rules[i];
            if (!rule.Matches(sight) || rule.SubjectOf(sight) is not { } subject) continue;
            var tenant = rule.Per == CountedPer.Server ? 0 : sight.Tenant;
            if (!_windows.TryGet((i, tenant, subject), out var window)) window = new Window();
            window.Add(sight.Time, rule.Within);
            _windows.Set((i, tenant, subject), window);
            if (window.Estimate(sight.Time, rule.Within) is var count && count >= rule.Count) found(Find(rule, sight, subject, count));
        }
    }

    private static AlertFinding Find(CountRule rule, AuditSight sight, string subject, int count) => new()
    {
        Rule = rule.Name,
        Severity = rule.Severity,
        Time = sight.Time,
        About = subject,
        Tenant = rule.Per == CountedPer.Server ? 0 : sight.Tenant,
        Principal = rule.Per == CountedPer.Principal ? sight.Principal : null,
        Key = rule.Per == CountedPer.Key ? sight.Key : null,
        Source = rule.Per is CountedPer.Network ? subject : rule.Per == CountedPer.Principal ? sight.SourceAddress : null,
        Text = $"{TextOf(rule, subject)}: {count} within {rule.Within}, the last {sight.Operation} {sight.Result}{(sight.Reason is null ? "" : ": " + sight.Reason)}"
            + $" from {sight.SourceAddress ?? "nowhere"}.",
    };

    private static string TextOf(CountRule rule, string subject)
    {
        var what = rule.Name switch
        {
            AlertRuleName.ManyRefusals => "Many requests were refused",
            AlertRuleName.FailedAuthentications or AlertRuleName.FailedAuthenticationsEverywhere => "Many callers could not be authenticated",
            AlertRuleName.FailedDecryptions => "Many decryptions failed: wrong contexts, altered ciphertexts, or somebody who tries",
            _ => $"The rule '{rule.Name}' of the configuration holds",
        };
        return rule.Per switch
        {
            CountedPer.Principal => $"{what}, of {subject}",
            CountedPer.Key => $"{what}, about {subject}",
            CountedPer.Network => $"{what}, from {subject}",
            _ => what,
        };
    }

    // A sliding window, told from the counts of this interval and the one before.
    private struct Window
    {
        private long _interval;

        public int Now { get; private set; }

        public int Before { get; private set; }

        public void Add(DateTimeOffset time, TimeSpan within)
        {
            var interval = Math.Max(_interval, time.Ticks / within.Ticks);
            if (interval != _interval)
            {
                Before = interval == _interval + 1 ? Now : 0;
                Now = 0;
                _interval = interval;
            }

            Now++;
        }

        public readonly int Estimate(DateTimeOffset time, TimeSpan within) =>
            Now + (int)(Before * (1 - ((double)(time.Ticks % within.Ticks) / within.Ticks)));
    }
}
