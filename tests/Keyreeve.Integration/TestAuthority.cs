using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Integration;

/// <summary>A certificate authority for tests: right certificates, and every kind of wrong one.</summary>
public sealed class TestAuthority : IDisposable
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority(string name = "CN=Keyreeve test authority", DateTimeOffset? until = null)
    {
        var request = new CertificateRequest(name, _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        Certificate = request.CreateSelfSigned(Start, until ?? Start.AddYears(10));
    }

    public X509Certificate2 Certificate { get; }

    private static DateTimeOffset Start => DateTimeOffset.UtcNow.AddDays(-400);

    public static string FingerprintOf(X509Certificate2 certificate) =>
        Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    /// <summary>A client's certificate.</summary>
    /// <param name="name">Its common name.</param>
    /// <param name="key">Its key; another one if null.</param>
    /// <param name="serial">Its serial number; another one if null.</param>
    public X509Certificate2 IssueClient(string name, ECDsa? key = null, byte[]? serial = null) =>
        Issue(name, ClientAuthentication, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30), key, serial);

    public X509Certificate2 IssueExpiredClient(string name, ECDsa? key = null) =>
        Issue(name, ClientAuthentication, DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(-1), key);

    /// <summary>A certificate that is good for a server, not for a client.</summary>
    public X509Certificate2 IssueServer(string name, ECDsa? key = null) =>
        Issue(name, ServerAuthentication, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30), key);

    /// <summary>One that was good for a server until yesterday.</summary>
    public X509Certificate2 IssueExpiredServer(string name) => Issue(name, ServerAuthentication, DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(-1));

    /// <summary>A client's certificate signed by another client's key, which is no authority.</summary>
    public static X509Certificate2 IssueByLeaf(X509Certificate2 leaf, string name, ECDsa? own = null)
    {
        using var made = own is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        var key = own ?? made!;
        using var leafKey = leaf.GetECDsaPrivateKey()!;
        var request = RequestFor(name, key, ClientAuthentication);
        var generator = X509SignatureGenerator.CreateForECDsa(leafKey);
        using var issued = request.Create(leaf.SubjectName, generator, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(29), RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>Chains end in this authority and nowhere else.</summary>
    public static X509ChainPolicy TrustOnly(X509Certificate2 authority, params string[] purposes)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            CustomTrustStore = { authority },
        };
        foreach (var purpose in purposes) policy.ApplicationPolicy.Add(new Oid(purpose));
        return policy;
    }

    /// <summary>A revocation list, PEM.</summary>
    public string RevocationList(IEnumerable<X509Certificate2> revoked, DateTimeOffset from, TimeSpan validFor)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var certificate in revoked) builder.AddEntry(certificate, from);
        var der = builder.Build(
            Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), 1, from + validFor, HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromIssuerNameAndSerialNumber(Certificate.SubjectName, Certificate.SerialNumberBytes.Span), from);
        return PemEncoding.WriteString("X509 CRL", der);
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Issue(string name, string usage, DateTimeOffset from, DateTimeOffset to, ECDsa? own = null, byte[]? serial = null)
    {
        using var made = own is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        var key = own ?? made!;
        using var issued = RequestFor(name, key, usage).Create(Certificate, from, to, serial ?? RandomNumberGenerator.GetBytes(8));
        using var withKey = issued.CopyWithPrivateKey(key);
        // Through PKCS#12, which is the form in which TLS takes it on every platform.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }

    private static CertificateRequest RequestFor(string name, ECDsa key, string usage)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request;
    }
}
