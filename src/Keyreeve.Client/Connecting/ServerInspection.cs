using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Client.Rest;

namespace Keyreeve.Client;

/// <summary>What a handshake with a key server tells.</summary>
/// <param name="Protocol">Version of TLS and cipher suite.</param>
/// <param name="ServerCertificateUntil">Until when the server's certificate is valid.</param>
/// <param name="ClientCertificateUntil">Until when the client's own is; null without one.</param>
public sealed record ServerInspection(string Protocol, DateTimeOffset ServerCertificateUntil, DateTimeOffset? ClientCertificateUntil)
{
    /// <summary>Shakes hands with the first server of the options, as the client itself would.</summary>
    /// <exception cref="KeyreeveClientException">It cannot be reached, or not be trusted.</exception>
    public static async Task<ServerInspection> RunAsync(ClientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var server = options.Complete(options.Servers[0]);
        var pinned = ClientTls.PinnedOf(server);
        try
        {
            return await RunAsync(options, server, ClientTls.Create(server, pinned), cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (e.Is(ClientError.ServerNotTrusted) && pinned is { MayBeFetched: true } && string.Equals(server.Address.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal))
        {
            await pinned.FetchAsync(server.Address, cancellationToken).ConfigureAwait(false);
            return await RunAsync(options, server, ClientTls.Create(server, pinned), cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<ServerInspection> RunAsync(ClientOptions options, KeyServer server, SslClientAuthenticationOptions tls, CancellationToken cancellationToken)
    {
        tls.TargetHost = server.Address.Host.Trim('[', ']');
        using var limit = new CancellationTokenSource(options.ConnectTimeLimit);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(tls.TargetHost, server.Address.Port, either.Token).ConfigureAwait(false);
            var stream = new SslStream(socket.GetStream());
            await using (stream.ConfigureAwait(false))
            {
                await stream.AuthenticateAsClientAsync(tls, either.Token).ConfigureAwait(false);
                using var theirs = new X509Certificate2(stream.RemoteCertificate!);
                DateTimeOffset? ours = tls.ClientCertificateContext is { } identity ? new DateTimeOffset(identity.TargetCertificate.NotAfter) : null;
                return new ServerInspection($"{stream.SslProtocol} {stream.NegotiatedCipherSuite}", new DateTimeOffset(theirs.NotAfter), ours);
            }
        }
        catch (SocketException e)
        {
            throw new KeyreeveClientException(ClientError.ServerUnreachable, e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KeyreeveClientException(ClientError.TimedOut, $"No handshake within {options.ConnectTimeLimit.TotalSeconds:0.#} s.", e);
        }
        catch (AuthenticationException e)
        {
            throw new KeyreeveClientException(ClientError.ServerNotTrusted, $"The server could not prove who it is: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new KeyreeveClientException(ClientError.ConnectionLost, $"The server ended the handshake: {e.Message}", e);
        }
    }
}
