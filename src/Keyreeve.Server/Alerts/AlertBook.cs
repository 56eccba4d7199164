using System.Collections.Immutable;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Alerts;

/// <summary>
/// The alerts of late. Findings about the same trouble are one alert, which is told once and then not again before its silence is
/// over; of one rule not more are told in an hour than somebody can read, so that a flood of one kind hides no other. Thread safe.
/// </summary>
/// <param name="options">Rules, silences, destinations.</param>
internal sealed class AlertBook(AlertOptions options)
{
    /// <summary>How many of each rule are kept.</summary>
    public const int MostPerRule = 200;

    /// <summary>How many of each rule are told in an hour.</summary>
    public const int MostToldPerHour = 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Rule, int Tenant, string About), Alert> _alerts = [];
    private readonly Dictionary<string, (int Hour, int Told)> _told = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Rule, AlertSeverity Severity), long> _counts = [];

    /// <summary>Told of each alert that is to be told, under no lock.</summary>
    public Action<Alert> Telling { get; set; } = static _ => { };

    /// <summary>Counts changes, for whoever keeps the book.</summary>
    public long Version { get; private set; }

    /// <summary>The alerts, those found last first.</summary>
    public ImmutableArray<Alert> List()
    {
        lock (_gate) return [.. _alerts.Values.OrderByDescending(static a => a.Last).ThenBy(static a => a.Id)];
    }

    /// <summary>How many alerts there have been since the start, by rule and severity.</summary>
    public ImmutableArray<(string Rule, AlertSeverity Severity, long Count)> Counts()
    {
        lock (_gate) return [.. _counts.Select(static c => (c.Key.Rule, c.Key.Severity, c.Value))];
    }

    /// <summary>Takes what was found.</summary>
    public void Take(AlertFinding finding)
    {
        Alert? told = null, flood = null;
        lock (_gate)
        {
            if (options.IsOff(finding.Rule)) return;
            var key = (finding.Rule, finding.Tenant, finding.About);
            var known = _alerts.GetValueOrDefault(key);
            var quiet = options.SilenceOf(finding.Rule);
            Version++;
            if (known is not null && finding.Time - known.Told < quiet)
            {
                var shown = known.Ended is null ? known : known with { Ended = null, First = finding.Time, Text = finding.Text };
                _alerts[key] = shown with { Last = Later(known.Last, finding.Time), Count = known.Count + 1 };
                return;
            }

            var isOver = known is not null && (known.Ended is not null || finding.Time - known.Last >= quiet);
            var alert = New(finding, isOver ? null : known);
            if (!alert.IsSilent && !MayTell(finding, out flood)) alert = alert with { IsSilent = true, Pending = [] };
            if (known is null) MakeRoom(finding.Rule);
            _alerts[key] = alert;
            _counts[(alert.Rule, alert.Severity)] = _counts.GetValueOrDefault((alert.Rule, alert.Severity)) + 1;
            if (!alert.IsSilent) told = alert;
            if (flood is not null) _alerts[(flood.Rule, flood.Tenant, flood.About)] = flood;
        }

        if (told is not null) Telling(told);
        if (flood is not null) Telling(flood);
    }

    /// <summary>
    /// Looks at conditions, which hold or do not: what was found of them before and is not found now has ended, though it would be silent for longer.
    /// </summary>
    /// <param name="rules">The rules of which the look finds all there is.</param>
    /// <param name="now">When.</param>
    /// <param name="look">Looks, and hands over what it finds.</param>
    public async ValueTask LookAsync(IReadOnlySet<string> rules, DateTimeOffset now, Func<Action<AlertFinding>, ValueTask> look)
    {
        var holds = new HashSet<(string, int, string)>();
        await look(finding =>
        {
            holds.Add((finding.Rule, finding.Tenant, finding.About));
            Take(finding);
        });
        lock (_gate)
        {
            foreach (var (key, alert) in _alerts.Where(a => rules.Contains(a.Key.Rule) && a.Value.Ended is null && !holds.Contains(a.Key)).ToList())
            {
                _alerts[key] = alert with { Ended = now };
                Version++;
            }
        }
    }

    /// <summary>A destination has been told.</summary>
    public void Delivered(Guid id, string destination)
    {
        lock (_gate)
        {
            foreach (var (key, alert) in _alerts)
            {
                if (alert.Id != id) continue;
                _alerts[key] = alert with { Pending = alert.Pending.Remove(destination, StringComparer.Ordinal) };
                Version++;
                return;
            }
        }
    }

    /// <summary>Puts back what was kept, at the start.</summary>
    public void Restore(IEnumerable<Alert> alerts)
    {
        lock (_gate)
        {
            foreach (var alert in alerts)
            {
                var pending = alert.Pending.Where(options.Destinations.ContainsKey);
                _alerts[(alert.Rule, alert.Tenant, alert.About)] = alert with { Pending = [.. pending] };
            }
        }
    }

    private Alert New(AlertFinding finding, Alert? known)
    {
        var isSilent = options.IsSilenced(finding);
        return new Alert
        {
            Id = Guid.CreateVersion7(finding.Time),
            Rule = finding.Rule,
            Severity = options.SeverityOf(finding.Rule) ?? finding.Severity,
            About = finding.About,
            Text = known is null ? finding.Text : $"{finding.Text} This goes on: {known.Count + 1} times since {known.First:yyyy-MM-dd HH:mm} UTC.",
            Tenant = finding.Tenant,
            Principal = finding.Principal,
            Key = finding.Key,
            Source = finding.Source,
            First = known?.First ?? finding.Time,
            Last = finding.Time,
            Told = finding.Time,
            Count = (known?.Count ?? 0) + 1,
            IsSilent = isSilent,
            Pending = isSilent ? [] : [.. options.Destinations.Keys],
        };
    }

    private bool MayTell(AlertFinding finding, out Alert? flood)
    {
        flood = null;
        var hour = Watching.Calendar.HourOf(finding.Time);
        var (of, told) = _told.GetValueOrDefault(finding.Rule);
        if (of != hour) told = 0;
        _told[finding.Rule] = (hour, told + 1);
        if (told < MostToldPerHour) return true;
        if (told > MostToldPerHour) return false;
        flood = New(
            new AlertFinding
            {
                Rule = AlertRuleName.AlertFlood, Severity = AlertSeverity.Critical, Time = finding.Time, About = finding.Rule,
                Text = $"There are more than {MostToldPerHour} alerts of the rule '{finding.Rule}' in this hour; the others are only listed: keyreeve alerts list",
            },
            null);
        return false;
    }

    // The oldest of the same rule goes, so that many of one rule push out no other.
    private void MakeRoom(string rule)
    {
        var same = _alerts.Values.Where(a => string.Equals(a.Rule, rule, StringComparison.Ordinal)).ToList();
        if (same.Count < MostPerRule) return;
        var oldest = same.MinBy(static a => a.Last)!;
        _alerts.Remove((oldest.Rule, oldest.Tenant, oldest.About));
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
