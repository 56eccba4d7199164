using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Integration.Identity;

/// <summary>An authority of which a test has the key: one of its own, or an installation's.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key;

    public TestAuthority(string name, X509Certificate2? subjectKeyIdOf = null)
    {
        _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(
            subjectKeyIdOf?.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single() ?? new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var signed = request.CreateSelfSigned(Now.AddDays(-1), Now.AddYears(10));
        Certificate = X509CertificateLoader.LoadCertificate(signed.RawData);
    }

    public TestAuthority(X509Certificate2 certificate, ECDsa key)
    {
        _key = ECDsa.Create(key.ExportParameters(includePrivateParameters: true));
        Certificate = X509CertificateLoader.LoadCertificate(certificate.RawData);
    }

    /// <summary>The installation's authority, as somebody would have it who can make it sign what it should not.</summary>
    public TestAuthority(Installation server)
    {
        _key = server.OpenAuthorityKey();
        Certificate = X509CertificateLoader.LoadCertificate(server.Identity.Authority.Certificate.RawData);
    }

    public X509Certificate2 Certificate { get; }

    public string Pem => Certificate.ExportCertificatePem();

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public X509Certificate2 Issue(
        string name, string? usage = "1.3.6.1.5.5.7.3.2", byte[]? serial = null, PublicKey? publicKey = null,
        bool withSha1 = false, DateTimeOffset? notBefore = null, X509Extension? names = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName(name), publicKey ?? new PublicKey(key), HashAlgorithmName.SHA256);
        if (usage is not null) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        if (names is not null) request.CertificateExtensions.Add(names);
        var from = notBefore ?? Now.AddMinutes(-1);
        var ends = new DateTimeOffset(Certificate.NotAfter);
        var until = from.AddDays(10) < ends ? from.AddDays(10) : ends;
        var generator = withSha1 ? new Sha1Generator(_key) : X509SignatureGenerator.CreateForECDsa(_key);
        return request.Create(Certificate.SubjectName, generator, from, until, serial ?? RandomNumberGenerator.GetBytes(8));
    }

    /// <summary>A revocation list, PEM.</summary>
    public string RevocationList(
        IEnumerable<X509Certificate2> revoked, TimeSpan? validFor = null, DateTimeOffset? thisUpdate = null, TestAuthority? signedBy = null)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var certificate in revoked) builder.AddEntry(certificate, Now.AddMinutes(-1));
        var signer = signedBy ?? this;
        var update = thisUpdate ?? Now.AddMinutes(-1);
        var der = builder.Build(
            Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(signer._key), 1, update + (validFor ?? TimeSpan.FromDays(1)),
            HashAlgorithmName.SHA256, X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false), update);
        return PemEncoding.WriteString("X509 CRL", der);
    }

    public void Dispose()
    {
        _key.Dispose();
        Certificate.Dispose();
    }

    // What .NET does not make any more.
    private sealed class Sha1Generator(ECDsa key) : X509SignatureGenerator
    {
        // SEQUENCE { ecdsa-with-SHA1 }
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) =>
            [0x30, 0x09, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01];

#pragma warning disable CA5350 // weak on purpose
        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) =>
            key.SignData(data, HashAlgorithmName.SHA1, DSASignatureFormat.Rfc3279DerSequence);
#pragma warning restore CA5350

        protected override PublicKey BuildPublicKey() => new(key);
    }
}
