using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Server.Kmip.Notifications;

/// <summary>
/// The connection to the client that is notified. Whom it reaches is told by the public key: that of the principal which the endpoint
/// is said to be, and no other, whoever has issued a certificate for it. Used by one thread at a time.
/// </summary>
internal sealed class EndpointConnection : IAsyncDisposable
{
    private const int LargestAnswerInBytes = 1 << 16;
    private const int HeaderSizeInBytes = 8;

    private readonly SslStream _stream;

    private EndpointConnection(SslStream stream) => _stream = stream;

    /// <summary>Connects.</summary>
    /// <param name="endpoint">Where to, as configured.</param>
    /// <param name="fingerprint">SHA-256 of the public key that the endpoint has to show.</param>
    /// <param name="own">The certificate by which the server shows itself.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<EndpointConnection> OpenAsync(
        DnsEndPoint endpoint, string fingerprint, X509Certificate2 own, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? stream = null;
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = endpoint.Host,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    ClientCertificateContext = SslStreamCertificateContext.Create(own, additionalCertificates: null, offline: true),
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 certificate
                        && string.Equals(FingerprintOf(certificate), fingerprint, StringComparison.Ordinal),
                },
                cancellationToken);
            return new EndpointConnection(stream);
        }
        catch
        {
            if (stream is not null) await stream.DisposeAsync();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and reads its answer.</summary>
    /// <exception cref="IOException">The other side is gone, or what it sends is no answer.</exception>
    public async Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(request, cancellationToken);
        var header = new byte[HeaderSizeInBytes];
        await _stream.ReadExactlyAsync(header, cancellationToken);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
        if (!new TtlvReader(header).NextIs(Keyreeve.Kmip.Tag.ResponseMessage) || length > LargestAnswerInBytes)
            throw new IOException("The endpoint does not answer with a KMIP response.");
        var answer = new byte[HeaderSizeInBytes + (int)length];
        header.CopyTo(answer, 0);
        await _stream.ReadExactlyAsync(answer.AsMemory(HeaderSizeInBytes), cancellationToken);
        return answer;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static string FingerprintOf(X509Certificate2 certificate) =>
        Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
}
