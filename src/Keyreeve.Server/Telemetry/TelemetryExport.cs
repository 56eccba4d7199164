using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Core.Operations;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Rest.Handlers;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Keyreeve.Server.Telemetry;

/// <summary>
/// Sends metrics and traces by OpenTelemetry's protocol (OTLP, protobuf over HTTP) to the collector of the configuration, in the
/// background: a collector that is slow or gone loses measurements and holds nobody up. Without one there is none of this.
/// </summary>
internal sealed class TelemetryExport : IDisposable
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;

    private TelemetryExport(TracerProvider traces, MeterProvider metrics)
    {
        _traces = traces;
        _metrics = metrics;
    }

    /// <summary>Begins to send; null if nothing is configured.</summary>
    /// <param name="options">Where to, and how much.</param>
    /// <param name="server">How the server is called.</param>
    public static TelemetryExport? Start(TelemetryOptions options, string server)
    {
        if (options.Otlp is not { } collector) return null;
        var resource = ResourceBuilder.CreateEmpty().AddService("keyreeve", serviceVersion: ServerRoutes.Version.Version, serviceInstanceId: server);
        var traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(Tracing.SourceName)
            .SetSampler(new TraceIdRatioBasedSampler(1.0 / options.TraceOneIn))
            .AddOtlpExporter(exporter => Configure(exporter, options, collector, "v1/traces"))
            .Build();
        var metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(EngineMetrics.MeterName, "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel")
            .AddView(static instrument => instrument.Unit is "s" && MetricSeries.IsHistogram(instrument)
                ? new ExplicitBucketHistogramConfiguration { Boundaries = MetricSeries.BucketBounds.ToArray() }
                : null)
            .AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter, options, collector, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.MetricsInterval.TotalMilliseconds;
            })
            .Build();
        return new TelemetryExport(traces, metrics);
    }

    /// <summary>Sends what is left, within a second each.</summary>
    public void Dispose()
    {
        _traces.Shutdown(1000);
        _metrics.Shutdown(1000);
        _traces.Dispose();
        _metrics.Dispose();
    }

    private static void Configure(OtlpExporterOptions exporter, TelemetryOptions options, Uri collector, string path)
    {
        var root = collector.AbsoluteUri.EndsWith('/') ? collector : new Uri(collector.AbsoluteUri + "/");
        exporter.Endpoint = new Uri(root, path);
        exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        exporter.TimeoutMilliseconds = (int)TimeLimit.TotalMilliseconds;
        exporter.HttpClientFactory = () => OpenClient(options);
    }

    private static HttpClient OpenClient(TelemetryOptions options)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false };
        if (options.AuthorityFile is { } authorities)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
            policy.CustomTrustStore.ImportFromPemFile(authorities);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        var client = new HttpClient(handler) { Timeout = TimeLimit };
        if (options.TokenFile is { } token)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Encoding.ASCII.GetString(PrivateFile.Read(token)).Trim());
        return client;
    }
}
