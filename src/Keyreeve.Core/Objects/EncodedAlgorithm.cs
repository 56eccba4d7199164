using System.Formats.Asn1;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>The algorithm that an encoded key names itself, for requests that leave it to the Key Value.</summary>
internal static class EncodedAlgorithm
{
    /// <summary>The algorithm; not set if the form does not say it, or the bytes are not of that form.</summary>
    public static CryptographicAlgorithm Of(KeyFormatType format, SecretBytes? material)
    {
        switch (format)
        {
            case KeyFormatType.PKCS1 or KeyFormatType.TransparentRSAPrivateKey or KeyFormatType.TransparentRSAPublicKey:
                return CryptographicAlgorithm.RSA;
            case KeyFormatType.ECPrivateKey or KeyFormatType.TransparentECPrivateKey or KeyFormatType.TransparentECPublicKey:
                return CryptographicAlgorithm.EC;
            case KeyFormatType.TransparentECDSAPrivateKey or KeyFormatType.TransparentECDSAPublicKey:
                return CryptographicAlgorithm.ECDSA;
            case KeyFormatType.TransparentECDHPrivateKey or KeyFormatType.TransparentECDHPublicKey:
                return CryptographicAlgorithm.ECDH;
            case KeyFormatType.TransparentECMQVPrivateKey or KeyFormatType.TransparentECMQVPublicKey:
                return CryptographicAlgorithm.ECMQV;
            case KeyFormatType.TransparentDSAPrivateKey or KeyFormatType.TransparentDSAPublicKey:
                return CryptographicAlgorithm.DSA;
            case KeyFormatType.TransparentDHPrivateKey or KeyFormatType.TransparentDHPublicKey:
                return CryptographicAlgorithm.DH;
            case KeyFormatType.PKCS8 or KeyFormatType.X509 when material is not null:
                return OfIdentifier(IdentifierOf(format, material));
            default:
                return CryptographicAlgorithm.NotSet;
        }
    }

    private static CryptographicAlgorithm OfIdentifier(string? identifier) => identifier switch
    {
        "1.2.840.113549.1.1.1" => CryptographicAlgorithm.RSA,
        "1.2.840.10045.2.1" => CryptographicAlgorithm.EC,
        "1.3.101.112" => CryptographicAlgorithm.Ed25519,
        "1.3.101.113" => CryptographicAlgorithm.Ed448,
        // spec: RFC 9881 §2, RFC 9935 §3
        "2.16.840.1.101.3.4.3.17" => CryptographicAlgorithm.MLDSA44,
        "2.16.840.1.101.3.4.3.18" => CryptographicAlgorithm.MLDSA65,
        "2.16.840.1.101.3.4.3.19" => CryptographicAlgorithm.MLDSA87,
        "2.16.840.1.101.3.4.4.1" => CryptographicAlgorithm.MLKEM512,
        "2.16.840.1.101.3.4.4.2" => CryptographicAlgorithm.MLKEM768,
        "2.16.840.1.101.3.4.4.3" => CryptographicAlgorithm.MLKEM1024,
        "1.2.840.10040.4.1" => CryptographicAlgorithm.DSA,
        "1.2.840.113549.1.3.1" or "1.2.840.10046.2.1" => CryptographicAlgorithm.DH,
        _ => CryptographicAlgorithm.NotSet,
    };

    // PrivateKeyInfo ::= { version, AlgorithmIdentifier, … }, SubjectPublicKeyInfo ::= { AlgorithmIdentifier, … }
    private static string? IdentifierOf(KeyFormatType format, SecretBytes material)
    {
        using var lease = material.Reveal();
        try
        {
            var contents = ReadSequence(lease.Span);
            if (format == KeyFormatType.PKCS8)
            {
                AsnDecoder.ReadIntegerBytes(contents, AsnEncodingRules.DER, out var version);
                contents = contents[version..];
            }

            return AsnDecoder.ReadObjectIdentifier(ReadSequence(contents), AsnEncodingRules.DER, out _);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static ReadOnlySpan<byte> ReadSequence(ReadOnlySpan<byte> bytes)
    {
        AsnDecoder.ReadSequence(bytes, AsnEncodingRules.DER, out var offset, out var length, out _);
        return bytes.Slice(offset, length);
    }
}
