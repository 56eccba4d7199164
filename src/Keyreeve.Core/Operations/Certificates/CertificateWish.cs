using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Certificates;

/// <summary>A certificate request as it comes: its form and its bytes.</summary>
/// <param name="Type">Certificate Request Type.</param>
/// <param name="Value">The request.</param>
public sealed record CertificateRequestBytes(CertificateRequestType Type, ReadOnlyMemory<byte> Value);

/// <summary>What a certificate is wanted for: a public key that is sound, a subject, and extensions that are granted.</summary>
internal sealed class CertificateWish
{
    private const int LongestRequestInBytes = 64 * 1024;
    private const string SubjectAlternativeName = "2.5.29.17";
    private const string KeyUsage = "2.5.29.15";
    private const string ExtendedKeyUsage = "2.5.29.37";
    private const string BasicConstraints = "2.5.29.19";

    /// <summary>The public key.</summary>
    public required PublicKey PublicKey { get; init; }

    /// <summary>The subject; null if nothing says it.</summary>
    public X500DistinguishedName? Subject { get; init; }

    /// <summary>Extensions of the request that are granted.</summary>
    public IReadOnlyList<X509Extension> Extensions { get; init; } = [];

    /// <summary>Of a public key alone.</summary>
    /// <param name="subjectPublicKeyInfo">The key.</param>
    /// <param name="mode">What the group allows.</param>
    public static CertificateWish Of(ReadOnlySpan<byte> subjectPublicKeyInfo, GroupMode mode)
    {
        CheckKey(subjectPublicKeyInfo, mode);
        return new CertificateWish { PublicKey = PublicKey.CreateFromSubjectPublicKeyInfo(subjectPublicKeyInfo, out _) };
    }

    /// <summary>Reads a certificate request, and checks that it is signed by its own key.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidCertificateRequest"/>;
    /// <see cref="KeyreeveError.RefusedByMode"/>.</exception>
    public static CertificateWish Read(CertificateRequestBytes request, GroupMode mode)
    {
        if (request.Value.Length is 0 or > LongestRequestInBytes) throw Invalid("is empty or too long", null);
        if (request.Type == CertificateRequestType.CRMF) return ReadCrmf(request.Value, mode);
        var request10 = Load(request.Type switch
        {
            CertificateRequestType.PKCS10 => request.Value,
            CertificateRequestType.PEM => FromPem(request.Value.Span),
            _ => throw Invalid($"has the type {(uint)request.Type}, which there is not", null),
        });
        CheckKey(request10.PublicKey.ExportSubjectPublicKeyInfo(), mode);
        return new CertificateWish
        {
            PublicKey = request10.PublicKey,
            Subject = request10.SubjectName.RawData.Length > 2 ? request10.SubjectName : null,
            Extensions = GrantedOf(request10.CertificateExtensions),
        };
    }

    private static CertificateWish ReadCrmf(ReadOnlyMemory<byte> der, GroupMode mode)
    {
        try
        {
            var request = CrmfRequest.Read(der);
            CheckKey(request.SubjectPublicKeyInfo, mode);
            return new CertificateWish
            {
                PublicKey = PublicKey.CreateFromSubjectPublicKeyInfo(request.SubjectPublicKeyInfo, out _),
                Subject = request.Subject.RawData.Length > 2 ? request.Subject : null,
                Extensions = GrantedOf(request.Extensions),
            };
        }
        catch (Exception refused) when (refused is CryptographicException or InvalidKeyException)
        {
            throw Invalid($"is none of CRMF (RFC 4211) that is taken: {refused.Message}", refused);
        }
    }

    private static CertificateRequest Load(ReadOnlyMemory<byte> der)
    {
        try
        {
            // The extensions are looked through one by one.
            var loaded = CertificateRequest.LoadSigningRequest(
                der.Span, HashAlgorithmName.SHA256, out var consumed, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
            return consumed == der.Length ? loaded : throw Invalid("is followed by other bytes", null);
        }
        catch (Exception malformed) when (malformed is CryptographicException or NotSupportedException)
        {
            throw Invalid("is no PKCS#10 request that is signed by its own key", malformed);
        }
    }

    private static ReadOnlyMemory<byte> FromPem(ReadOnlySpan<byte> pem)
    {
        var text = Encoding.UTF8.GetString(pem);
        if (!PemEncoding.TryFind(text, out var fields) || text[fields.Label] is not ("CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST"))
            throw Invalid("is no PEM of a certificate request", null);
        return Convert.FromBase64String(text[fields.Base64Data]);
    }

    private static List<X509Extension> GrantedOf(IReadOnlyCollection<X509Extension> extensions)
    {
        // spec: RFC 5280 §4.2 "A certificate MUST NOT include more than one instance of a particular extension."
        if (extensions.DistinctBy(static e => e.Oid?.Value, StringComparer.Ordinal).Count() < extensions.Count) throw Invalid("has an extension twice", null);
        try
        {
            return [.. extensions.Select(Granted).OfType<X509Extension>()];
        }
        catch (CryptographicException malformed)
        {
            throw Invalid("has an extension that cannot be read", malformed);
        }
    }

    // Whoever may have certificates made is not thereby made an authority himself.
    private static X509Extension? Granted(X509Extension extension)
    {
        switch (extension.Oid?.Value)
        {
            case SubjectAlternativeName or ExtendedKeyUsage:
                return extension;
            case BasicConstraints:
                var constraints = new X509BasicConstraintsExtension(extension, extension.Critical);
                return constraints.CertificateAuthority ? throw Invalid("asks for the certificate of an authority", null) : null;
            case KeyUsage:
                var usage = new X509KeyUsageExtension(extension, extension.Critical).KeyUsages;
                return (usage & (X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign)) != X509KeyUsageFlags.None
                    ? throw Invalid("asks for the certificate of an authority", null)
                    : extension;
            default:
                return null;
        }
    }

    // The same checks as for a public key that is registered.
    private static void CheckKey(ReadOnlySpan<byte> subjectPublicKeyInfo, GroupMode mode)
    {
        using var block = new KeyBlock { KeyFormatType = KeyFormatType.X509, Material = SecretBytes.CopyFrom(subjectPublicKeyInfo) };
        var algorithm = EncodedAlgorithm.Of(KeyFormatType.X509, block.Material);
        if (KeyForm.Of(algorithm, RecommendedCurve.NotSet) is not { } form) throw Invalid("is for a key of an algorithm that is not certified", null);
        form.Read(isPrivate: false, block, mode).Dispose();
    }

    private static KeyreeveException Invalid(string what, Exception? cause) =>
        new(KeyreeveError.InvalidCertificateRequest, $"The certificate request {what}.", cause);
}
