using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;

namespace Keyreeve.Server.Sealing.Remote;

/// <summary>By what the other key manager is recognised, and what it is shown. The files are read anew for every connection.</summary>
internal static class KmipSlotTls
{
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="PrivateFileException">Others may read the private key.</exception>
    /// <exception cref="CryptographicException">A file is not what it should be.</exception>
    public static SslClientAuthenticationOptions OptionsFor(KmipSlotOptions options) => new()
    {
        TargetHost = options.ServerName ?? options.Endpoint!.Host,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateContext = ReadIdentity(options),
        CertificateChainPolicy = TrustOnly(options.AuthorityFile),
    };

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

    private static SslStreamCertificateContext ReadIdentity(KmipSlotOptions options)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(options.CertificateFile);
        if (chain.Count == 0) throw new CryptographicException($"'{options.CertificateFile}' holds no certificate.");
        var leaf = chain[0];
        chain.RemoveAt(0);
        return SslStreamCertificateContext.Create(PrivateKeyFile.WithKey(leaf, options.KeyFile), chain, offline: true);
    }
}
