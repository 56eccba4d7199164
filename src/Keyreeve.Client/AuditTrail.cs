using System.Globalization;
using System.Text;
using System.Text.Json;
using Keyreeve.Client.Rest;

namespace Keyreeve.Client;

/// <summary>The server's audit trail. The caller needs the role Auditor.</summary>
/// <remarks>Thread safe. Every method may throw <see cref="KeyreeveClientException"/>.</remarks>
public sealed class AuditTrail
{
    private readonly RestTransport _transport;

    internal AuditTrail(RestTransport transport) => _transport = transport;

    /// <summary>Finds records, the newest first.</summary>
    public Task<ClientAuditPage> FindAsync(AuditQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = new StringBuilder("/v1/audit?limit=").Append(query.Limit.ToString(CultureInfo.InvariantCulture));
        (string Name, string? Value)[] conditions =
        [
            ("from", query.From?.ToString("O", CultureInfo.InvariantCulture)), ("until", query.Until?.ToString("O", CultureInfo.InvariantCulture)),
            ("principal", query.Principal), ("key", query.Key), ("object", query.ObjectId), ("operation", query.Operation), ("result", query.Result),
            ("purpose", query.Purpose), ("text", query.Text), ("before", query.Before?.ToString(CultureInfo.InvariantCulture)),
        ];
        foreach (var (name, value) in conditions)
            if (value is not null) path.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        return _transport.GetAsync(path.ToString(), ClientJson.Default.ClientAuditPage, cancellationToken);
    }

    /// <summary>Removes the oldest segments of the trail. The caller needs the role Security Officer, and whatever approvals the policy asks for.</summary>
    /// <param name="archived">Where the verification of their archive ended: the position that <c>keyreeve audit verify</c> prints.</param>
    /// <param name="before">Only records older than this.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<ClientPrunedAudit> PruneAsync(string archived, DateTimeOffset before, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(archived);
        var body = JsonSerializer.SerializeToUtf8Bytes(new PruneAuditBody(archived, before), ClientJson.Default.PruneAuditBody);
        using var answer = await _transport.SendAsync(new RestRequest(HttpMethod.Post, "/v1/audit/prune") { Body = body }, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ClientPrunedAudit);
    }

    /// <summary>How those who follow the trail stand: its index, the alerts, and every sink. The caller needs the role Auditor or Security Officer.</summary>
    public Task<ClientTrailStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("/v1/status", ClientJson.Default.ClientTrailStatus, cancellationToken);

    /// <summary>Lists the alerts of late, those found last first. The caller needs the role Auditor or Security Officer.</summary>
    /// <param name="from">Found from this time on; null for all that are kept.</param>
    /// <param name="severity">At least so urgent: <c>notice</c>, <c>warning</c> or <c>critical</c>; null for all.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<ClientAlerts> ListAlertsAsync(DateTimeOffset? from = null, string? severity = null, CancellationToken cancellationToken = default)
    {
        var path = new StringBuilder("/v1/alerts");
        var separator = '?';
        foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)[("from", from?.ToString("O", CultureInfo.InvariantCulture)), ("severity", severity)])
        {
            if (value is null) continue;
            path.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return _transport.GetAsync(path.ToString(), ClientJson.Default.ClientAlerts, cancellationToken);
    }
}
