using System.Globalization;
using System.Text;
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
}
