using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Keyreeve.Integration.Rest;

public sealed class MetricsTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Metrics_AfterRequests_CountThemAndNameNobody()
    {
        using var app = server.Client(server.App);
        await app.CreateKeyAsync("measured-key", "measured-group");
        var before = Parse(await PageAsync(app));
        for (var i = 0; i < 3; i++) await app.EncryptAsync("measured-key", "x"u8.ToArray());
        (await app.GetAsync("/v1/keys/no-such-key")).ExpectError(404, "ItemNotFound");

        var page = await PageAsync(app);
        var after = Parse(page);

        const string Encrypts = "keyreeve_operation_duration_seconds_count{operation=\"Encrypt\",protocol=\"Rest\",result=\"Success\"}";
        Assert.Equal(3, after[Encrypts] - before.GetValueOrDefault(Encrypts));
        Assert.Equal(after[Encrypts], after["keyreeve_operation_duration_seconds_bucket{operation=\"Encrypt\",protocol=\"Rest\",result=\"Success\",le=\"+Inf\"}"]);
        Assert.True(after["keyreeve_operation_duration_seconds_count{operation=\"GetKey\",protocol=\"Rest\",result=\"Failed\"}"] >= 1);
        Assert.Equal(1, after["keyreeve_audit_available"]);
        Assert.True(after["keyreeve_audit_records_total"] > before["keyreeve_audit_records_total"]);
        Assert.True(after["keyreeve_key_cache_hits_total"] > before["keyreeve_key_cache_hits_total"]);
        Assert.True(after["keyreeve_certificate_expiry_seconds{certificate=\"server\"}"] > 86400);
        Assert.DoesNotContain("measured-", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dashboard_EveryMetricItShows_IsDescribed()
    {
        using var app = server.Client(server.App);
        await app.CreateKeyAsync("dashboard-key", "dashboards");
        var page = await PageAsync(app);
        var documentation = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs/metrics.md"), TestContext.Current.CancellationToken);

        var shown = OnTheDashboard();

        // Sinks and an HSM are on the page only where some are configured, alerts where there were some: seen at servers that have them.
        string[] conditional = ["keyreeve_sink_", "keyreeve_hsm_", "keyreeve_alerts_total"];
        Assert.All(shown.Where(name => !conditional.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))), name => Assert.Contains(name, page, StringComparison.Ordinal));
        Assert.All(shown, name => Assert.Contains(Regex.Replace(name, "_(bucket|count|sum)$", "", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)), documentation, StringComparison.Ordinal));
    }

    /// <summary>The metrics in the expressions of the dashboard that is shipped, every one of which is JSON as Grafana takes it.</summary>
    internal static IReadOnlyList<string> OnTheDashboard()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "deploy/grafana/keyreeve.json")));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(static p => p.TryGetProperty("targets", out _)).ToList();
        Assert.True(panels.Count >= 10);
        Assert.Equal(panels.Count, panels.Select(static p => p.GetProperty("id").GetInt32()).Distinct().Count());
        var expressions = panels.SelectMany(static p => p.GetProperty("targets").EnumerateArray()).Select(static t => t.GetProperty("expr").GetString()!);
        return [.. expressions.SelectMany(static e => Regex.Matches(e, "keyreeve_[a-z_]+", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(static m => m.Value)).Distinct(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task Metrics_WithoutACertificate_AreRefused()
    {
        using var nobody = server.Client();

        (await nobody.GetAsync("/metrics")).ExpectError(401, "AuthenticationFailed");
    }

    private static async Task<string> PageAsync(RestClient client)
    {
        var reply = (await client.GetAsync("/metrics")).Expect(200);
        return reply.Body;
    }

    // Every line is a comment of the two kinds there are, or a sample; each family is announced before its samples, once.
    private static Dictionary<string, double> Parse(string page)
    {
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        var announced = new HashSet<string>(StringComparer.Ordinal);
        var sample = new Regex("""^(?<series>(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*",?)+\})?) (?<value>\S+)$""", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        foreach (var line in page.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal)) Assert.True(announced.Add(line.Split(' ')[2]), line);
            if (line[0] == '#') continue;
            var match = sample.Match(line);
            Assert.True(match.Success, line);
            Assert.Contains(announced, family => match.Groups["name"].Value.StartsWith(family, StringComparison.Ordinal));
            Assert.True(samples.TryAdd(match.Groups["series"].Value, double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture)), line);
        }

        return samples;
    }
}
