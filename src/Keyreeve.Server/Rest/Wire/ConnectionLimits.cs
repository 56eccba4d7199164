using System.Collections.Concurrent;
using System.Net;
using Keyreeve.Server.Identity;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>
/// Once a handshake is done: says whose connection it is, and how many one caller may hold, which is one certificate's key,
/// or one address as long as no certificate is shown. What is too much is closed, so that whoever hoards connections keeps
/// nobody out.
/// </summary>
internal sealed class ConnectionLimits(int maxPerIdentity, ClientCertificateValidator clients)
{
    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);

    public async Task HandleAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var certificate = connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
        // Asked again: a resumed session has a handshake in which nobody judged.
        var identity = certificate is null ? null : clients.Identify(certificate, out _);
        if (certificate is not null && identity is null)
        {
            connection.Abort(new ConnectionAbortedException("The client certificate is not trusted."));
            return;
        }

        if (identity is not null) connection.Features.Set(identity);
        var holder = identity?.Fingerprint ?? (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "";
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
