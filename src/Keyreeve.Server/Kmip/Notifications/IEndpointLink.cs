using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Server.Kmip.Notifications;

/// <summary>How the server's own requests reach a client, one after the other: TLS itself, or HTTPS.</summary>
internal interface IEndpointLink : IAsyncDisposable
{
    /// <summary>Sends a request and gives its answer, both as TTLV.</summary>
    /// <exception cref="IOException">The other side is gone, or what it sends is no answer.</exception>
    Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken);
}

/// <summary>
/// TLS towards whom the public key tells: that of the principal which the endpoint is said to be, and no other, whoever has issued a
/// certificate for it.
/// </summary>
/// <param name="Fingerprint">SHA-256 of the public key that the endpoint has to show.</param>
/// <param name="Own">The certificate by which the server shows itself.</param>
internal sealed record PinnedTls(string Fingerprint, X509Certificate2 Own)
{
    /// <summary>The longest answer that is read.</summary>
    public const int LargestAnswerInBytes = 1 << 16;

    /// <summary>The client's side of a handshake.</summary>
    public SslClientAuthenticationOptions OptionsFor(string host) => new()
    {
        TargetHost = host,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateContext = SslStreamCertificateContext.Create(Own, additionalCertificates: null, offline: true),
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 certificate
            && string.Equals(FingerprintOf(certificate), Fingerprint, StringComparison.Ordinal),
    };

    private static string FingerprintOf(X509Certificate2 certificate) =>
        Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
}
