using System.Collections.Immutable;
using System.Globalization;
using Keyreeve.Server.Alerts;
using Keyreeve.Server.Alerts.Watching;

namespace Keyreeve.Server.Configuration;

/// <summary>
/// When alerts are listed but not told: <c>rule=unusual-rate-principal principal=backup days=sat,sun from=02:00 until=04:30</c>. Times
/// are UTC; a silence whose end lies before its beginning goes on into the next day.
/// </summary>
internal sealed record AlertSilence
{
    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private string? Rule { get; init; }

    private string? Principal { get; init; }

    private string? Key { get; init; }

    private ImmutableArray<DayOfWeek> Days { get; init; } = [];

    private TimeOnly? From { get; init; }

    private TimeOnly? Until { get; init; }

    /// <summary>Reads the line.</summary>
    /// <exception cref="FormatException">It is not such a line; the message says what is.</exception>
    public static AlertSilence Parse(string text)
    {
        var silence = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Aggregate(new AlertSilence(), Apply);
        if (silence.From is null != silence.Until is null) throw new FormatException("has both 'from' and 'until', or neither");
        if (silence is { Rule: null, Principal: null, Key: null, From: null }) throw new FormatException("would silence every alert for good: it needs a rule, principal, key or time");
        return silence;
    }

    public bool Covers(AlertFinding finding) =>
        CountRule.Fits(Rule, finding.Rule) && CountRule.Fits(Principal, finding.Principal) && CountRule.Fits(Key, finding.Key) && Covers(finding.Time.UtcDateTime);

    private bool Covers(DateTime time)
    {
        var (from, until) = (From ?? TimeOnly.MinValue, Until ?? TimeOnly.MaxValue);
        var clock = TimeOnly.FromDateTime(time);
        var isOvernight = until <= from;
        // What began yesterday evening is of yesterday.
        var day = isOvernight && clock < until ? time.AddDays(-1).DayOfWeek : time.DayOfWeek;
        return (Days.IsEmpty || Days.Contains(day)) && (isOvernight ? clock >= from || clock < until : clock >= from && clock <= until);
    }

    private static AlertSilence Apply(AlertSilence silence, string word)
    {
        var (key, value) = word.Split('=', 2) is [var k, { Length: > 0 } v] ? (k, v) : (word, "");
        return key switch
        {
            "rule" when value.Length > 0 => silence with { Rule = value },
            "principal" when value.Length > 0 => silence with { Principal = value },
            "key" when value.Length > 0 => silence with { Key = value },
            "days" when value.Length > 0 => silence with { Days = [.. value.Split(',').Select(DayOf)] },
            "from" => silence with { From = TimeOf(value) },
            "until" => silence with { Until = TimeOf(value) },
            _ => throw new FormatException("has the words rule=, principal=, key=, days=sat,sun, from=02:00, until=04:30 (UTC)"),
        };
    }

    private static DayOfWeek DayOf(string text) => Array.IndexOf(DayNames, text) is var day and >= 0 ? (DayOfWeek)day : throw new FormatException($"has days such as {string.Join(',', DayNames)}");

    private static TimeOnly TimeOf(string text) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
        ? time
        : throw new FormatException("has times such as 02:00");
}
