using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Server.Identity;

/// <summary>Which public keys may stand for somebody, and how they are named.</summary>
internal static class PublicKeyRules
{
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string EllipticCurve = "1.2.840.10045.2.1";
    private const string Ed25519 = "1.3.101.112";
    private const int ShortestRsaInBits = 2048;
    private const int LongestRsaInBits = 8192;
    private const int SmallestExponent = 65537;

    private static readonly string[] Curves = ["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"];

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal: the identity.</summary>
    public static string FingerprintOf(PublicKey key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    /// <summary>Why a key is not accepted; null if it is.</summary>
    public static string? FaultOf(PublicKey key)
    {
        try
        {
            return key.Oid.Value switch
            {
                EllipticCurve => FaultOfCurve(key),
                Rsa => FaultOfRsa(key),
                Ed25519 => null,
                _ => "keys are on P-256, P-384 or P-521, or RSA of 2048 bits and more",
            };
        }
        catch (Exception malformed) when (malformed is CryptographicException or AsnContentException)
        {
            return "the public key is malformed";
        }
    }

    /// <summary>Whether a key that is accepted is also one that every TLS client knows.</summary>
    public static bool IsForTls(PublicKey key) => key.Oid.Value is EllipticCurve or Rsa;

    // Explicit parameters are refused: whoever chooses them chooses a curve on which he can forge.
    private static string? FaultOfCurve(PublicKey key)
    {
        if (key.EncodedParameters is not { } parameters) return "the curve has to be named";
        var reader = new AsnReader(parameters.RawData, AsnEncodingRules.DER);
        if (!reader.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier)) return "the curve has to be named, not described";
        if (!Curves.Contains(reader.ReadObjectIdentifier(), StringComparer.Ordinal)) return "curves are P-256, P-384 and P-521";
        using var usable = key.GetECDsaPublicKey();
        return usable is null ? "the public key is malformed" : null;
    }

    private static string? FaultOfRsa(PublicKey key)
    {
        using var rsa = key.GetRSAPublicKey();
        if (rsa is null) return "the public key is malformed";
        if (rsa.KeySize is < ShortestRsaInBits or > LongestRsaInBits) return "RSA keys have 2048 to 8192 bits";
        var exponent = new System.Numerics.BigInteger(rsa.ExportParameters(includePrivateParameters: false).Exponent!, isUnsigned: true, isBigEndian: true);
        return exponent < SmallestExponent || exponent.IsEven ? "RSA exponents are odd and 65537 or more" : null;
    }
}
