using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>Where the server is, and how to be let in.</summary>
internal sealed class ServerUnderTest : IDisposable
{
    /// <param name="address">Host and port.</param>
    /// <param name="certificate">The client's certificate with its key.</param>
    /// <param name="authority">Who issues the server's certificate.</param>
    public ServerUnderTest(DnsEndPoint address, X509Certificate2 certificate, X509Certificate2 authority)
    {
        Address = address;
        Certificate = certificate;
        Authority = authority;
    }

    public DnsEndPoint Address { get; }

    public X509Certificate2 Certificate { get; }

    public X509Certificate2 Authority { get; }

    /// <exception cref="System.Security.Cryptography.CryptographicException">A file is not what it should be.</exception>
    public static ServerUnderTest FromFiles(DnsEndPoint address, string certificate, string key, string authority)
    {
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key);
        return new ServerUnderTest(
            address,
            // Through PKCS#12, which is the form in which TLS takes it on every platform.
            X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable),
            X509CertificateLoader.LoadCertificateFromFile(authority));
    }

    public SslClientAuthenticationOptions ClientTls() => new()
    {
        TargetHost = Address.Host,
        ClientCertificates = [Certificate],
        LocalCertificateSelectionCallback = (_, _, _, _, _) => Certificate,
        CertificateChainPolicy = Trust(),
    };

    /// <summary>For the requests that the server makes of itself: it has to show a certificate of its authority.</summary>
    public SslServerAuthenticationOptions ListenerTls() => new()
    {
        ServerCertificate = Certificate,
        ClientCertificateRequired = true,
        CertificateChainPolicy = Trust(),
    };

    public void Dispose()
    {
        Certificate.Dispose();
        Authority.Dispose();
    }

    private X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.Add(Authority);
        return policy;
    }
}
