using System.Text;
using Keyreeve.Server.Alerts;
using Keyreeve.Server.Alerts.Watching;
using Keyreeve.Server.Configuration;
using Xunit;
using static Keyreeve.Tests.Server.Alerts.SyntheticTraffic;

namespace Keyreeve.Tests.Server.Alerts;

public sealed class AlertWatchTests
{
    [Fact]
    public void Parse_LineOfTheTrail_ReadsWhatTheRulesNeed()
    {
        const string Line = """{"event":{"contextNames":["principal"],"detail":"a \"quoted\" word","group":"g","keyName":"k","objectId":"o","operation":"Decrypt","principal":"käse","purpose":"p","reason":"ItemNotFound","result":"Failed","sourceAddress":"::1","tenant":3,"time":"2026-01-31T12:00:00.000000Z","v":1},"prev":"00","seq":7}""";

        var sight = AuditSight.Parse(Encoding.UTF8.GetBytes(Line), new TextPool());

        Assert.Equal(("käse", "Decrypt", "Failed", "ItemNotFound", 3), (sight.Principal, sight.Operation, sight.Result, sight.Reason, sight.Tenant));
        Assert.Equal(("k", "o", "g", "p", "::1", "a \"quoted\" word"), (sight.KeyName, sight.ObjectId, sight.Group, sight.Purpose, sight.SourceAddress, sight.Detail));
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero), sight.Time);
    }

    [Theory]
    [InlineData("RequestApproval", "Success", "0199, destroy, needs 1: all of it", "approval-asked", "keyreeve approval show 0199")]
    [InlineData("RequestApproval", "Failed", "0199, destroy, needs 1: all of it", null, null)]
    [InlineData("ScheduleDestruction", "Success", "at 2026-02-01T00:00:00Z", "destruction-scheduled", "keyreeve key cancel-destruction orders")]
    [InlineData("ScheduleDestruction", "Denied", null, null, null)]
    public void Take_WhatWaitsForSomebody_IsTold(string operation, string result, string? detail, string? rule, string? next)
    {
        var found = new List<AlertFinding>();
        new AlertWatch(new AlertOptions()).Take(Sight(0, "bea", operation, "orders", "10.1.1.1", result) with { Detail = detail, ObjectId = "o" }, found.Add);

        Assert.Equal(rule, found.SingleOrDefault()?.Rule);
        if (next is not null) Assert.Contains(next, found[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteAndRead_InTheMiddle_GoesOnAsIfNothingWere()
    {
        var (whole, broken) = (new List<string>(), new List<string>());
        var options = new AlertOptions();
        var (steady, restarted) = (new AlertWatch(options), new AlertWatch(options));
        for (var hour = 0; hour < 30 * 24; hour++)
        {
            foreach (var sight in Hour(hour))
            {
                steady.Take(sight, finding => whole.Add(finding.Text));
                restarted.Take(sight, finding => broken.Add(finding.Text));
            }

            if (hour % 50 == 0) restarted = Again(restarted, options);
        }

        Assert.NotEmpty(whole);
        Assert.Equal(whole, broken);
    }

    [Fact]
    public void Take_CountlessNames_StaysSmallAndForgetsNoneKnownForLong()
    {
        var options = new AlertOptions { Habits = new HabitSettings { MostSubjects = 200, MostPairs = 2000 } };
        var watch = new AlertWatch(options);
        for (var hour = 0; hour < 30 * 24; hour++)
            for (var i = 0; i < 10; i++) watch.Take(Sight(hour + (i / 10.0), $"service-{i}", "Decrypt", $"db-{i}", "10.1.1.1"), static _ => { });

        // Somebody who may make keys and principals brings in as many as he can, to make the watch forget the services.
        for (var i = 0; i < 20_000; i++) watch.Take(Sight((30 * 24) + (i / 100_000.0), $"attacker-{i}", "Decrypt", $"junk-{i}", "10.6.6.6"), static _ => { });
        for (var i = 0; i < 20_000; i++) watch.Take(Sight((30 * 24) + 0.3, "anonymous", "Login", null, $"10.{i / 250 % 250}.{i % 250}.1", "Failed"), static _ => { });
        var found = new List<AlertFinding>();
        for (var i = 0; i < 10; i++)
            for (var n = 0; n < 100; n++) watch.Take(Sight((30 * 24) + 0.5, $"service-{i}", "Decrypt", $"db-{i}", "10.1.1.1"), found.Add);

        Assert.True(watch.Size.Subjects <= 401, $"{watch.Size}");
        Assert.True(watch.Size.Counts <= 8192, $"{watch.Size}");
        Assert.Equal(10, found.Where(static f => f.Rule == AlertRuleName.UnusualRatePrincipal).Select(static f => f.Principal).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(10, found.Where(static f => f.Rule == AlertRuleName.UnusualRateKey).Select(static f => f.Key).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Take_NewPrincipal_IsSaidToBeAGuess()
    {
        var watch = new AlertWatch(new AlertOptions());
        var found = new List<AlertFinding>();
        for (var hour = 0; hour < 8 * 24; hour++) watch.Take(Sight(hour, "new", "Decrypt", "db", "10.1.1.1"), found.Add);
        Assert.Empty(found);

        for (var i = 0; i < 300; i++) watch.Take(Sight(8 * 24, "new", "Decrypt", "db", "10.1.1.1"), found.Add);

        Assert.Contains("rough guess", Assert.Single(found.DistinctBy(static f => f.Rule), static f => f.Rule == AlertRuleName.UnusualRatePrincipal).Text, StringComparison.Ordinal);
    }

    private static IEnumerable<AuditSight> Hour(int hour)
    {
        for (var i = 0; i < 5; i++) yield return Sight(hour + (i / 10.0), $"service-{i}", "Decrypt", $"db-{i}", $"10.1.{i}.1");
        if (hour != (29 * 24) + 7) yield break;
        for (var i = 0; i < 200; i++) yield return Sight(hour + 0.6, "service-1", "Decrypt", "db-1", "10.1.1.1");
        yield return Sight(hour + 0.7, "service-2", "Decrypt", "db-3", "172.16.1.1");
    }

    private static AlertWatch Again(AlertWatch watch, AlertOptions options)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true)) watch.Write(writer);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        var read = AlertWatch.Read(reader, options);
        Assert.Equal(stream.Length, stream.Position);
        return read;
    }
}
