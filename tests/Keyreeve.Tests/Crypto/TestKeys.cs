using System.Formats.Asn1;
using Keyreeve.Crypto;

namespace Keyreeve.Tests.Crypto;

/// <summary>Builds keys in DER, also such as no honest program writes.</summary>
internal static class TestKeys
{
    public const string RsaEncryption = "1.2.840.113549.1.1.1";
    private const string EcPublicKey = "1.2.840.10045.2.1";

    /// <summary>PKCS#8 with an ECPrivateKey; a point that is null is left out.</summary>
    public static SecretBytes EcPkcs8(string curveOid, byte[] scalar, byte[]? point)
    {
        var inner = new AsnWriter(AsnEncodingRules.DER);
        using (inner.PushSequence())
        {
            inner.WriteInteger(1);
            inner.WriteOctetString(scalar);
            if (point is not null)
            {
                using (inner.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
                    inner.WriteBitString(point);
            }
        }

        return Pkcs8(0, EcPublicKey, w => w.WriteObjectIdentifier(curveOid), inner.Encode(), publicKey: null);
    }

    /// <summary>PKCS#8 with the numbers of an RSA key in the order of RSAPrivateKey.</summary>
    public static SecretBytes RsaPkcs8(params byte[][] numbers)
    {
        var inner = new AsnWriter(AsnEncodingRules.DER);
        using (inner.PushSequence())
        {
            inner.WriteInteger(0);
            foreach (var number in numbers)
                inner.WriteIntegerUnsigned(number.AsSpan().TrimStart((byte)0) is { IsEmpty: false } n ? n : [0]);
        }

        return Pkcs8(0, RsaEncryption, w => w.WriteNull(), inner.Encode(), publicKey: null);
    }

    /// <summary>PKCS#8 of RFC 8410; with a public key it is version 2.</summary>
    public static SecretBytes RawPkcs8(string algorithm, byte[] key, byte[]? publicKey)
    {
        var inner = new AsnWriter(AsnEncodingRules.DER);
        inner.WriteOctetString(key);
        return Pkcs8(publicKey is null ? 0 : 1, algorithm, parameters: null, inner.Encode(), publicKey);
    }

    private static SecretBytes Pkcs8(int version, string algorithm, Action<AsnWriter>? parameters, byte[] key, byte[]? publicKey)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(version);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(algorithm);
                parameters?.Invoke(writer);
            }

            writer.WriteOctetString(key);
            if (publicKey is not null)
                writer.WriteBitString(publicKey, 0, new Asn1Tag(TagClass.ContextSpecific, 1));
        }

        return SecretBytes.CopyFrom(writer.Encode());
    }
}
