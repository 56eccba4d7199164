using System.Collections.Frozen;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Pkcs11;
using Keyreeve.Server.Forwarding;
using Keyreeve.Server.Hosting;
using Keyreeve.Server.Identity;

namespace Keyreeve.Server.Alerts.Conditions;

/// <summary>What holds of the server itself at the moment: certificates, drills, the trail and those who follow it, the token, what computes here. Not thread safe.</summary>
/// <param name="foundation">The server's parts.</param>
/// <param name="sinks">How the sinks stand.</param>
/// <param name="notice">How long before its end a certificate is told of.</param>
internal sealed class ServerWatch(ServerFoundation foundation, Func<IReadOnlyList<SinkStatus>> sinks, TimeSpan notice)
{
    /// <summary>The rules that are found here alone, and hold as long as they are found.</summary>
    public static readonly FrozenSet<string> Rules =
        [AlertRuleName.CertificateExpiry, AlertRuleName.SealDrill, AlertRuleName.HsmUnavailable, AlertRuleName.SelfTest, AlertRuleName.AuditLag];

    private const long MostLag = 1000;

    private static readonly TimeSpan LongestLag = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Soon = TimeSpan.FromDays(7);

    private readonly Dictionary<string, DateTimeOffset> _lagging = new(StringComparer.Ordinal);

    public void Check(long watched, Action<AlertFinding> found)
    {
        var now = foundation.Engine.Time.GetUtcNow();
        CheckServer(foundation.Identity.Certificate, now, found);
        CheckCertificate(new End("authority", "The server's certificate authority", EndOf(foundation.Identity.Authority.Certificate), "Clients have to be given another before."), now, found);
        foreach (var authority in foundation.Identity.Clients.Authorities)
            CheckCertificate(new End(authority.Thumbprint, $"The clients' authority '{authority.GetNameInfo(X509NameType.SimpleName, forIssuer: false)}'", EndOf(authority), "Nobody under it is let in afterwards."), now, found);
        CheckTrail(watched, now, found);
        foreach (var slot in foundation.Seal.WatchedSlots.Where(foundation.Seal.IsDrillDue))
        {
            found(Finding(AlertRuleName.SealDrill, AlertSeverity.Warning, now, slot.SlotId,
                $"Nobody has seen since {slot.DrilledAt ?? slot.CreatedAt:yyyy-MM-dd} that the seal slot {slot.SlotId} ({slot.Kind}) opens. Try it: keyreeve seal drill {slot.SlotId}"));
        }

        if (foundation.Seal.Health is { State: not HsmState.Ready } health)
            found(Finding(AlertRuleName.HsmUnavailable, AlertSeverity.Critical, now, "hsm", $"The hardware security module is {health.State}: {health.Reason}"));
        if (foundation.Engine.SelfTest?.Failure is { } failure)
            found(Finding(AlertRuleName.SelfTest, AlertSeverity.Critical, now, "self-test", $"A self-test has failed ({failure}): no key is served until the server is started again, on a machine that can be trusted."));
    }

    private void CheckTrail(long watched, DateTimeOffset now, Action<AlertFinding> found)
    {
        if (!foundation.Trail.IsAvailable)
            found(Finding(AlertRuleName.AuditGap, AlertSeverity.Critical, now, "available", "The audit trail cannot be written: nothing is released or changed until it can. See the server's log."));
        CheckLag("the index", foundation.Trail.Size - foundation.AuditIndexer.Count, now, found);
        CheckLag("the alerts", foundation.Trail.Size - watched, now, found);
        foreach (var sink in sinks()) CheckLag($"sink '{sink.Name}'", sink.Lag, now, found);
    }

    private void CheckLag(string who, long lag, DateTimeOffset now, Action<AlertFinding> found)
    {
        if (lag < MostLag) _lagging.Remove(who);
        else if (_lagging.TryAdd(who, now) || now - _lagging[who] < LongestLag) return;
        else found(Finding(AlertRuleName.AuditLag, AlertSeverity.Warning, now, who, $"{char.ToUpperInvariant(who[0])}{who[1..]} is {lag} records behind the audit trail, since {_lagging[who]:HH:mm} UTC."));
    }

    private void CheckServer(ServerCertificate certificate, DateTimeOffset now, Action<AlertFinding> found)
    {
        // One that is not yours is renewed long before; what is told is that it was not. Of yours, that may hold for a short time, the last third at most.
        var (early, late, more) = certificate.Lifetime is { } lifetime
            ? (notice < lifetime / 3 ? notice : lifetime / 3, Soon < lifetime / 12 ? Soon : lifetime / 12, "Have another issued, and write it to certificate-file: docs/certificates.md.")
            : (CertificateAuthority.ServerLifetime / 6, TimeSpan.FromDays(1), "It is renewed by itself; see the log why it was not.");
        CheckCertificate(new End("server", "The server's certificate", certificate.ExpiresAt, more) { Early = early, Late = late }, now, found);
    }

    private void CheckCertificate(End end, DateTimeOffset now, Action<AlertFinding> found)
    {
        var left = end.At - now;
        if (left > (end.Early ?? notice)) return;
        var severity = left < end.Late ? AlertSeverity.Critical : AlertSeverity.Warning;
        found(Finding(AlertRuleName.CertificateExpiry, severity, now, end.About, $"{end.What} ends on {end.At.ToUniversalTime():yyyy-MM-dd HH:mm} UTC. {end.More}"));
    }

    private static DateTimeOffset EndOf(X509Certificate2 certificate) => new(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);

    private static AlertFinding Finding(string rule, AlertSeverity severity, DateTimeOffset time, string about, string text) =>
        new() { Rule = rule, Severity = severity, Time = time, About = about, Text = text };

    /// <summary>When a certificate ends, and how long before that is told of.</summary>
    private sealed record End(string About, string What, DateTimeOffset At, string More)
    {
        public TimeSpan? Early { get; init; }

        public TimeSpan Late { get; init; } = Soon;
    }
}
