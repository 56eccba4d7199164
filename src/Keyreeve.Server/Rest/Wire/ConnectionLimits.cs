using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>
/// How many connections one caller may hold: one certificate's key, or one address as long as no certificate is shown.
/// What is too much is closed, so that whoever hoards connections keeps nobody out.
/// </summary>
internal sealed class ConnectionLimits(int maxPerIdentity)
{
    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);

    public async Task HandleAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var certificate = connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
        var identity = certificate is null ? null : ConnectionIdentity.Of(certificate);
        if (identity is not null) connection.Features.Set(identity);

        var holder = identity?.Fingerprint ?? (connection.RemoteEndPoint as System.Net.IPEndPoint)?.Address.ToString() ?? "";
        try
        {
            if (_open.AddOrUpdate(holder, 1, static (_, count) => count + 1) <= maxPerIdentity) await next(connection);
            else connection.Abort(new ConnectionAbortedException("This caller holds as many connections as it may."));
        }
        finally
        {
            Release(holder);
        }
    }

    private void Release(string holder)
    {
        var left = _open.AddOrUpdate(holder, 0, static (_, count) => count - 1);
        // Removed only if still zero: somebody may have connected since.
        if (left == 0) _open.TryRemove(new KeyValuePair<string, int>(holder, 0));
    }
}
