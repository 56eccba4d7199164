using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;

namespace Keyreeve.Server.Identity;

/// <summary>
/// Where your own authority issues the clients' certificates: who enrols shows the certificate it has, and the one-time code
/// binds its key to a principal. That it holds the private key it proves in every handshake.
/// </summary>
internal sealed class OutsideAuthority(ClientCertificateValidator validator) : ICertificateIssuer
{
    /// <inheritdoc/>
    public string Examine(string request)
    {
        using var certificate = Load(request);
        return validator.Identify(certificate, out var fault)?.Fingerprint ?? throw Refused(fault!);
    }

    /// <inheritdoc/>
    public IssuedCertificate Issue(string request, string name, TenantId tenant)
    {
        using var certificate = Load(request);
        return new IssuedCertificate(certificate.ExportCertificatePem() + "\n", ChainPem: "", new DateTimeOffset(certificate.NotAfter));
    }

    private static X509Certificate2 Load(string request)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            return X509Certificate2.CreateFromPem(request);
        }
        catch (CryptographicException malformed)
        {
            throw Refused("this server issues none: send the one that your own authority issued, PEM", malformed);
        }
    }

    private static KeyreeveException Refused(string reason, Exception? inner = null) =>
        new(KeyreeveError.InvalidField, $"The certificate is refused: {reason}.", inner);
}
