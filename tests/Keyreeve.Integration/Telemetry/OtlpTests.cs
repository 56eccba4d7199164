using Keyreeve.Integration.Audit;
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
        // Other servers of this process are heard as well: ours is told by its trail.
        var (encrypted, decrypted, notFound) = (CorrelationOf("Encrypt"), CorrelationOf("Decrypt"), CorrelationOf("GetKey"));
        await TrailFixture.UntilAsync(() => RequestOf(encrypted) is not null && RequestOf(decrypted) is not null && RequestOf(notFound) is not null && collector.Metrics.ContainsKey("keyreeve.objects"), "spans and metrics");

        var spans = collector.Spans.ToArray();
        var request = RequestOf(encrypted)!;
        var encrypt = Assert.Single(spans, s => s.Name == "Encrypt" && s.Parent == request.Id);
        Assert.Equal(("REST", "", "POST"), (request.Name, request.Parent, request.Attributes["http.request.method"]));
        Assert.EndsWith("/encrypt", request.Attributes["http.route"], StringComparison.Ordinal);
        Assert.Equal(("Rest", "Success", "None"), (encrypt.Attributes["keyreeve.protocol"], encrypt.Attributes["keyreeve.result"], encrypt.Attributes["keyreeve.reason"]));
        Assert.Contains(spans, s => s.Name == "audit durable" && s.Parent == RequestOf(decrypted)!.Id);
        Assert.Contains(spans, static s => s.Name == "commit");
        Assert.Contains(spans, s => s.Name == "GetKey" && s.Parent == RequestOf(notFound)!.Id && s.Attributes["keyreeve.reason"] == "ItemNotFound");
        Assert.All(["keyreeve.audit.records", "keyreeve.store.duration", "keyreeve.certificate.expiry", "keyreeve.objects"], name => Assert.Contains(name, collector.Metrics.Keys));
        Assert.All(collector.Tokens, static token => Assert.Equal("Bearer collector-token", token));
        Assert.DoesNotContain(collector.Raw, static raw => raw.Contains("marker-", StringComparison.Ordinal));
    }

    private string CorrelationOf(string operation) => server.ReadAudit().Select(static record => record["event"]!.AsObject())
        .Last(record => record["operation"]!.GetValue<string>() == operation)["correlationId"]!.GetValue<string>();

    private Collector.Span? RequestOf(string correlationId) => server.Collector.Spans.FirstOrDefault(s => s.Attributes.GetValueOrDefault("keyreeve.correlation_id") == correlationId);

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
