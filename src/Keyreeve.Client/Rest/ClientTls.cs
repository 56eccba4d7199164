using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Client.Rest;

/// <summary>The client's side of TLS: the authorities that are named are trusted and no others; a certificate of our own.</summary>
internal static class ClientTls
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Reads what a server's settings name.</summary>
    /// <param name="server">A server whose settings are complete.</param>
    /// <param name="pinned">What is known of its authority, if that is known by its fingerprint.</param>
    public static SslClientAuthenticationOptions Create(KeyServer server, PinnedAuthority? pinned = null)
    {
        var authorities = server.CertificateAuthorityFile is { } file ? ReadAuthorities(file) : [];
        var identity = server.CertificateFile is not null ? ClientIdentity.Read(server, authorities) : null;
        return server.CertificateAuthorityFile is null && server.CertificateAuthorityFingerprint is { } fingerprint
            ? CreatePinned(fingerprint, pinned ?? new PinnedAuthority(fingerprint), identity)
            : Create(authorities, identity);
    }

    /// <summary>What is known of the authority of a server that is known by a fingerprint; null for other servers.</summary>
    public static PinnedAuthority? PinnedOf(KeyServer server) =>
        server is { CertificateAuthorityFile: null, CertificateAuthorityFingerprint: { } fingerprint } ? new PinnedAuthority(fingerprint) : null;

    public static SslClientAuthenticationOptions Create(X509Certificate2Collection authorities, SslStreamCertificateContext? identity)
    {
        var options = Common(identity);
        options.CertificateChainPolicy = PolicyOf(authorities);
        return options;
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

    internal static KeyreeveClientException Invalid(string message, Exception? cause = null) =>
        new(ClientError.InvalidOptions, message, cause: cause);

    private static X509Certificate2Collection ReadAuthorities(string path)
    {
        if (!Directory.Exists(path))
            return ReadCertificates(path);
        var all = new X509Certificate2Collection();
        foreach (var file in Directory.EnumerateFiles(path).Where(static file => Path.GetExtension(file) is ".pem" or ".crt" or ".cer").Order(StringComparer.Ordinal))
            all.AddRange(ReadCertificates(file));
        return all.Count > 0 ? all : throw Invalid($"The folder '{path}' holds no certificate authority; files in it end with .pem, .crt or .cer.");
    }

    private static SslClientAuthenticationOptions Common(SslStreamCertificateContext? identity) => new()
    {
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateContext = identity,
    };

    private static X509ChainPolicy PolicyOf(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // No revocation list reaches this client: a server is fenced off by ending its certificate or the authority.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication, "serverAuth"));
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    /// <summary>The fingerprint names the server's own certificate, or an authority that issued it.</summary>
    private static SslClientAuthenticationOptions CreatePinned(CaFingerprint fingerprint, PinnedAuthority pinned, SslStreamCertificateContext? identity)
    {
        var options = Common(identity);
        options.RemoteCertificateValidationCallback = (_, certificate, sent, errors) =>
        {
            if (certificate is not X509Certificate2 leaf || (errors & (SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable)) != SslPolicyErrors.None)
                return false;
            var others = new X509Certificate2Collection();
            foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
                others.Add(element.Certificate);
            if (sent is not null)
                others.AddRange(sent.ChainPolicy.ExtraStore);
            var trusted = pinned.TrustedOf(others.Append(leaf));
            if (trusted.Count == 0)
                return false;
            using var chain = new X509Chain { ChainPolicy = PolicyOf(trusted) };
            chain.ChainPolicy.ExtraStore.AddRange(others);
            // A leaf that is itself what the fingerprint names ends its own chain.
            if (fingerprint.Matches(leaf))
                chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
            return chain.Build(leaf);
        };
        return options;
    }
}
