using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Client;

/// <summary>What enrolling takes. A class, not a record: a generated <c>ToString</c> would print the code.</summary>
public sealed class EnrolmentRequest
{
    /// <summary>The server, as <c>https://host:port</c>.</summary>
    public required Uri Server { get; init; }

    /// <summary>The one-time code.</summary>
    public required string Code { get; init; }

    /// <summary>The fingerprint that came with the code.</summary>
    public required CaFingerprint CaFingerprint { get; init; }

    /// <summary>Where the private key goes, mode 0600; or is, if <see cref="HasCertificate"/>.</summary>
    public required string PrivateKeyFile { get; init; }

    /// <summary>Where the certificate goes; or is, if <see cref="HasCertificate"/>.</summary>
    public required string CertificateFile { get; init; }

    /// <summary>Where the certificate authority's certificate goes.</summary>
    public required string CertificateAuthorityFile { get; init; }

    /// <summary>
    /// Whether key and certificate are there, issued by an authority of your own: then nothing is made or replaced, and the code binds that
    /// certificate's key to the principal. It takes a server that was initialised with that authority. Default: a key is made here.
    /// </summary>
    public bool HasCertificate { get; init; }

    /// <summary>The curve of the key pair that is made. Default P-256.</summary>
    public EnrolmentCurve Curve { get; init; } = EnrolmentCurve.P256;

    /// <summary>Whether files that exist are replaced. Default: no.</summary>
    public bool Overwrite { get; init; }

    internal void Check()
    {
        if (string.IsNullOrWhiteSpace(Code))
            throw new KeyreeveClientException(ClientError.InvalidOptions, "A one-time code is needed.");
        if (Curve is not (EnrolmentCurve.P256 or EnrolmentCurve.P384))
            throw new KeyreeveClientException(ClientError.InvalidOptions, $"{Curve} is no curve to enrol with.");
        foreach (var path in (ReadOnlySpan<string>)(HasCertificate ? [CertificateAuthorityFile] : [PrivateKeyFile, CertificateFile, CertificateAuthorityFile]))
        {
            if (!Overwrite && File.Exists(path))
                throw new IOException($"'{path}' exists already.");
        }
    }
}

/// <summary>The curve of a principal's key pair.</summary>
public enum EnrolmentCurve
{
    /// <summary>Not a curve.</summary>
    None = 0,

    /// <summary>NIST P-256.</summary>
    P256,

    /// <summary>NIST P-384.</summary>
    P384,
}

/// <summary>SHA-256 of a certificate authority's certificate. Written as 64 hexadecimal digits, with or without colons.</summary>
public readonly record struct CaFingerprint
{
    private readonly string? _hex;

    private CaFingerprint(string hex) => _hex = hex;

    /// <summary>Reads a fingerprint.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static CaFingerprint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var hex = text.Trim();
        if (hex.StartsWith("SHA256:", StringComparison.OrdinalIgnoreCase))
            hex = hex["SHA256:".Length..];
        hex = hex.Replace(":", "", StringComparison.Ordinal);
        return hex.Length == SHA256.HashSizeInBytes * 2 && hex.All(char.IsAsciiHexDigit)
            ? new CaFingerprint(hex.ToLowerInvariant())
            : throw new FormatException("A fingerprint is 64 hexadecimal digits.");
    }

    /// <summary>Whether a certificate has this fingerprint.</summary>
    public bool Matches(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return string.Equals(_hex, Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256)), StringComparison.Ordinal);
    }

    /// <summary>The hexadecimal digits.</summary>
    public override string ToString() => _hex ?? "";
}
