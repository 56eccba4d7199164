using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Integration.Identity;

/// <summary>A root and an authority below it, as an organisation has them, that issues servers' certificates.</summary>
internal sealed class ServerChain : IDisposable
{
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ServerChain(string name = "Our")
    {
        var now = DateTimeOffset.UtcNow;
        Root = Authority($"CN={name} root", _rootKey).CreateSelfSigned(now.AddDays(-100), now.AddYears(5));
        Issuing = Authority($"CN={name} servers", _key)
            .Create(Root.SubjectName, X509SignatureGenerator.CreateForECDsa(_rootKey), now.AddDays(-99), now.AddYears(2), RandomNumberGenerator.GetBytes(8));
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Issuing { get; }

    public string RootFingerprint => Convert.ToHexStringLower(SHA256.HashData(Root.RawData));

    /// <summary>A server's certificate and its key, PEM.</summary>
    public (string Certificate, string Key) Issue(AsymmetricAlgorithm? with = null, string usage = "1.3.6.1.5.5.7.3.1", double fromDay = -1, double toDay = 30)
    {
        using var ours = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = with ?? ours;
        var subject = new X500DistinguishedName("CN=keyreeve");
        var request = key is RSA rsa
            ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        var now = DateTimeOffset.UtcNow;
        using var issued = request.Create(
            Issuing.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), now.AddDays(fromDay), now.AddDays(toDay), RandomNumberGenerator.GetBytes(8));
        return (issued.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>A server's certificate, those above it without the root, and its key: one file.</summary>
    public string IssueWhole(AsymmetricAlgorithm? with = null, double toDay = 30)
    {
        var (certificate, key) = Issue(with, toDay: toDay);
        return certificate + Issuing.ExportCertificatePem() + "\n" + key;
    }

    public void Dispose()
    {
        Root.Dispose();
        Issuing.Dispose();
        _rootKey.Dispose();
        _key.Dispose();
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return request;
    }
}
