using System.Collections.Concurrent;
using System.Net;
using Keyreeve.Server.Identity;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>
/// How many connections one caller may hold: while it shakes hands, one address; then one certificate's key, or one address
/// as long as no certificate is shown. What is too much is closed, so that whoever hoards connections keeps nobody out.
/// </summary>
internal sealed class ConnectionLimits(int maxPerIdentity, ClientCertificateValidator clients, ILogger logger)
{
    // Of one address that has not shown who it is: enough for a busy client that opens all its connections at once, and a
    // flood of half-open handshakes leaves room for the others.
    private const int MaxHandshakesPerAddress = 256;

    private readonly ConnectionAdmission _handshakes = new(MaxHandshakesPerAddress);
    private readonly ConnectionAdmission _identities = new(maxPerIdentity);
    private readonly ConcurrentDictionary<ConnectionContext, ClientIdentity> _open = new();

    /// <summary>Around the handshake.</summary>
    public async Task AdmitAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (!_handshakes.TryEnter(AddressOf(connection), out var handshake))
        {
            Refuse(connection, "too many handshakes of its address have not ended");
            return;
        }

        using (handshake)
        {
            connection.Features.Set(new Handshake(handshake));
            await next(connection);
        }
    }

    /// <summary>Once the handshake is done; says whose connection it is.</summary>
    public async Task IdentifyAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        connection.Features.Get<Handshake>()?.Place.Dispose();
        var certificate = connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
        // Asked again: a resumed session has a handshake in which nobody judged.
        var identity = certificate is null ? null : clients.Identify(certificate, out _);
        if (certificate is not null && identity is null)
        {
            Refuse(connection, "its certificate is not trusted");
            return;
        }

        if (identity is not null) connection.Features.Set(identity);
        if (!_identities.TryEnter(identity?.Fingerprint ?? AddressOf(connection), out var place))
        {
            Refuse(connection, "its holder has too many");
            return;
        }

        using (place)
        {
            if (identity is not null) _open[connection] = identity;
            try
            {
                await next(connection);
            }
            finally
            {
                _open.TryRemove(connection, out _);
            }
        }
    }

    /// <summary>Closes what nobody who is trusted issued the certificate of any more; called a few times a second.</summary>
    public void CheckAuthorities()
    {
        foreach (var (connection, identity) in _open)
            if (!identity.IsOfTrustedAuthority) Refuse(connection, "the authority of its certificate is trusted no more");
    }

    private void Refuse(ConnectionContext connection, string reason)
    {
        logger.LogWarning("REST: a connection from {Remote} was closed: {Reason}.", connection.RemoteEndPoint, reason);
        connection.Abort(new ConnectionAbortedException(reason));
    }

    private static string AddressOf(ConnectionContext connection) => connection.RemoteEndPoint is IPEndPoint remote ? NetworkOrigin.Of(remote.Address) : "";

    private sealed record Handshake(IDisposable Place);
}
