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
    private const long MostLag = 1000;

    private static readonly TimeSpan LongestLag = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, DateTimeOffset> _lagging = new(StringComparer.Ordinal);

    public void Check(long watched, Action<AlertFinding> found)
    {
        var now = foundation.Engine.Time.GetUtcNow();
        CheckCertificate("server", "The server's certificate", foundation.Identity.Certificate.ExpiresAt, "It is renewed by itself; see the log why it was not.", now, found);
        CheckCertificate("authority", "The server's certificate authority", EndOf(foundation.Identity.Authority.Certificate), "Clients have to be given another before.", now, found);
        foreach (var authority in foundation.Identity.Clients.Authorities)
            CheckCertificate(authority.Thumbprint, $"The clients' authority '{authority.GetNameInfo(X509NameType.SimpleName, forIssuer: false)}'", EndOf(authority), "Nobody under it is let in afterwards.", now, found);
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

    private void CheckCertificate(string about, string what, DateTimeOffset end, string more, DateTimeOffset now, Action<AlertFinding> found)
    {
        var left = end - now;
        // The server's own is renewed long before; what is told is that it was not.
        if (left > (about is "server" ? CertificateAuthority.ServerLifetime / 6 : notice)) return;
        var severity = left < TimeSpan.FromDays(about is "server" ? 1 : 7) ? AlertSeverity.Critical : AlertSeverity.Warning;
        found(Finding(AlertRuleName.CertificateExpiry, severity, now, about, $"{what} ends on {end.ToUniversalTime():yyyy-MM-dd HH:mm} UTC. {more}"));
    }

    private static DateTimeOffset EndOf(X509Certificate2 certificate) => new(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);

    private static AlertFinding Finding(string rule, AlertSeverity severity, DateTimeOffset time, string about, string text) =>
        new() { Rule = rule, Severity = severity, Time = time, About = about, Text = text };
}
