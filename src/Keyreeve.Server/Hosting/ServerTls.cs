using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Server.Identity;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>
/// The server's side of every handshake: TLS 1.2 and 1.3, authenticated ciphers with forward secrecy alone, no
/// renegotiation, and clients judged by us. Made anew for each connection, so that a new certificate takes effect at once.
/// </summary>
internal sealed class ServerTls(ServerIdentity identity, ILogger<ServerTls> logger)
{
    // spec: RFC 9325 §4.2 "recommended cipher suites"; of TLS 1.2 those with an ECDHE exchange.
    private static readonly CipherSuitesPolicy Ciphers = MakeCiphers();

    private static readonly List<SslApplicationProtocol> WebProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    /// <summary>For a door at which everybody shows a certificate.</summary>
    public SslServerAuthenticationOptions DemandingCertificate() => Make(demandsCertificate: true, null);

    /// <summary>For the web: some routes are for those who have no certificate yet; the others refuse them.</summary>
    public SslServerAuthenticationOptions ForWeb() => Make(demandsCertificate: false, WebProtocols);

    /// <summary>
    /// For the doors of a sealed server, at which nobody can be known: whoever shows a certificate proves that he has its
    /// key, and no more.
    /// </summary>
    public static SslServerAuthenticationOptions ForSealed(SslStreamCertificateContext certificate, bool isWeb)
    {
        var options = Make(certificate, isWeb ? WebProtocols : null);
#pragma warning disable CA5359 // the certificate says nothing here but whose key it is; who that is, the ceremony compares
        options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        return options;
    }

    private SslServerAuthenticationOptions Make(bool demandsCertificate, List<SslApplicationProtocol>? protocols)
    {
        var options = Make(identity.Certificate.Context, protocols);
        options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is null ? !demandsCertificate : IsTrusted(certificate);
        return options;
    }

    private static SslServerAuthenticationOptions Make(SslStreamCertificateContext certificate, List<SslApplicationProtocol>? protocols) => new()
    {
        ServerCertificateContext = certificate,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = Ciphers,
        AllowRenegotiation = false,
        ApplicationProtocols = protocols,
        // The chain that .NET builds decides nothing; this keeps it from the network and from the machine's trust store.
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
        },
    };

    private bool IsTrusted(X509Certificate certificate)
    {
        if (identity.Clients.Identify(certificate, out var fault) is not null) return true;
        logger.LogWarning("A client certificate of '{Subject}' was refused: {Fault}.", certificate.Subject, fault);
        return false;
    }

    private static CipherSuitesPolicy MakeCiphers()
    {
#pragma warning disable CA1416 // the server runs on Linux
        return new CipherSuitesPolicy(
        [
            TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ]);
#pragma warning restore CA1416
    }
}
