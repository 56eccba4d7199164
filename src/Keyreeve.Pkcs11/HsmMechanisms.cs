using System.Formats.Asn1;
using Keyreeve.Core;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;
using Keyreeve.Pkcs11.Interop;

namespace Keyreeve.Pkcs11;

/// <summary>Our ciphers and signatures as the standard's mechanisms with their parameters.</summary>
internal static unsafe class HsmMechanisms
{
    private const int TagSizeInBytes = 16;
    private const int RoomBeyondTheData = 32;

    // RSA-16384's.
    private const int LargestSignatureInBytes = 2048;

    /// <summary>Encrypts. A token that makes its own nonce writes it into <paramref name="iv"/>.</summary>
    public static byte[] Encrypt(TokenSession session, nuint key, TokenCipher cipher, byte[] iv, ReadOnlySpan<byte> data)
    {
        fixed (byte* ivPointer = iv, aad = cipher.AdditionalData.Span, label = cipher.Label.Span)
        {
            var gcm = GcmOf(ivPointer, iv.Length, aad, cipher.AdditionalData.Length);
            var oaep = cipher.Mechanism == TokenMechanism.RsaOaep ? OaepOf(cipher, label) : default;
            var mechanism = MechanismOf(cipher, ivPointer, iv.Length, &gcm, &oaep);
            return session.Encrypt(&mechanism, key, data, new byte[Math.Max(data.Length + RoomBeyondTheData, LargestSignatureInBytes)]);
        }
    }

    /// <summary>Decrypts.</summary>
    public static SecretBytes Decrypt(TokenSession session, nuint key, TokenCipher cipher, ReadOnlySpan<byte> data)
    {
        fixed (byte* iv = cipher.Iv.Span, aad = cipher.AdditionalData.Span, label = cipher.Label.Span)
        {
            var gcm = GcmOf(iv, cipher.Iv.Length, aad, cipher.AdditionalData.Length);
            var oaep = cipher.Mechanism == TokenMechanism.RsaOaep ? OaepOf(cipher, label) : default;
            var mechanism = MechanismOf(cipher, iv, cipher.Iv.Length, &gcm, &oaep);
            return session.DecryptSecret(&mechanism, key, data);
        }
    }

    /// <summary>Signs a digest, or authenticates a message.</summary>
    public static byte[] Sign(TokenSession session, nuint key, TokenSignature how, ReadOnlySpan<byte> content)
    {
        var pss = new CkPssParameters();
        var mechanism = new CkMechanism { Mechanism = (nuint)MechanismOf(how) };
        if (how.Mechanism == TokenMechanism.RsaPss)
        {
            pss = new CkPssParameters { Hash = (nuint)HashOf(how.Digest), MaskGenerationFunction = MaskOf(how.MaskDigest), SaltLength = (nuint)how.SaltSizeInBytes };
            mechanism.Parameter = &pss;
            mechanism.ParameterLength = (nuint)sizeof(CkPssParameters);
        }

        return session.Sign(&mechanism, key, how.Mechanism == TokenMechanism.RsaPkcs1 ? DigestInfo(how.Digest, content) : content, LargestSignatureInBytes);
    }

    /// <summary>The mechanism of a signature.</summary>
    public static MechanismType MechanismOf(TokenSignature how) => how.Mechanism switch
    {
        TokenMechanism.RsaPkcs1 => MechanismType.RsaPkcs,
        TokenMechanism.RsaPss => MechanismType.RsaPkcsPss,
        TokenMechanism.Ecdsa => MechanismType.Ecdsa,
        TokenMechanism.AesCmac => MechanismType.AesCmac,
        TokenMechanism.Hmac => how.Digest switch
        {
            DigestAlgorithm.Sha256 => MechanismType.Sha256Hmac,
            DigestAlgorithm.Sha384 => MechanismType.Sha384Hmac,
            DigestAlgorithm.Sha512 => MechanismType.Sha512Hmac,
            _ => throw NotOffered($"HMAC with {how.Digest}"),
        },
        _ => throw NotOffered($"{how.Mechanism} as a signature"),
    };

    private static CkMechanism MechanismOf(TokenCipher cipher, byte* iv, int ivLength, CkGcmParameters* gcm, CkOaepParameters* oaep) => cipher.Mechanism switch
    {
        TokenMechanism.AesGcm => new() { Mechanism = (nuint)MechanismType.AesGcm, Parameter = gcm, ParameterLength = (nuint)sizeof(CkGcmParameters) },
        TokenMechanism.AesCbc => new() { Mechanism = (nuint)MechanismType.AesCbc, Parameter = iv, ParameterLength = (nuint)ivLength },
        TokenMechanism.AesCbcPad => new() { Mechanism = (nuint)MechanismType.AesCbcPad, Parameter = iv, ParameterLength = (nuint)ivLength },
        TokenMechanism.RsaOaep => new() { Mechanism = (nuint)MechanismType.RsaPkcsOaep, Parameter = oaep, ParameterLength = (nuint)sizeof(CkOaepParameters) },
        _ => throw NotOffered($"{cipher.Mechanism} as a cipher"),
    };

    private static CkGcmParameters GcmOf(byte* iv, int ivLength, byte* aad, int aadLength) => new()
    {
        Iv = iv,
        IvLength = (nuint)ivLength,
        IvBits = (nuint)ivLength * 8,
        AdditionalData = aad,
        AdditionalDataLength = (nuint)aadLength,
        TagBits = TagSizeInBytes * 8,
    };

    private static CkOaepParameters OaepOf(TokenCipher cipher, byte* label) => new()
    {
        Hash = (nuint)HashOf(cipher.Digest),
        MaskGenerationFunction = MaskOf(cipher.MaskDigest),
        Source = Cryptoki.DataSpecified,
        SourceData = cipher.Label.IsEmpty ? null : label,
        SourceDataLength = (nuint)cipher.Label.Length,
    };

    private static MechanismType HashOf(DigestAlgorithm digest) => digest switch
    {
        DigestAlgorithm.Sha1 => MechanismType.Sha1,
        DigestAlgorithm.Sha224 => MechanismType.Sha224,
        DigestAlgorithm.Sha256 => MechanismType.Sha256,
        DigestAlgorithm.Sha384 => MechanismType.Sha384,
        DigestAlgorithm.Sha512 => MechanismType.Sha512,
        _ => throw NotOffered($"{digest}"),
    };

    // spec: PKCS#11 2.40 §2.1.7 CKG_MGF1_SHA1 1, CKG_MGF1_SHA256 2, CKG_MGF1_SHA384 3, CKG_MGF1_SHA512 4, CKG_MGF1_SHA224 5
    private static nuint MaskOf(DigestAlgorithm digest) => digest switch
    {
        DigestAlgorithm.Sha1 => 1,
        DigestAlgorithm.Sha256 => 2,
        DigestAlgorithm.Sha384 => 3,
        DigestAlgorithm.Sha512 => 4,
        DigestAlgorithm.Sha224 => 5,
        _ => throw NotOffered($"A mask made with {digest}"),
    };

    // spec: RFC 8017 §A.2.4: DigestInfo ::= SEQUENCE { digestAlgorithm, digest OCTET STRING }, parameters NULL
    private static byte[] DigestInfo(DigestAlgorithm digest, ReadOnlySpan<byte> value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(digest switch
                {
                    DigestAlgorithm.Sha1 => "1.3.14.3.2.26",
                    DigestAlgorithm.Sha224 => "2.16.840.1.101.3.4.2.4",
                    DigestAlgorithm.Sha256 => "2.16.840.1.101.3.4.2.1",
                    DigestAlgorithm.Sha384 => "2.16.840.1.101.3.4.2.2",
                    DigestAlgorithm.Sha512 => "2.16.840.1.101.3.4.2.3",
                    _ => throw NotOffered($"A signature over {digest}"),
                });
                writer.WriteNull();
            }

            writer.WriteOctetString(value);
        }

        return writer.Encode();
    }

    private static KeyreeveException NotOffered(string what) => new(KeyreeveError.CryptographicParametersNotSupported, $"{what} is not done with keys in the token.");
}
