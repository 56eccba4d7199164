using Keyreeve.Server.Alerts;
using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Tests.Server.Alerts;

public sealed class AlertBookTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 7, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Take_TheSameAgain_IsCountedAndToldOnceASilence()
    {
        var (book, told) = Open("");

        for (var minute = 0; minute <= 60; minute++) book.Take(Finding("audit-lag", "sink", Noon.AddMinutes(minute)));

        Assert.Equal(2, told.Count);
        Assert.Contains("61 times since 2026-03-07 12:00", told[1].Text, StringComparison.Ordinal);
        Assert.Equal(61, Assert.Single(book.List()).Count);
    }

    [Fact]
    public void Take_AgainAfterASilenceWithoutIt_IsANewAlert()
    {
        var (book, told) = Open("");

        book.Take(Finding("audit-lag", "sink", Noon));
        book.Take(Finding("audit-lag", "sink", Noon.AddHours(3)));

        Assert.Equal([1L, 1L], told.Select(static alert => alert.Count));
        Assert.NotEqual(told[0].Id, told[1].Id);
    }

    [Fact]
    public async Task Look_ThatFindsWhatHeldNoMore_EndsItThoughItWouldBeSilentForLonger()
    {
        var (book, told) = Open("");
        await LookAsync(book, Noon, "server", "authority");
        book.Take(Finding("first-use", "key", Noon));

        await LookAsync(book, Noon.AddSeconds(10), "authority");

        var ended = Assert.Single(book.List(), static alert => alert.Ended is not null);
        Assert.Equal(("server", Noon.AddSeconds(10)), (ended.About, ended.Ended));

        // Back within its silence it is the same again and told to nobody; after it, it is new.
        await LookAsync(book, Noon.AddSeconds(20), "server", "authority");
        Assert.All(book.List(), static alert => Assert.Null(alert.Ended));
        await LookAsync(book, Noon.AddSeconds(30), "authority");
        Assert.Equal(3, told.Count);
        await LookAsync(book, Noon.AddDays(2), "server", "authority");
        Assert.Equal(2, told.Count(static alert => alert.About == "server"));
        Assert.Equal(1, told.Last(static alert => alert.About == "server").Count);
    }

    [Fact]
    public void Take_FloodOfOneRule_IsSaidOnceAndHidesNoOther()
    {
        var (book, told) = Open("");

        for (var i = 0; i < 10_000; i++) book.Take(Finding("first-use", $"key-{i}", Noon));
        book.Take(Finding("compromised-key", "shop", Noon));

        Assert.Equal(AlertBook.MostToldPerHour, told.Count(static alert => alert.Rule == "first-use"));
        Assert.Single(told, static alert => alert.Rule == "alert-flood" && alert.About == "first-use");
        Assert.Single(told, static alert => alert.Rule == "compromised-key");
        Assert.True(book.List().Length <= AlertBook.MostPerRule + 2);
    }

    [Fact]
    public void Take_UnderASilenceOfTheConfiguration_IsListedAndNotTold()
    {
        var (book, told) = Open(
            """
            [alert-silences]
            backups = rule=unusual-rate-principal principal=backup days=fri,sat from=22:00 until=04:30
            [alert-rules]
            unusual-hours = off
            audit-lag = severity=critical
            """);

        book.Take(Finding("unusual-rate-principal", "backup", Noon.AddHours(11)) with { Principal = "backup" });
        book.Take(Finding("unusual-rate-principal", "backup", Noon.AddHours(16)) with { Principal = "backup" });
        book.Take(Finding("unusual-hours", "backup", Noon));
        Assert.Empty(told);

        book.Take(Finding("unusual-rate-principal", "backup", Noon.AddHours(17)) with { Principal = "backup" });
        book.Take(Finding("audit-lag", "sink", Noon));

        Assert.Equal([AlertSeverity.Warning, AlertSeverity.Critical], told.Select(static alert => alert.Severity));
        Assert.Equal(2, book.List().Length);
    }

    [Fact]
    public void Delivered_ToOneOfTwo_LeavesTheOtherPendingOverARestart()
    {
        const string Settings = """
            [alert-destinations]
            one = https://one.example/hook
            two = https://two.example/hook
            """;
        var (book, told) = Open(Settings);
        book.Take(Finding("audit-lag", "sink", Noon));
        book.Delivered(told[0].Id, "one");

        var (restarted, again) = Open(Settings);
        restarted.Restore(book.List());
        restarted.Take(Finding("audit-lag", "sink", Noon.AddMinutes(1)));

        Assert.Equal(["two"], Assert.Single(restarted.List()).Pending);
        Assert.Empty(again);
    }

    internal static AlertFinding Finding(string rule, string about, DateTimeOffset time) =>
        new() { Rule = rule, Severity = AlertSeverity.Warning, Time = time, About = about, Text = "Something." };

    private static ValueTask LookAsync(AlertBook book, DateTimeOffset now, params string[] certificates) =>
        book.LookAsync(Keyreeve.Server.Alerts.Conditions.ServerWatch.Rules, now, found =>
        {
            foreach (var about in certificates) found(Finding("certificate-expiry", about, now));
            return ValueTask.CompletedTask;
        });

    private static (AlertBook Book, List<Alert> Told) Open(string configuration)
    {
        var book = new AlertBook(OptionsReader.Read(configuration, "keyreeve.conf").Alerts);
        var told = new List<Alert>();
        book.Telling = told.Add;
        return (book, told);
    }
}
