using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>Who holds a connection: the key that its TLS handshake proved. Made once per connection.</summary>
/// <param name="Fingerprint">SHA-256 of the certificate's SubjectPublicKeyInfo, lower-case hexadecimal.</param>
/// <param name="NotAfter">When the certificate, validated in the handshake, expires.</param>
internal sealed record ConnectionIdentity(string Fingerprint, DateTimeOffset NotAfter)
{
    public static ConnectionIdentity Of(X509Certificate2 certificate) =>
        new(Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())), new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero));
}
