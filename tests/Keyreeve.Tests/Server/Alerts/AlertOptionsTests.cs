using Keyreeve.Server.Alerts;
using Keyreeve.Server.Alerts.Watching;
using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Tests.Server.Alerts;

public sealed class AlertOptionsTests
{
    [Theory]
    [InlineData("alert-rules", "unusual-rate-key = count=5", "only severity and silence")]
    [InlineData("alert-rules", "mine = count=5", "needs a condition such as 'operation=Export'")]
    [InlineData("alert-rules", "mine = operation=Steal", "names operations, such as Decrypt,Export")]
    [InlineData("alert-rules", "mine = operation=Get per=moon", "per principal, key, network, tenant or server")]
    [InlineData("alert-rules", "mine = operation=Get colour=red", "has no word 'colour'")]
    [InlineData("alert-rules", "mine = operation=Get count=0", "from 1 to")]
    [InlineData("alert-rules", "Mine = operation=Get", "lower-case letters")]
    [InlineData("alert-silences", "all = days=sat", "would silence every alert")]
    [InlineData("alert-silences", "some = rule=first-use from=02:00", "both 'from' and 'until'")]
    [InlineData("alert-silences", "some = rule=first-use days=someday", "days such as sun")]
    [InlineData("alert-destinations", "hook = http://chat.example/", "begins with one of https")]
    [InlineData("alert-destinations", "hook = https://user:password@chat.example/", "without user or password")]
    [InlineData("alert-destinations", "mail = smtp://mail.example", "needs from=ADDRESS and to=ADDRESS")]
    [InlineData("alert-destinations", "mail = insecure-smtp://mail.example from=a@b.c to=d@e.f user=x password-file=/p", "in clear")]
    [InlineData("alert-destinations", "mail = smtps://mail.example from=a@b.c to=<d@e.f>", "mail addresses such as")]
    public void Read_LineThatCannotBe_SaysWhatCan(string section, string line, string expected)
    {
        var refused = Assert.Throws<ConfigurationException>(() => OptionsReader.Read($"[{section}]\n{line}\n", "keyreeve.conf"));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.Contains("keyreeve.conf:2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CountRules_ShippedChangedOffAndOwn_AreWhatTheConfigurationSays()
    {
        var options = OptionsReader.Read(
            """
            [alert-rules]
            many-refusals = count=5 within=1m
            failed-decryptions = off
            exports = operation=Get,Export group=payments source=10.* per=network
            """, "keyreeve.conf").Alerts;

        var rules = options.CountRules.ToDictionary(static rule => rule.Name, StringComparer.Ordinal);

        Assert.Equal((5, TimeSpan.FromMinutes(1), "Denied"), (rules["many-refusals"].Count, rules["many-refusals"].Within, rules["many-refusals"].Results[0]));
        Assert.DoesNotContain("failed-decryptions", rules.Keys);
        Assert.True(options.IsOff("failed-decryptions"));
        var own = rules["exports"];
        Assert.Equal((1, CountedPer.Network), (own.Count, own.Per));
        Assert.True(own.Matches(Sight("Get", "payments/cards", "10.1.2.3")));
        Assert.False(own.Matches(Sight("Get", "payments2", "10.1.2.3")));
        Assert.False(own.Matches(Sight("Get", "payments", "11.1.2.3")));
        Assert.False(own.Matches(Sight("Decrypt", "payments", "10.1.2.3")));
        Assert.Equal("10.1.2.0/24", own.SubjectOf(Sight("Get", "payments", "10.1.2.3")));
    }

    [Fact]
    public void EveryRule_StandsInTheDocumentation()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Keyreeve.slnx"))) folder = folder.Parent;
        var text = File.ReadAllText(Path.Combine(folder.FullName, "docs", "alerts.md")).Replace("`unusual-rate-principal`, `-key`, `-tenant`", "`unusual-rate-principal`, `unusual-rate-key`, `unusual-rate-tenant`", StringComparison.Ordinal);

        Assert.All(AlertRuleName.All, rule => Assert.Contains($"`{rule}`", text, StringComparison.Ordinal));
    }

    private static AuditSight Sight(string operation, string group, string source) => new()
    {
        Time = DateTimeOffset.UnixEpoch, Tenant = 1, Principal = "shop", Operation = operation, Result = "Success", Group = group, SourceAddress = source,
    };
}
