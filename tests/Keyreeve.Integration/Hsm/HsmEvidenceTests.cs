using System.Text.Json.Nodes;
using Keyreeve.Integration.Audit;
using Keyreeve.Integration.Rest;
using Keyreeve.Integration.Telemetry;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Hsm;

/// <summary>What traces, metrics and alerts say of KMIP's requests and of the token.</summary>
[Collection(SoftHsmTests.Name)]
[Trait("Speed", "Slow")]
public sealed class HsmEvidenceTests(SoftHsm softHsm) : IAsyncLifetime
{
    private Collector _collector = null!;
    private HsmServerFixture _server = null!;

    public async ValueTask InitializeAsync()
    {
        _collector = await Collector.StartAsync();
        _server = new HsmServerFixture(softHsm) { More = [$"telemetry.otlp={_collector.Address}", "telemetry.trace-one-in=1", "telemetry.metrics-interval=1s"] };
        await _server.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [Fact]
    public async Task KmipRequestInTheToken_IsTracedDownToTheTokenAndMeasured()
    {
        using var app = _server.Client(_server.App);
        using var admin = _server.Client(_server.Admin);
        await HsmServerFixture.WaitForAsync(admin, "Ready");
        var key = (await app.PostAsync("/v1/keys", new JsonObject { ["name"] = "in-token", ["protection"] = "hsm" })).Expect(201).Text("id");
        await using (var kmip = _server.Kmip(_server.App))
            await kmip.SendAsync(new EncryptRequest { UniqueIdentifier = UniqueIdentifier.From(key), Data = DataReference.From(new byte[] { 1, 2, 3 }) });

        var record = _server.ReadAudit().Select(static line => line["event"]!.AsObject()).Last(static e => e["operation"]!.GetValue<string>() == "Encrypt");
        var correlation = record["correlationId"]!.GetValue<string>();
        // Other servers of this process are heard as well: ours is told by its trail.
        await TrailFixture.UntilAsync(() => RequestOf(correlation) is not null && _collector.Metrics.ContainsKey("keyreeve.hsm.duration"), "spans and metrics");

        var request = RequestOf(correlation)!;
        Assert.Equal(("KMIP", ""), (request.Name, request.Parent));
        var encrypt = Assert.Single(_collector.Spans, s => s.Name == "Encrypt" && s.Parent == request.Id);
        Assert.Equal(("Kmip", "Success"), (encrypt.Attributes["keyreeve.protocol"], encrypt.Attributes["keyreeve.result"]));
        Assert.Contains(_collector.Spans, s => s.Name == "hsm" && s.Parent == encrypt.Id);
        Assert.Contains("keyreeve.hsm.ready", _collector.Metrics.Keys);
        var page = (await app.GetAsync("/metrics")).Expect(200).Body;
        Assert.Contains("keyreeve_hsm_ready 1", page, StringComparison.Ordinal);
        Assert.All(MetricsTests.OnTheDashboard().Where(static name => name.StartsWith("keyreeve_hsm_", StringComparison.Ordinal)), name => Assert.Contains(name, page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task HsmUnavailable_IsToldAsCritical()
    {
        using var auditor = _server.Client(await _server.EnrolAsync("auditor", "*", "audit"));
        await HsmServerFixture.WaitForAsync(auditor, "Ready");

        await _server.WithoutTokenAsync(async () =>
        {
            JsonObject? alert = null;
            await TrailFixture.UntilAsync(
                async () =>
                {
                    alert = (await auditor.GetAsync("/v1/alerts")).Expect(200).Json["alerts"]!.AsArray().Select(static a => a!.AsObject())
                        .FirstOrDefault(static a => a["rule"]!.GetValue<string>() == "hsm-unavailable");
                    return alert is not null;
                },
                "the alert");
            Assert.Equal("Critical", alert!["severity"]!.GetValue<string>());
            Assert.Contains("The hardware security module is NoToken", alert["text"]!.GetValue<string>(), StringComparison.Ordinal);
        });
    }

    private Collector.Span? RequestOf(string correlationId) => _collector.Spans.FirstOrDefault(s => s.Attributes.GetValueOrDefault("keyreeve.correlation_id") == correlationId);
}
