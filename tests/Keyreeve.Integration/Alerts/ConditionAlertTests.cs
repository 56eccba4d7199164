using Keyreeve.Integration.Audit;
using Keyreeve.Integration.Rest;
using Xunit;

namespace Keyreeve.Integration.Alerts;

/// <summary>The rules about the server itself, its keys and those who follow it, each seen at a whole server.</summary>
[Trait("Speed", "Slow")]
public sealed class ConditionAlertTests(ServerInTrouble server) : IClassFixture<ServerInTrouble>
{
    [Fact]
    public async Task CertificateExpiry_ClientsAuthorityNearItsEnd_IsTold()
    {
        var alert = await server.AlertAsync("certificate-expiry", "The clients' authority 'Keyreeve test authority' ends on ");

        Assert.Equal("Warning", alert["severity"]!.GetValue<string>());
    }

    [Fact]
    public async Task KeyExpiry_ActiveKeyNearItsDeactivationDate_IsTold()
    {
        var alert = await server.AlertAsync("key-expiry", "Deactivation Date");

        Assert.Equal(server.Ending, alert["key"]!.GetValue<string>());
    }

    [Fact]
    public async Task UseLimit_LessThanATenthLeft_IsTold()
    {
        var alert = await server.AlertAsync("use-limit", "may protect 5 more of 100");

        Assert.Equal((server.NearlyUsedUp, "Warning"), (alert["key"]!.GetValue<string>(), alert["severity"]!.GetValue<string>()));
    }

    [Fact]
    public async Task SealDrill_NobodyHasSeenTheSlotOpen_IsTold() =>
        Assert.Equal("Warning", (await server.AlertAsync("seal-drill", " opens. Try it: keyreeve seal drill"))["severity"]!.GetValue<string>());

    [Fact]
    public async Task CompromisedKey_IsUsed_IsToldAsCritical()
    {
        await server.UseCompromisedAsync();

        var alert = await server.AlertAsync("compromised-key", "which is marked compromised (Decrypt)");

        Assert.Equal((server.Compromised, "app", "Critical"), (alert["key"]!.GetValue<string>(), alert["principal"]!.GetValue<string>(), alert["severity"]!.GetValue<string>()));
    }

    [Fact]
    public async Task SinkFailing_IsToldAndShownInTheStatusAndTheMetrics()
    {
        var alert = await server.AlertAsync("sink-failing", "sink 'gone' (tcp://127.0.0.1:1) has taken no record");
        Assert.Equal("Warning", alert["severity"]!.GetValue<string>());

        using var officer = server.Client(server.Admin);
        var sink = Assert.Single((await officer.GetAsync("/v1/status")).Expect(200).Json["sinks"]!.AsArray())!.AsObject();
        Assert.Equal(("gone", "tcp://127.0.0.1:1", 0L), (sink["name"]!.GetValue<string>(), sink["target"]!.GetValue<string>(), sink["passed"]!.GetValue<long>()));
        Assert.True(sink["lag"]!.GetValue<long>() > 0);
        Assert.NotNull(sink["failingSince"]);
        Assert.NotEqual("", sink["failure"]!.GetValue<string>());
        Assert.Equal(1, (await officer.GetAsync("/v1/ready")).Json["sinksFailing"]!.GetValue<int>());
        Assert.Contains("keyreeve_sink_failing{sink=\"gone\"} 1", (await officer.GetAsync("/metrics")).Expect(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dashboard_WhatItShowsOfSinksAndAlerts_IsOnThePage()
    {
        await server.AlertAsync("key-expiry", "Deactivation Date");
        using var app = server.Client(server.App);
        var page = (await app.GetAsync("/metrics")).Expect(200).Body;

        var shown = MetricsTests.OnTheDashboard().Where(static name => name.StartsWith("keyreeve_sink_", StringComparison.Ordinal) || name.StartsWith("keyreeve_alerts_", StringComparison.Ordinal)).ToList();

        Assert.True(shown.Count >= 3);
        Assert.All(shown, name => Assert.Contains(name, page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AuditLag_SinkFarBehindForFiveMinutes_IsTold()
    {
        using var app = server.Client(server.App);
        await app.CreateKeyAsync("busy");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var i = 0; i < 130; i++) await app.EncryptAsync("busy", [1]);
        }));
        // First it has to be noticed, which the next look at the conditions does; then five minutes pass.
        await TrailFixture.UntilAsync(
            async () =>
            {
                server.Clock.Jump(TimeSpan.FromMinutes(6));
                await Task.Delay(1000, TestContext.Current.CancellationToken);
                return server.Log.Lines.Any(static line => line.Contains("ALERT Warning audit-lag", StringComparison.Ordinal));
            },
            "the alert in the log");

        await server.AlertAsync("audit-lag", "Sink 'gone' is ");
    }

    [Fact]
    public async Task ClockStep_IsTold()
    {
        server.Clock.Jump(TimeSpan.FromMinutes(2));

        await server.AlertAsync("clock-step", "The clock was set forward by ");
    }

    [Fact]
    public async Task Destination_ThatNobodyAnswers_IsToldInLogAndMetricsAndTheAlertWaits()
    {
        var alert = await server.AlertAsync("key-expiry", "Deactivation Date");
        await TrailFixture.UntilAsync(
            () => server.Log.Lines.Any(static line => line.Contains("Alerts cannot be told to 'gone'", StringComparison.Ordinal)), "the line in the log");

        using var app = server.Client(server.App);
        Assert.Contains("keyreeve_alerts_failing{destination=\"gone\"} 1", (await app.GetAsync("/metrics")).Expect(200).Body, StringComparison.Ordinal);
        Assert.Equal(["gone"], alert["pending"]!.AsArray().Select(static d => d!.GetValue<string>()));
    }
}
