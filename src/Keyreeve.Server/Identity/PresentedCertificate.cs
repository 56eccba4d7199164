using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Identity;

/// <summary>Your own certificate of the server's as it was read from its files, and found to be sound. Immutable.</summary>
internal sealed class PresentedCertificate
{
    private const int MaxFileSizeInBytes = 1 << 20;

    // What FIPS 186-5 approves and every TLS library knows: ECDSA, and RSA by either padding, over SHA-2.
    private static readonly string[] SignatureAlgorithms =
    [
        "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4",
        "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", "1.2.840.113549.1.1.10",
    ];

    private PresentedCertificate()
    {
    }

    /// <summary>The certificate and those between it and its root; null: roots alone were named.</summary>
    public SslStreamCertificateContext? Context { get; private init; }

    /// <summary>The first moment at which it, or one above it, does not hold any more.</summary>
    public DateTimeOffset ExpiresAt { get; private init; }

    /// <summary>How much time its life has in all.</summary>
    public TimeSpan Lifetime { get; private init; }

    /// <summary>What clients are to trust: the one that it hangs from first.</summary>
    public required ImmutableArray<X509Certificate2> Roots { get; init; }

    /// <summary>Names of the configuration that it is not for.</summary>
    public ImmutableArray<string> MissingNames { get; private init; } = [];

    /// <summary>Whether another has the same certificates; the keys are theirs then, too.</summary>
    public bool IsSameAs(PresentedCertificate? other) =>
        other is not null
        && string.Equals(Context?.TargetCertificate.Thumbprint, other.Context?.TargetCertificate.Thumbprint, StringComparison.Ordinal)
        && (Context?.IntermediateCertificates ?? []).Select(Thumbprint).SequenceEqual((other.Context?.IntermediateCertificates ?? []).Select(Thumbprint), StringComparer.Ordinal)
        && Roots.Select(Thumbprint).SequenceEqual(other.Roots.Select(Thumbprint), StringComparer.Ordinal);

    /// <summary>Reads the files, and checks what is in them.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    /// <exception cref="PrivateFileException">Others may read the private key.</exception>
    /// <exception cref="CryptographicException">They cannot be used; the message says why, and what to do.</exception>
    public static PresentedCertificate Read(ServerCertificateOptions files, IReadOnlyCollection<string> names, DateTimeOffset now)
    {
        var named = files.AuthorityFile is { } authorities ? ReadCertificates(authorities) : [];
        foreach (var root in named) RequireRoot(root, files.AuthorityFile!, now);
        if (files.CertificateFile is not { } path) return new PresentedCertificate { Roots = [.. named] };

        var read = ReadCertificates(path);
        var leaf = read[0];
        CheckLeaf(leaf, path, now);
        var above = read.Skip(1).ToList();
        var roots = files.AuthorityFile is null ? above.FindAll(IsRoot) : named;
        if (roots.Count == 0)
            throw new CryptographicException($"'{path}' does not end with its root: add the root's certificate to it, or name a file with it as certificate-authority-file");

        var elements = Build(leaf, above, roots, path, now);
        var between = elements[1..^1];
        var withKey = PrivateKeyFile.WithKey(leaf, files.KeyFile!);
        return new PresentedCertificate
        {
            Context = SslStreamCertificateContext.Create(withKey, [.. between], offline: true),
            ExpiresAt = elements.Min(EndOf),
            Lifetime = elements.Min(EndOf) - new DateTimeOffset(leaf.NotBefore),
            Roots = [elements[^1], .. roots.Where(root => !root.Equals(elements[^1]))],
            MissingNames = [.. names.Where(name => !leaf.MatchesHostname(name, allowWildcards: true, allowCommonName: false))],
        };
    }

    private static List<X509Certificate2> ReadCertificates(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists) throw new IOException($"there is no file '{path}'");
        if (file.Length > MaxFileSizeInBytes) throw new IOException($"'{path}' is too large");
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(path);
        }
        catch (CryptographicException malformed)
        {
            throw new CryptographicException($"'{path}' does not hold certificates in PEM", malformed);
        }

        return certificates.Count > 0 ? [.. certificates] : throw new CryptographicException($"'{path}' holds no certificate in PEM");
    }

    private static void RequireRoot(X509Certificate2 root, string path, DateTimeOffset now)
    {
        if (!IsRoot(root)) throw new CryptographicException($"'{path}' is to hold roots alone, and '{root.Subject}' is none: move it to the certificate-file, behind the certificate");
        if (EndOf(root) <= now) throw new CryptographicException($"the root '{root.Subject}' in '{path}' has expired: take it out");
    }

    private static void CheckLeaf(X509Certificate2 leaf, string path, DateTimeOffset now)
    {
        var name = $"the first certificate of '{path}', of '{leaf.Subject}',";
        if (leaf.Extensions.OfType<X509BasicConstraintsExtension>().Any(static c => c.CertificateAuthority))
            throw new CryptographicException($"{name} is an authority's: put the server's own first, and those above it behind it");
        if (new DateTimeOffset(leaf.NotBefore) > now) throw new CryptographicException($"{name} does not hold before {leaf.NotBefore.ToUniversalTime():u}");
        if (EndOf(leaf) <= now) throw new CryptographicException($"{name} has expired on {leaf.NotAfter.ToUniversalTime():u}: have another issued");
        if (!leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(static usage => usage.EnhancedKeyUsages.Cast<Oid>().Any(static oid => oid.Value is PublicKeyRules.ServerAuthentication)))
            throw new CryptographicException($"{name} is not for authenticating servers: have one issued with the extended key usage serverAuth");
        if (leaf.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { } uses && !uses.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature))
            throw new CryptographicException($"{name} may not sign handshakes: have one issued with the key usage digitalSignature");
        if (PublicKeyRules.FaultOf(leaf.PublicKey) is { } weak) throw new CryptographicException($"{name} has a key that is not accepted: {weak}");
        if (!PublicKeyRules.IsForTls(leaf.PublicKey)) throw new CryptographicException($"{name} has a key that not every client knows: take one on P-256, P-384 or P-521, or RSA");
    }

    private static X509Certificate2[] Build(X509Certificate2 leaf, IEnumerable<X509Certificate2> above, IEnumerable<X509Certificate2> roots, string path, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots.ToArray());
        chain.ChainPolicy.ExtraStore.AddRange(above.ToArray());
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(PublicKeyRules.ServerAuthentication));
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        if (!chain.Build(leaf))
        {
            throw new CryptographicException(
                $"the certificates of '{path}' do not lead to a root that is named, or one does not hold now ({string.Join(", ", chain.ChainStatus.Select(static s => s.Status).Distinct())}): "
                + "the file has the server's certificate first, and then every one above it");
        }

        X509Certificate2[] elements = [.. chain.ChainElements.Select(static element => element.Certificate)];
        foreach (var one in elements[1..])
        {
            if (PublicKeyRules.FaultOf(one.PublicKey) is { } weak) throw new CryptographicException($"'{one.Subject}', above the certificate of '{path}', has a key that is not accepted: {weak}");
        }

        return Array.Find(elements[..^1], static one => !SignatureAlgorithms.Contains(one.SignatureAlgorithm.Value, StringComparer.Ordinal)) is { } weakly
            ? throw new CryptographicException($"'{weakly.Subject}' in '{path}' is signed with an algorithm that is not accepted: have it signed with ECDSA or RSA over SHA-256 or longer")
            : elements;
    }

    private static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
        && certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(static c => c.CertificateAuthority);

    private static DateTimeOffset EndOf(X509Certificate2 certificate) => new(certificate.NotAfter);

    private static string Thumbprint(X509Certificate2 certificate) => certificate.Thumbprint;
}
