using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Identity;

namespace Keyreeve.Server.Sealing;

/// <summary>
/// The certificate by which custodians know a server that is sealed. Its own certificate's key is under the root key, so
/// this one lies in the data directory as it is: it proves to a custodian where his share goes, and opens nothing.
/// </summary>
/// <param name="dataDirectory">The data directory.</param>
/// <param name="names">The server's names.</param>
/// <param name="time">The clock.</param>
internal sealed class SealedDoorCertificate(string dataDirectory, IReadOnlyCollection<string> names, TimeProvider time)
{
    /// <summary>The file in the data directory.</summary>
    public const string FileName = "sealed-door.pem";

    private string FilePath => Path.Combine(dataDirectory, FileName);

    /// <summary>Makes a new one if there is none, it is about to end, or the names have changed; needs an open root key.</summary>
    public void RenewIfDue(CertificateAuthority authority)
    {
        if (File.Exists(FilePath) && !IsDue(authority)) return;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address)) alternatives.AddIpAddress(address);
            else alternatives.AddDnsName(name);
        }

        var request = new CertificateRequest("CN=Keyreeve server (sealed)", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(alternatives.Build());
        using var made = authority.Sign(request, PublicKeyRules.ServerAuthentication, CertificateAuthority.ServerLifetime);
        PrivateFile.Write(FilePath, Encoding.ASCII.GetBytes($"{made.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n"));
    }

    /// <summary>Reads it; null if the server has never been open.</summary>
    /// <exception cref="PrivateFileException">Others may read the file.</exception>
    public SslStreamCertificateContext? Find()
    {
        if (!File.Exists(FilePath)) return null;
        var pem = Encoding.ASCII.GetString(PrivateFile.Read(FilePath));
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(pem, pem), additionalCertificates: null, offline: true);
    }

    private bool IsDue(CertificateAuthority authority)
    {
        using var certificate = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(PrivateFile.Read(FilePath)));
        var alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().First();
        var named = alternatives.EnumerateDnsNames().Concat(alternatives.EnumerateIPAddresses().Select(static address => address.ToString()));
        return time.GetUtcNow() > new DateTimeOffset(certificate.NotAfter) - (CertificateAuthority.ServerLifetime / 3) || !named.ToHashSet(StringComparer.Ordinal).SetEquals(names)
            || !ServerCertificate.IssuerKeyIdOf(certificate).AsSpan().SequenceEqual(ServerCertificate.KeyIdOf(authority.Certificate));
    }
}
