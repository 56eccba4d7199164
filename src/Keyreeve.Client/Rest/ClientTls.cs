using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Client.Rest;

/// <summary>The client's side of TLS: one certificate authority, from a file, is trusted and no other; a certificate of our own.</summary>
internal static class ClientTls
{
    public static SslClientAuthenticationOptions Create(ClientOptions options)
    {
        var authorities = ReadCertificates(options.CertificateAuthorityFile);
        return Create(authorities, options is { CertificateFile: { } certificate, PrivateKeyFile: { } key } ? ReadIdentity(certificate, key, authorities) : null);
    }

    public static SslClientAuthenticationOptions Create(X509Certificate2Collection authorities, SslStreamCertificateContext? identity)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // No revocation list reaches this client: a server is fenced off by ending its certificate or the authority.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1", "serverAuth"));
        policy.CustomTrustStore.AddRange(authorities);
        return new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13,
            CertificateChainPolicy = policy,
            ClientCertificateContext = identity,
        };
    }

    public static X509Certificate2Collection ReadCertificates(string path)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(path);
        }
        catch (CryptographicException e)
        {
            throw Invalid($"'{path}' holds no certificate in PEM that can be read: {e.Message}", e);
        }

        return certificates.Count > 0 ? certificates : throw Invalid($"'{path}' holds no certificate in PEM.");
    }

    private static SslStreamCertificateContext ReadIdentity(string certificateFile, string keyFile, X509Certificate2Collection authorities)
    {
        var chain = ReadCertificates(certificateFile);
        var leaf = chain[0];
        chain.RemoveAt(0);
        chain.AddRange(authorities);
        return SslStreamCertificateContext.Create(WithPrivateKey(leaf, certificateFile, keyFile), chain, offline: true);
    }

    private static X509Certificate2 WithPrivateKey(X509Certificate2 certificate, string certificateFile, string keyFile)
    {
        using var pem = PrivateFile.ReadSecret(keyFile);
        // An array of our own, so that the key's text is wiped and never a string.
        var text = GC.AllocateUninitializedArray<char>(pem.LengthInBytes, pinned: true);
        try
        {
            int length;
            using (var lease = pem.Reveal())
                length = Encoding.UTF8.GetChars(lease.Span, text);
            return WithPrivateKey(certificate, text.AsSpan(0, length));
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw Invalid($"'{keyFile}' is not the private key, in PEM, of the certificate in '{certificateFile}': {e.Message}", e);
        }
        finally
        {
            Array.Clear(text);
        }
    }

    private static X509Certificate2 WithPrivateKey(X509Certificate2 certificate, ReadOnlySpan<char> pem)
    {
        using var publicKey = certificate.GetECDsaPublicKey();
        if (publicKey is not null)
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(pem);
            return certificate.CopyWithPrivateKey(key);
        }

        using var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        return certificate.CopyWithPrivateKey(rsa);
    }

    private static KeyreeveClientException Invalid(string message, Exception? cause = null) =>
        new(ClientError.InvalidOptions, message, cause: cause);
}
