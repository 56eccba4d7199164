using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;

namespace Keyreeve.Server.Identity;

/// <summary>
/// A small certificate authority of the server's own: ECDSA on P-256, ten years, for this installation alone. Its private key
/// is unwrapped for each signature and wiped after it. Thread safe.
/// </summary>
public sealed class CertificateAuthority
{
    /// <summary>How long the authority's own certificate holds.</summary>
    public static readonly TimeSpan OwnLifetime = TimeSpan.FromDays(3652);

    /// <summary>How long a client's certificate holds unless the configuration says otherwise.</summary>
    public static readonly TimeSpan ClientLifetime = TimeSpan.FromDays(90);

    /// <summary>How long the server's certificate holds.</summary>
    public static readonly TimeSpan ServerLifetime = TimeSpan.FromDays(90);

    private const int MaxRequestLength = 16 * 1024;
    private const int SerialSizeInBytes = 16;

    // Clocks differ: what is issued now holds a little earlier.
    private static readonly TimeSpan Allowance = TimeSpan.FromMinutes(5);

    private readonly KeyHierarchy _hierarchy;
    private readonly string _documentKey;
    private readonly StoredCertificate _stored;
    private readonly TimeProvider _time;
    private readonly TimeSpan _clientLifetime;

    private CertificateAuthority(IdentityParts parts, string documentKey, StoredCertificate stored)
    {
        _documentKey = documentKey;
        _clientLifetime = parts.ClientCertificateLifetime;
        _hierarchy = parts.Hierarchy;
        _stored = stored;
        _time = parts.Time;
        Certificate = stored.Load();
        CertificatePem = Certificate.ExportCertificatePem() + "\n";
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(stored.Der));
    }

    /// <summary>The authority's certificate, without its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The authority's certificate, PEM: what clients trust.</summary>
    public string CertificatePem { get; }

    /// <summary>SHA-256 of the authority's certificate, lower-case hexadecimal.</summary>
    public string Fingerprint { get; }

    /// <summary>Opens the authority; null if none has been made.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: it was altered outside the server.</exception>
    internal static async ValueTask<CertificateAuthority?> FindAsync(
        IdentityParts parts, DocumentSealer sealer, string documentKey, CancellationToken cancellationToken) =>
        await StoredCertificate.FindAsync(parts.Store, sealer, documentKey, cancellationToken) is { } stored
            ? new CertificateAuthority(parts, documentKey, stored)
            : null;

    /// <summary>Makes one.</summary>
    /// <param name="parts">What identities are made of.</param>
    /// <param name="sealer">Authenticates its document.</param>
    /// <param name="documentKey">Which one it is.</param>
    /// <param name="document">What is to be committed; before that there is none.</param>
    internal static CertificateAuthority Make(IdentityParts parts, DocumentSealer sealer, string documentKey, out StoredDocument document)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = parts.Time.GetUtcNow();
        Span<byte> distinction = stackalloc byte[4];
        CryptoRandom.Fill(distinction);
        // Each installation's authority has its own name, so that they are not mistaken for each other.
        var request = new CertificateRequest($"CN=Keyreeve {Convert.ToHexStringLower(distinction)}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var certificate = request.CreateSelfSigned(now - Allowance, now + OwnLifetime);
        return new CertificateAuthority(
            parts, documentKey, StoredCertificate.Seal(sealer, parts.Hierarchy, new NewCertificate(documentKey, certificate.RawData, key, 1), out document));
    }

    /// <summary>Checks a request, as <see cref="ICertificateIssuer.Examine"/> does.</summary>
    internal static string Check(string request) => PublicKeyRules.FingerprintOf(Load(request).PublicKey);

    /// <summary>Issues a certificate for a request that passed <see cref="Check"/>; as <see cref="ICertificateIssuer.Issue"/>.</summary>
    internal IssuedCertificate Issue(string request, string name, TenantId tenant)
    {
        PrincipalName.Require(name);
        var wanted = Load(request);
        var alternatives = new SubjectAlternativeNameBuilder();
        // Names are unique in a tenant alone.
        alternatives.AddUri(new Uri($"urn:keyreeve:{(tenant == TenantId.Default ? "" : $"tenant:{tenant}:")}principal:{name}"));
        // Of the request only the public key counts.
        var leaf = new CertificateRequest(new X500DistinguishedName($"CN={name}"), wanted.PublicKey, HashAlgorithmName.SHA256);
        leaf.CertificateExtensions.Add(alternatives.Build());
        using var certificate = Sign(leaf, PublicKeyRules.ClientAuthentication, _clientLifetime);
        return new IssuedCertificate(certificate.ExportCertificatePem() + "\n", CertificatePem, new DateTimeOffset(certificate.NotAfter))
        {
            Authority = Fingerprint,
            Serial = Convert.ToHexStringLower(certificate.SerialNumberBytes.Span),
        };
    }

    /// <summary>Signs a leaf for one use.</summary>
    internal X509Certificate2 Sign(CertificateRequest leaf, string usage, TimeSpan lifetime)
    {
        leaf.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        leaf.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        leaf.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(leaf.PublicKey, critical: false));
        leaf.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));

        var now = _time.GetUtcNow();
        var authorityEnds = new DateTimeOffset(Certificate.NotAfter);
        var ends = now + lifetime < authorityEnds ? now + lifetime : authorityEnds;
        if (ends <= now) throw new KeyreeveException(KeyreeveError.InternalError, "The certificate authority has expired.");
        using var key = OpenKey();
        return leaf.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - Allowance, ends, NewSerial());
    }

    /// <summary>Signs a list of revoked certificates.</summary>
    internal byte[] Sign(CertificateRevocationListBuilder list, long number, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate)
    {
        using var key = OpenKey();
        return list.Build(
            Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), number, nextUpdate, HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false), thisUpdate);
    }

    /// <summary>Unwraps the private key; dispose it soon.</summary>
    internal ECDsa OpenKey() => _stored.OpenKey(_hierarchy, _documentKey);

    // spec: RFC 5280 §4.1.2.2 "serialNumber … MUST be a positive integer … not longer than 20 octets"; 127 random bits.
    private static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(SerialSizeInBytes);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }

    private static CertificateRequest Load(string request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Length > MaxRequestLength) throw Refused("it is too long");
        try
        {
            // Checks that whoever asks has the private key. Extensions that it asks for are not looked at.
            var loaded = CertificateRequest.LoadSigningRequestPem(request, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default);
            return PublicKeyRules.FaultOf(loaded.PublicKey) is { } fault ? throw Refused(fault) : loaded;
        }
        catch (Exception malformed) when (malformed is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw Refused("it is not a request in PEM that is signed by its own key, on P-256, P-384, P-521 or RSA", malformed);
        }
    }

    private static KeyreeveException Refused(string reason, Exception? inner = null) =>
        new(KeyreeveError.InvalidField, $"The certificate signing request is refused: {reason}.", inner);
}
