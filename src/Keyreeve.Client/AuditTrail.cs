using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Keyreeve.Client.Rest;

namespace Keyreeve.Client;

/// <summary>The server's audit trail. The caller needs the role Auditor.</summary>
/// <remarks>Thread safe. Every method may throw <see cref="KeyreeveClientException"/>.</remarks>
public sealed class AuditTrail
{
    private static readonly TimeSpan ResumeInterval = TimeSpan.FromSeconds(1);

    private readonly RestTransport _transport;

    internal AuditTrail(RestTransport transport) => _transport = transport;

    /// <summary>Finds records, the newest first.</summary>
    public Task<ClientAuditPage> FindAsync(AuditQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = PathOf("/v1/audit", query, ("limit", query.Limit), ("before", query.Before));
        return _transport.GetAsync(path, ClientJson.Default.ClientAuditPage, cancellationToken);
    }

    /// <summary>
    /// Shows records as they come, after the newest that are there: as many as <see cref="AuditQuery.Limit"/> says, the oldest of them first. The server is
    /// asked once, which is one record of its own. When the connection is lost or the server stops it is asked anew for what came since.
    /// </summary>
    /// <param name="query">Which; <see cref="AuditQuery.Before"/> is not asked.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KeyreeveClientException">The caller may not, or not any more; or no server is reached.</exception>
    public async IAsyncEnumerable<ClientAuditRecord> FollowAsync(AuditQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        for (long? after = null; ;)
        {
            var path = PathOf("/v1/audit/follow", query, after is null ? ("limit", query.Limit) : ("after", after));
            using var lines = new AnswerLines(await _transport.OpenAsync(path, cancellationToken).ConfigureAwait(false));
            after ??= lines.FollowsAfter;
            while (await lines.ReadAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                if (line.IsEmpty)
                    continue;
                var record = AnswerLines.Parse(line.Span);
                after = Math.Max(record.Serial, after.Value);
                yield return record;
            }

            await Task.Delay(ResumeInterval, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes all records of the caller's tenant that match, the oldest first. What fails on the way leaves a part of them.</summary>
    /// <param name="query">Which; <see cref="AuditQuery.Before"/> and <see cref="AuditQuery.Limit"/> are not asked.</param>
    /// <param name="format">How they are written.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ExportAsync(AuditQuery query, AuditExportFormat format, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(destination);
        var name = format switch
        {
            AuditExportFormat.Csv => "csv",
            AuditExportFormat.Json => "json",
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };
        using var answer = await _transport.OpenAsync(PathOf("/v1/audit/export?as=" + name, query), cancellationToken).ConfigureAwait(false);
        try
        {
            await answer.Content.CopyToAsync(destination, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new KeyreeveClientException(ClientError.ConnectionLost, $"The server broke off before all was exported ({e.Message}).", cause: e);
        }
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

    /// <summary>How those who follow the trail stand: its index, the alerts, and every sink. The caller needs the role Operator or Security Officer.</summary>
    public Task<ClientTrailStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("/v1/status", ClientJson.Default.ClientTrailStatus, cancellationToken);

    /// <summary>Lists the alerts of late, those found last first. The caller needs the role Auditor, Security Officer or Operator.</summary>
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

    private static string PathOf(string path, AuditQuery query, params ReadOnlySpan<(string Name, long? Value)> numbers)
    {
        var text = new StringBuilder(path).Append(path.Contains('?', StringComparison.Ordinal) ? '&' : '?');
        foreach (var (name, value) in numbers)
            if (value is { } number) text.Append(name).Append('=').Append(number.ToString(CultureInfo.InvariantCulture)).Append('&');
        (string Name, string? Value)[] conditions =
        [
            ("from", query.From?.ToString("O", CultureInfo.InvariantCulture)), ("until", query.Until?.ToString("O", CultureInfo.InvariantCulture)),
            ("principal", query.Principal), ("key", query.Key), ("object", query.ObjectId), ("operation", query.Operation), ("result", query.Result),
            ("purpose", query.Purpose), ("text", query.Text),
        ];
        foreach (var (name, value) in conditions)
            if (value is not null) text.Append(name).Append('=').Append(Uri.EscapeDataString(value)).Append('&');
        return text.ToString(0, text.Length - 1);
    }
}
