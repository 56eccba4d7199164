using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Forwarding.Transports;

/// <summary>By what a sink is recognised, and what it is shown.</summary>
internal static class SinkTls
{
    /// <exception cref="IOException">A certificate file cannot be read.</exception>
    public static SslClientAuthenticationOptions OptionsFor(SinkOptions options)
    {
        var tls = new SslClientAuthenticationOptions
        {
            TargetHost = options.Host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
        if (options.AuthorityFile is { } authorities) tls.CertificateChainPolicy = TrustOnly(authorities);
        if (options.CertificateFile is { } own)
        {
            var pem = PrivateFile.Read(own);
            var text = System.Text.Encoding.ASCII.GetString(pem);
            tls.ClientCertificates = [X509Certificate2.CreateFromPem(text, text)];
        }

        return tls;
    }

    private static X509ChainPolicy TrustOnly(string file)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.ImportFromPemFile(file);
        return policy;
    }
}
