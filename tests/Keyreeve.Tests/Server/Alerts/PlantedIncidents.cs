using Keyreeve.Server.Alerts;
using Keyreeve.Server.Alerts.Watching;
using static Keyreeve.Tests.Server.Alerts.SyntheticTraffic;

namespace Keyreeve.Tests.Server.Alerts;

/// <summary>Something that went wrong in the last week.</summary>
/// <param name="Name">What it is, for the documentation.</param>
/// <param name="Begin">The hour in which it begins.</param>
/// <param name="Hours">How long it goes on.</param>
/// <param name="Rules">The rules that may find it.</param>
/// <param name="Subjects">The principals, keys and sources that alerts about it name.</param>
/// <param name="Records">What it adds to the trail in an hour.</param>
internal sealed record Incident(string Name, int Begin, int Hours, string[] Rules, string[] Subjects, Func<SyntheticTraffic, int, IEnumerable<AuditSight>> Records)
{
    public bool IsAt(int hour) => hour >= Begin && hour < Begin + Hours;

    /// <summary>Whether an alert is about it: of one of its rules, of one of its subjects, while it goes on.</summary>
    public bool Explains(Alert alert) =>
        alert.Told >= SyntheticTraffic.Begin.AddHours(Begin - 0.25) && alert.Told <= SyntheticTraffic.Begin.AddHours(Begin + Hours)
        && Rules.Contains(alert.Rule, StringComparer.Ordinal)
        && (Subjects.Length == 0 || alert.Rule is AlertRuleName.UnusualRateTenant || Subjects.Any(s => string.Equals(s, alert.Principal, StringComparison.Ordinal) || string.Equals(s, alert.Key, StringComparison.Ordinal) || alert.Source?.StartsWith(s, StringComparison.Ordinal) == true));

    /// <summary>All that are planted.</summary>
    public static IReadOnlyList<Incident> All { get; } =
    [
        new("a service's certificate is stolen: 2000 decryptions in a night hour, from its own network", LastWeek + 27, 1,
            [AlertRuleName.UnusualRatePrincipal, AlertRuleName.UnusualRateKey, AlertRuleName.UnusualRateTenant], ["service-2", "db-2"],
            static (t, hour) => Many(2000, i => Sight(t.Within(hour), "service-2", "Decrypt", "db-2", "10.1.2.7"))),
        new("a slow theft: a busy service decrypts three times as much for six working hours", LastWeek + 56, 6,
            [AlertRuleName.UnusualRatePrincipal, AlertRuleName.UnusualRateKey, AlertRuleName.UnusualRateTenant], ["service-9", "db-9"],
            static (t, hour) => Many(160, i => Sight(t.Within(hour), "service-9", "Decrypt", "db-9", "10.1.9.7"))),
        new("a person has 400 documents decrypted in one working hour", LastWeek + 83, 1,
            [AlertRuleName.UnusualRatePrincipal, AlertRuleName.UnusualRateKey, AlertRuleName.UnusualRateTenant], ["person-7", "documents-1"],
            static (t, hour) => Many(400, i => Sight(t.Within(hour), "person-7", "Decrypt", "documents-1", "10.3.7.33"))),
        new("thirty people's accounts decrypt 40 times each with one key, all below the minimum", LastWeek + 106, 1,
            [AlertRuleName.UnusualRateKey, AlertRuleName.UnusualRateTenant], ["documents-all"],
            static (t, hour) => Many(1200, i => Sight(t.Within(hour), $"person-{i % 30}", "Decrypt", "documents-all", $"10.3.{i % 30}.33"))),
        new("a principal enrolled a moment ago decrypts 900 times with a database's key", LastWeek + 100, 1,
            [AlertRuleName.UnusualRateKey, AlertRuleName.UnusualRateTenant], ["db-8"],
            static (t, hour) => Many(900, i => Sight(t.Within(hour), "newcomer", "Decrypt", "db-8", "10.1.8.9"))),
        new("a service's certificate is used from another country", LastWeek + 35, 1, [AlertRuleName.UnusualNetwork], ["service-5"],
            static (t, hour) => Many(3, i => Sight(t.Within(hour), "service-5", "Decrypt", "db-5", "203.0.113.77"))),
        new("a person's certificate is used at three in the morning", LastWeek + 51, 1, [AlertRuleName.UnusualHours], ["person-11"],
            static (t, hour) => Many(2, i => Sight(t.Within(hour), "person-11", "Decrypt", "documents-5", "10.3.11.33"))),
        new("a service uses a database's key that it never used", LastWeek + 60, 1, [AlertRuleName.FirstUse], ["service-8"],
            static (t, hour) => Many(2, i => Sight(t.Within(hour), "service-8", "Decrypt", "db-0", "10.1.8.7"))),
        new("a person tries 60 keys that it may not use", LastWeek + 80, 1, [AlertRuleName.ManyRefusals], ["person-14"],
            static (t, hour) => Many(60, i => Sight(hour + (i / 500.0), "person-14", "Get", $"volume-{i}", "10.3.14.33", "Denied", "PermissionDenied"))),
        new("passwords are tried from one network, 200 in five minutes", LastWeek + 120, 1, [AlertRuleName.FailedAuthentications, AlertRuleName.FailedAuthenticationsEverywhere], [],
            static (t, hour) => Many(200, i => Sight(hour + (i / 2400.0), "anonymous", "Login", null, "203.0.113.5", "Failed", "AuthenticationFailed"))),
        new("passwords are tried from 300 networks, once from each", LastWeek + 130, 1, [AlertRuleName.FailedAuthenticationsEverywhere], [],
            static (t, hour) => Many(300, i => Sight(hour + (i / 3000.0), "anonymous", "Login", null, $"100.{64 + (i / 200)}.{i % 200}.5", "Failed", "AuthenticationFailed"))),
        new("altered ciphertexts are tried 500 times in ten minutes", LastWeek + 110, 1, [AlertRuleName.FailedDecryptions], ["service-1"],
            static (t, hour) => Many(500, i => Sight(hour + (i / 3000.0), "service-1", "Decrypt", "db-1", "10.1.1.7", "Failed", "CryptographicFailure"))),
        new("a key that is marked compromised is used", LastWeek + 140, 1, [AlertRuleName.CompromisedKey], ["old-key"],
            static (t, hour) => Many(1, i => Sight(t.Within(hour), "service-1", "Decrypt", "old-key", "10.1.1.7", objectId: "compromised-object"))),
        new("the audit trail has a gap", LastWeek + 145, 1, [AlertRuleName.AuditGap], [],
            static (t, hour) => Many(1, i => Sight(t.Within(hour), "server", "AuditGap", null, "", "Failed", "AuditUnavailable", detail: "the segment was deleted"))),
        new("the clock is set back by three hours over a restart", LastWeek + 150, 1, [AlertRuleName.ClockStep], [],
            static (t, hour) => Many(1, i => Sight(hour - 3, "server", "ServerStart", null, ""))),
    ];

    private static IEnumerable<AuditSight> Many(int count, Func<int, AuditSight> make) => Enumerable.Range(0, count).Select(make);
}
