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
/// A connection on which the server asks and the other side answers. One that the server opens reaches whom the public key tells: that of
/// the principal which the endpoint is said to be, and no other, whoever has issued a certificate for it. Used by one thread at a time.
/// </summary>
internal sealed class EndpointConnection : IAsyncDisposable
{
    private const int LargestAnswerInBytes = 1 << 16;
    private const int HeaderSizeInBytes = 8;

    private readonly Stream _stream;
    private readonly byte[] _header = new byte[HeaderSizeInBytes];
    private Task<int>? _reading;

    /// <summary>On a stream that is open and belongs to the caller.</summary>
    public EndpointConnection(Stream stream) => _stream = stream;

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

    /// <summary>Completes when the other side sends something or leaves. Between an answer and the next request it may do neither.</summary>
    public Task WhenHeardOfAsync(CancellationToken cancellationToken) => ReadHeaderAsync(cancellationToken);

    /// <summary>Sends a request and reads its answer, and not a byte behind it.</summary>
    /// <exception cref="IOException">The other side is gone, or what it sends is no answer.</exception>
    public async Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(request, cancellationToken);
        var count = await ReadHeaderAsync(cancellationToken).WaitAsync(cancellationToken);
        _reading = null;
        if (count < HeaderSizeInBytes) throw new IOException("The endpoint has closed the connection.");
        var length = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(4));
        if (!new TtlvReader(_header).NextIs(Keyreeve.Kmip.Tag.ResponseMessage) || length > LargestAnswerInBytes)
            throw new IOException("The endpoint does not answer with a KMIP response.");
        var answer = new byte[HeaderSizeInBytes + (int)length];
        _header.CopyTo(answer, 0);
        await _stream.ReadExactlyAsync(answer.AsMemory(HeaderSizeInBytes), cancellationToken);
        return answer;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private Task<int> ReadHeaderAsync(CancellationToken cancellationToken) =>
        _reading ??= _stream.ReadAtLeastAsync(_header, HeaderSizeInBytes, throwOnEndOfStream: false, cancellationToken).AsTask();

    private static string FingerprintOf(X509Certificate2 certificate) =>
        Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
}
