using Keyreeve.Integration.Audit;
using Keyreeve.Integration.Rest;
using Xunit;

namespace Keyreeve.Integration.Telemetry;

/// <summary>Metrics and traces as a collector gets them.</summary>
public sealed class OtlpTests(OtlpTests.ExportingServer server) : IClassFixture<OtlpTests.ExportingServer>
{
    [Fact]
    public async Task Requests_AreTracedAndMeasuredWithoutNames()
    {
        using var app = server.Client(server.App);
        await app.CreateKeyAsync("marker-key-name", "marker-group");
        var ciphertext = await app.EncryptAsync("marker-key-name", "marker-of-a-plaintext"u8.ToArray());
        (await app.DecryptAsync(ciphertext)).Expect(200);
        (await app.GetAsync("/v1/keys/marker-unknown")).ExpectError(404, "ItemNotFound");

        var collector = server.Collector;
        await TrailFixture.UntilAsync(() => collector.Spans.Any(static s => s.Name == "GetKey") && collector.Metrics.ContainsKey("keyreeve.operation.duration"), "spans and metrics");

        var spans = collector.Spans.ToArray();
        var encrypt = Assert.Single(spans, static s => s.Name == "Encrypt");
        var request = Assert.Single(spans, s => s.Id == encrypt.Parent);
        Assert.Equal(("REST", "", "/v1/keys/{name}/encrypt"), (request.Name, request.Parent, request.Attributes["http.route"]));
        Assert.Equal(("Rest", "Success", "None"), (encrypt.Attributes["keyreeve.protocol"], encrypt.Attributes["keyreeve.result"], encrypt.Attributes["keyreeve.reason"]));
        Assert.Contains(spans, s => s.Name == "audit durable" && s.Parent == request.Id);
        Assert.Contains(spans, static s => s.Name == "commit");
        Assert.Contains(spans, static s => s.Name == "GetKey" && s.Attributes["keyreeve.reason"] == "ItemNotFound");
        Assert.Contains(server.ReadAudit(), record => record["event"]!["correlationId"]!.GetValue<string>() == request.Attributes["keyreeve.correlation_id"]);
        Assert.All(["keyreeve.audit.records", "keyreeve.store.duration", "keyreeve.certificate.expiry", "keyreeve.objects"], name => Assert.Contains(name, collector.Metrics.Keys));
        Assert.All(collector.Tokens, static token => Assert.Equal("Bearer collector-token", token));
        Assert.DoesNotContain(collector.Raw, static raw => raw.Contains("marker-", StringComparison.Ordinal) || raw.Contains(ServerToken, StringComparison.Ordinal));
    }

    // No principal's name either.
    private const string ServerToken = "CN=app";

    /// <summary>A server with a collector.</summary>
    public sealed class ExportingServer : ServerFixture, IAsyncLifetime
    {
        internal Collector Collector { get; private set; } = null!;

        protected override IReadOnlyList<string> Settings =>
        [
            $"telemetry.otlp={Collector.Address}", "telemetry.trace-one-in=1", "telemetry.metrics-interval=1s", $"telemetry.otlp-token-file={Path.Combine(Folder, "token")}",
        ];

        async ValueTask IAsyncLifetime.InitializeAsync()
        {
            Collector = await Collector.StartAsync();
            var token = Path.Combine(Folder, "token");
            await File.WriteAllTextAsync(token, "collector-token\n");
            File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await InitializeAsync();
        }

        async ValueTask IAsyncDisposable.DisposeAsync()
        {
            await DisposeAsync();
            await Collector.DisposeAsync();
        }
    }
}
