using System.Diagnostics.Metrics;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Pkcs11;
using Keyreeve.Server.Alerts;
using Keyreeve.Server.Forwarding;
using Keyreeve.Server.Hosting;

namespace Keyreeve.Server.Telemetry;

/// <summary>What is asked of the server's parts when somebody looks, rather than counted as it happens.</summary>
internal static class ServerGauges
{
    /// <summary>Adds the instruments to the engine's meter.</summary>
    /// <param name="foundation">The parts.</param>
    /// <param name="sinks">How the sinks stand.</param>
    /// <param name="alerts">The watch, once there is one.</param>
    public static void AddTo(ServerFoundation foundation, Func<IReadOnlyList<SinkStatus>> sinks, Func<AlertService?> alerts)
    {
        var meter = foundation.Engine.Metrics.Meter;
        meter.CreateObservableGauge("keyreeve.audit.available", () => foundation.Trail.IsAvailable ? 1 : 0, null, "Whether records can be written; 0: nothing is released or changed.");
        meter.CreateObservableCounter("keyreeve.audit.records", () => foundation.Trail.Size, null, "Records that are on disk.");
        meter.CreateObservableGauge("keyreeve.audit.index.lag", () => foundation.Trail.Size - foundation.AuditIndexer.Count, null, "Records that cannot be searched for yet.");
        meter.CreateObservableGauge("keyreeve.key.cache.entries", () => foundation.Engine.Keys.Count, null, "Keys in clear in memory.");
        meter.CreateObservableCounter("keyreeve.key.cache.hits", () => foundation.Engine.Keys.Hits, null, "Uses of keys that were in memory.");
        meter.CreateObservableCounter("keyreeve.key.cache.misses", () => foundation.Engine.Keys.Misses, null, "Uses of keys that had to be unwrapped.");
        meter.CreateObservableGauge(
            "keyreeve.sink.lag", () => sinks().Select(static s => new Measurement<long>(s.Lag, Label("sink", s.Name))), null, "Records that wait for a sink.");
        meter.CreateObservableGauge(
            "keyreeve.sink.failing", () => sinks().Select(static s => new Measurement<int>(s.FailingSince is null ? 0 : 1, Label("sink", s.Name))), null, "Whether a sink takes no records.");
        meter.CreateObservableGauge("keyreeve.seal.drills.due", () => foundation.Seal.DrillsDue, null, "Seal slots that nobody has seen open for longer than drill-interval.");
        meter.CreateObservableGauge(
            "keyreeve.seal.drill.age",
            () => foundation.Seal.WatchedSlots.GroupBy(static slot => slot.Kind, StringComparer.Ordinal)
                .Select(kind => new Measurement<double>(kind.Max(slot => foundation.Seal.DrillAge(slot).TotalSeconds), Label("kind", kind.Key))),
            "s", "How long ago it was seen that a seal slot opens; the longest of a kind.");
        meter.CreateObservableGauge("keyreeve.seal.rewrap.running", () => foundation.Seal.ReWrapping.Progress.IsRunning ? 1 : 0, null, "Whether objects are being brought under a tenant's new key.");
        AddAlerts(meter, alerts);
        meter.CreateObservableGauge("keyreeve.certificate.expiry", () => Certificates(foundation), "s", "Time until the certificate ends.");
        if (foundation.Seal.Health is not null)
            meter.CreateObservableGauge("keyreeve.hsm.ready", () => foundation.Seal.Health is { State: HsmState.Ready } ? 1 : 0, null, "Whether the hardware security module is ready.");
    }

    private static IEnumerable<Measurement<double>> Certificates(ServerFoundation foundation)
    {
        var now = foundation.Engine.Time.GetUtcNow();
        var identity = foundation.Identity;
        yield return new((EndOf(identity.Authority.Certificate) - now).TotalSeconds, Label("certificate", "authority"));
        yield return new((identity.Certificate.ExpiresAt - now).TotalSeconds, Label("certificate", "server"));
        if (identity.Clients.Authorities is { IsEmpty: false } authorities)
            yield return new((authorities.Min(EndOf) - now).TotalSeconds, Label("certificate", "clients"));
    }

    private static DateTimeOffset EndOf(X509Certificate2 certificate) => new(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);

    private static void AddAlerts(Meter meter, Func<AlertService?> alerts)
    {
        meter.CreateObservableCounter(
            "keyreeve.alerts", () => (alerts()?.Book.Counts() ?? []).Select(static c => new Measurement<long>(c.Count, Label("rule", c.Rule), Label("severity", c.Severity.ToString()))),
            null, "Alerts since the start.");
        meter.CreateObservableGauge("keyreeve.alerts.lag", () => alerts()?.Lag ?? 0, null, "Records that the alerts have yet to look at.");
        meter.CreateObservableGauge("keyreeve.alerts.learning", () => alerts()?.Progress.Learning ?? 0, null, "Principals that are known for too short a time to have habits.");
        meter.CreateObservableGauge("keyreeve.alerts.subjects", () => alerts()?.Size.Subjects ?? 0, null, "Principals, keys and tenants whose habits are in memory.");
        meter.CreateObservableCounter("keyreeve.alerts.evicted", () => alerts()?.Size.Evicted ?? 0, null, "Of these, how many had to make room for others.");
        meter.CreateObservableGauge(
            "keyreeve.alerts.failing", () => (alerts()?.Deliveries ?? []).Select(static d => new Measurement<int>(d.IsFailing ? 1 : 0, Label("destination", d.Name))), null, "Whether a destination takes no alerts.");
    }

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
