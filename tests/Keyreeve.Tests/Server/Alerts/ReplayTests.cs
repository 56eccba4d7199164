using System.Globalization;
using System.Text;
using Keyreeve.Server.Alerts;
using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Tests.Server.Alerts;

/// <summary>Six quiet weeks and one with incidents, replayed: what is found, and what is told without reason.</summary>
public sealed class ReplayTests
{
    private static readonly int[] Seeds = [1, 2, 3];

    [Fact]
    [Trait("Speed", "Slow")]
    public void Replay_WeeksWithPlantedIncidents_FindsWhatTheDocumentationSays()
    {
        var outcomes = Seeds.Select(Replay).ToList();

        var measured = Describe(outcomes);
        TestContext.Current.TestOutputHelper?.WriteLine(measured);
        var path = Path.Combine(RepositoryRoot(), "docs", "alerts.md");
        var document = File.ReadAllText(path);
        const string Begin = "<!-- measured: begin -->\n", End = "<!-- measured: end -->";
        var from = document.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var until = document.IndexOf(End, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("KEYREEVE_UPDATE_SNAPSHOTS") is "1") File.WriteAllText(path, document[..from] + measured + document[until..]);
        else Assert.Equal(measured, document[from..until]);
        Assert.All(outcomes, static outcome => Assert.Equal(Incident.All.Count, outcome.Delays.Count));
    }

    private static Outcome Replay(int seed)
    {
        var options = new AlertOptions();
        var book = new AlertBook(options);
        var watch = new AlertWatch(options);
        watch.SetCompromised("compromised-object", isCompromised: true);
        var traffic = new SyntheticTraffic(seed);
        var told = new List<Alert>();
        book.Telling = told.Add;
        var begun = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        long records = 0;
        for (var hour = 0; hour < SyntheticTraffic.Weeks * 168; hour++)
        {
            var sights = traffic.Hour(hour);
            foreach (var incident in Incident.All.Where(i => i.IsAt(hour)))
            {
                var planted = incident.Records(traffic, hour).ToList();
                // A clock that is set back shows a time before the hour.
                var begin = SyntheticTraffic.Begin.AddHours(hour);
                begun.TryAdd(incident.Name, planted.Select(static sight => sight.Time).Where(time => time >= begin).DefaultIfEmpty(begin).Min());
                sights.AddRange(planted);
            }

            records += sights.Count;
            foreach (var sight in sights.OrderBy(static s => s.Time)) watch.Take(sight, book.Take);
        }

        var delays = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
        foreach (var incident in Incident.All)
            if (told.Find(incident.Explains) is { } first) delays[incident.Name] = first.Told - begun[incident.Name];
        var falseAlarms = told.Where(static alert => !Incident.All.Any(incident => incident.Explains(alert))).ToList();
        return new Outcome(seed, records, delays, falseAlarms, told.Count);
    }

    private static string Describe(List<Outcome> outcomes)
    {
        var text = new StringBuilder();
        text.Append("| Incident | Found in | After, minutes |\n|---|---|---|\n");
        foreach (var incident in Incident.All)
        {
            var found = outcomes.Where(o => o.Delays.ContainsKey(incident.Name)).Select(o => o.Delays[incident.Name].TotalMinutes).ToList();
            var minutes = string.Join(", ", found.Select(static m => Math.Max(0, m).ToString("F0", CultureInfo.InvariantCulture)));
            text.Append(CultureInfo.InvariantCulture, $"| {incident.Name} | {found.Count} of {outcomes.Count} | {minutes} |\n");
        }

        text.Append("\n| Seed | Records | Alerts told | About no incident: in the six quiet weeks | in the last week |\n|---|---|---|---|---|\n");
        foreach (var outcome in outcomes)
        {
            var last = SyntheticTraffic.Begin.AddHours(SyntheticTraffic.LastWeek);
            text.Append(CultureInfo.InvariantCulture, $"| {outcome.Seed} | {outcome.Records} | {outcome.Told} | {Count(outcome.FalseAlarms.Where(a => a.Told < last))} | {Count(outcome.FalseAlarms.Where(a => a.Told >= last))} |\n");
        }

        return text.ToString();
    }

    private static string Count(IEnumerable<Alert> alerts)
    {
        var rules = alerts.GroupBy(static a => a.Rule, StringComparer.Ordinal).OrderBy(static g => g.Key, StringComparer.Ordinal).Select(static g => $"{g.Count()} {g.Key}").ToList();
        return rules.Count == 0 ? "none" : string.Join(", ", rules);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Keyreeve.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The repository's root was not found.");
    }

    private sealed record Outcome(int Seed, long Records, IReadOnlyDictionary<string, TimeSpan> Delays, IReadOnlyList<Alert> FalseAlarms, int Told);
}
