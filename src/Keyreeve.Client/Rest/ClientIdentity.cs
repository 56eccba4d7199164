using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Client.Renewal;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Client.Rest;

/// <summary>A certificate with its private key, from PEM files, PKCS #12, or with a key that stays in a token.</summary>
internal static class ClientIdentity
{
    /// <summary>How the name of a PKCS #11 URI begins; RFC 7512.</summary>
    public const string TokenScheme = "pkcs11:";

    /// <summary>Whether a file is PKCS #12, by its name.</summary>
    public static bool IsPkcs12(string path) =>
        Path.GetExtension(path).ToUpperInvariant() is ".P12" or ".PFX";

    /// <summary>Reads what a server's settings name, also while it is being replaced by a renewed pair, or if that was interrupted.</summary>
    public static SslStreamCertificateContext Read(KeyServer server, X509Certificate2Collection authorities)
    {
        const int attempts = 3;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return ReadPair(server, authorities);
            }
            catch (KeyreeveClientException) when (File.Exists(RenewalFiles.NextOf(server.CertificateFile!)))
            {
                // The key is the new one already, and the certificate is still the old one: the new pair is whole in its own file.
                var next = RenewalFiles.NextOf(server.CertificateFile!);
                return ReadPair(server with { CertificateFile = next, PrivateKeyFile = next }, authorities);
            }
            catch (KeyreeveClientException) when (attempt < attempts && IsInPemFiles(server))
            {
                // It was replaced between the reading of the certificate and that of the key.
            }
        }
    }

    /// <summary>Whether certificate and key lie in two files that are read alike as often as one wants: no PIN is tried.</summary>
    public static bool IsInPemFiles(KeyServer server) =>
        !IsPkcs12(server.CertificateFile!) && server.PrivateKeyFile is { } key && !key.StartsWith(TokenScheme, StringComparison.Ordinal);

    /// <summary>Reads certificate and key from their files, as they are.</summary>
    public static SslStreamCertificateContext ReadPair(KeyServer server, X509Certificate2Collection authorities)
    {
        var path = server.CertificateFile!;
        using var password = server.PrivateKeyPassword?.Read();
        if (IsPkcs12(path))
            return ReadPkcs12(path, password, authorities);

        var chain = ClientTls.ReadCertificates(path);
        var leaf = chain[0];
        chain.RemoveAt(0);
        chain.AddRange(authorities);
        var key = server.PrivateKeyFile ?? throw ClientTls.Invalid($"The private key of '{path}' is not said.");
        var identity = key.StartsWith(TokenScheme, StringComparison.Ordinal)
            ? WithTokenKey(leaf, path, key, password)
            : WithPrivateKey(leaf, path, key, password);
        return SslStreamCertificateContext.Create(identity, chain, offline: true);
    }

    private static SslStreamCertificateContext ReadPkcs12(string path, SecretBytes? password, X509Certificate2Collection authorities)
    {
        using var file = PrivateFile.ReadSecret(path);
        using var text = new SecretText(password);
        try
        {
            X509Certificate2Collection all;
            using (var lease = file.Reveal())
                all = X509CertificateLoader.LoadPkcs12Collection(lease.Span, text.Span);
            var leaf = all.FirstOrDefault(static certificate => certificate.HasPrivateKey)
                ?? throw ClientTls.Invalid($"'{path}' holds no certificate with its private key.");
            var others = new X509Certificate2Collection();
            foreach (var certificate in all.Where(certificate => !ReferenceEquals(certificate, leaf)))
                others.Add(certificate);
            others.AddRange(authorities);
            return SslStreamCertificateContext.Create(leaf, others, offline: true);
        }
        catch (CryptographicException e)
        {
            throw ClientTls.Invalid($"'{path}' is no PKCS #12 that its password opens: {e.Message}", e);
        }
    }

    private static X509Certificate2 WithPrivateKey(X509Certificate2 certificate, string certificateFile, string keyFile, SecretBytes? password)
    {
        using var pem = PrivateFile.ReadSecret(keyFile);
        using var text = new SecretText(pem);
        using var secret = new SecretText(password);
        try
        {
            using var publicKey = certificate.GetECDsaPublicKey();
            if (publicKey is not null)
            {
                using var key = ECDsa.Create();
                Import(key, text.Span, secret.Span, password is not null);
                return certificate.CopyWithPrivateKey(key);
            }

            using var rsa = RSA.Create();
            Import(rsa, text.Span, secret.Span, password is not null);
            return certificate.CopyWithPrivateKey(rsa);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw ClientTls.Invalid($"'{keyFile}' is not the private key, in PEM, of the certificate in '{certificateFile}': {e.Message}", e);
        }
    }

    private static void Import(AsymmetricAlgorithm key, ReadOnlySpan<char> pem, ReadOnlySpan<char> password, bool isEncrypted)
    {
        if (isEncrypted)
            key.ImportFromEncryptedPem(pem, password);
        else
            key.ImportFromPem(pem);
    }

    /// <summary>OpenSSL's pkcs11 provider or engine, whichever is installed, signs with the token.</summary>
    private static X509Certificate2 WithTokenKey(X509Certificate2 certificate, string certificateFile, string uri, SecretBytes? pin)
    {
        if (pin is not null)
            throw ClientTls.Invalid("The PIN of a token's key is named in its URI: pkcs11:…?pin-source=file:/path (RFC 7512).");
        if (OperatingSystem.IsWindows())
            throw ClientTls.Invalid("A token's key needs OpenSSL.");
        using var handle = OpenTokenKey(uri);
        try
        {
            using var publicKey = certificate.GetECDsaPublicKey();
            if (publicKey is not null)
            {
                using var key = new ECDsaOpenSsl(handle);
                return certificate.CopyWithPrivateKey(key);
            }

            using var rsa = new RSAOpenSsl(handle);
            return certificate.CopyWithPrivateKey(rsa);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw ClientTls.Invalid($"The token's key is not that of the certificate in '{certificateFile}': {e.Message}", e);
        }
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static SafeEvpPKeyHandle OpenTokenKey(string uri)
    {
        var reasons = new List<Exception>();
        foreach (var open in (Func<SafeEvpPKeyHandle>[])[() => SafeEvpPKeyHandle.OpenKeyFromProvider("pkcs11", uri), () => SafeEvpPKeyHandle.OpenPrivateKeyFromEngine("pkcs11", uri)])
        {
            try
            {
                return open();
            }
            catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
            {
                reasons.Add(e);
            }
        }

        throw ClientTls.Invalid(
            "The token's key cannot be used. OpenSSL needs its pkcs11 provider or engine (Debian: pkcs11-provider or libengine-pkcs11-openssl) and a module: "
            + string.Join("; ", reasons.Select(static reason => reason.Message)),
            new AggregateException(reasons));
    }

    /// <summary>A secret as text, in an array that does not move and is wiped: never a string.</summary>
    private readonly ref struct SecretText : IDisposable
    {
        private readonly char[]? _text;
        private readonly int _length;

        public SecretText(SecretBytes? secret)
        {
            if (secret is null)
                return;
            _text = GC.AllocateUninitializedArray<char>(secret.LengthInBytes, pinned: true);
            using var lease = secret.Reveal();
            _length = Encoding.UTF8.GetChars(lease.Span, _text);
        }

        public ReadOnlySpan<char> Span => _text.AsSpan(0, _length);

        public void Dispose()
        {
            if (_text is not null)
                Array.Clear(_text);
        }
    }
}
