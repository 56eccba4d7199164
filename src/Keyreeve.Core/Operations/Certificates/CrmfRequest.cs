using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Certificates;

/// <summary>A certificate request of RFC 4211 whose key has signed it; the signature was verified.</summary>
/// <param name="SubjectPublicKeyInfo">The key.</param>
/// <param name="Subject">The subject.</param>
/// <param name="Extensions">The extensions that are asked for.</param>
internal sealed record CrmfRequest(byte[] SubjectPublicKeyInfo, X500DistinguishedName Subject, IReadOnlyList<X509Extension> Extensions)
{
    private const string RsaEncryption = "1.2.840.113549.1.1.";
    private const AsnEncodingRules Der = AsnEncodingRules.DER;

    private static readonly Asn1Tag SubjectTag = new(TagClass.ContextSpecific, 5, isConstructed: true);
    private static readonly Asn1Tag PublicKeyTag = new(TagClass.ContextSpecific, 6, isConstructed: true);
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 9, isConstructed: true);
    private static readonly Asn1Tag SignatureTag = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag SigningInputTag = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>Reads CertReqMessages that hold one request.</summary>
    /// <exception cref="CryptographicException">It is none, or not signed by its own key.</exception>
    // CertReqMessages ::= SEQUENCE OF CertReqMsg; CertReqMsg ::= SEQUENCE { certReq, popo OPTIONAL, regInfo OPTIONAL }   (RFC 4211 §3)
    public static CrmfRequest Read(ReadOnlyMemory<byte> encoded)
    {
        try
        {
            var outer = new AsnReader(encoded, Der);
            var messages = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var message = messages.ReadSequence();
            messages.ThrowIfNotEmpty();
            var signed = message.PeekEncodedValue();
            var (key, subject, extensions) = ReadTemplate(message.ReadSequence());
            // spec: RFC 4211 §4 "raVerified … NOT an appropriate value … unless the RA has verified": nobody has here.
            if (!message.HasData || !message.PeekTag().HasSameClassAndValue(SignatureTag))
                throw new CryptographicException("The possession of the key is not proved by a signature.");
            RequireSigned(message.ReadSequence(SignatureTag), key, signed.Span);
            if (message.HasData) message.ReadSequence();
            message.ThrowIfNotEmpty();
            return new CrmfRequest(key, subject, extensions);
        }
        catch (AsnContentException malformed)
        {
            throw new CryptographicException("These are no CertReqMessages.", malformed);
        }
    }

    // CertRequest ::= SEQUENCE { certReqId INTEGER, certTemplate CertTemplate, controls OPTIONAL }; subject is a CHOICE, so its tag is
    // explicit.   (RFC 4211 §5)
    private static (byte[] Key, X500DistinguishedName Subject, IReadOnlyList<X509Extension> Extensions) ReadTemplate(AsnReader request)
    {
        request.ReadIntegerBytes();
        var template = request.ReadSequence();
        byte[]? key = null;
        X500DistinguishedName? subject = null;
        var extensions = new List<X509Extension>();
        while (template.HasData)
        {
            var tag = template.PeekTag();
            if (tag == SubjectTag) subject = new X500DistinguishedName(template.ReadSequence(SubjectTag).ReadEncodedValue().Span);
            else if (tag == PublicKeyTag) key = AsSequence(template.ReadEncodedValue());
            else if (tag == ExtensionsTag) ReadExtensions(template.ReadSequence(ExtensionsTag), extensions);
            else template.ReadEncodedValue();
        }

        // spec: RFC 4211 §4.1: with both of them in the template, the signature is over certReq; without, over what names the sender.
        return key is not null && subject is not null
            ? (key, subject, extensions)
            : throw new CryptographicException("The template names no subject or no public key.");
    }

    // Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }   (RFC 5280 §4.1)
    private static void ReadExtensions(AsnReader sequence, List<X509Extension> extensions)
    {
        while (sequence.HasData)
        {
            var extension = sequence.ReadSequence();
            var identifier = extension.ReadObjectIdentifier();
            var isCritical = extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
            extensions.Add(new X509Extension(identifier, extension.ReadOctetString(), isCritical));
            extension.ThrowIfNotEmpty();
        }
    }

    // POPOSigningKey ::= SEQUENCE { poposkInput [0] OPTIONAL, algorithmIdentifier, signature BIT STRING }   (RFC 4211 §4.1)
    private static void RequireSigned(AsnReader proof, byte[] key, ReadOnlySpan<byte> signed)
    {
        // spec: RFC 4211 §4.1 "If certReqMsg certReq certTemplate contains the subject and publicKey values, then poposkInput MUST be omitted"
        if (proof.HasData && proof.PeekTag() == SigningInputTag) throw new CryptographicException("The proof is over something else than the request.");
        var identifier = proof.ReadSequence();
        var algorithm = identifier.ReadObjectIdentifier();
        // spec: RFC 4055 §5 "the parameters MUST be NULL"; RFC 5758 §3.2, RFC 8410 §3: absent.
        if (algorithm.StartsWith(RsaEncryption, StringComparison.Ordinal)) identifier.ReadNull();
        identifier.ThrowIfNotEmpty();
        var signature = proof.ReadBitString(out var unused);
        proof.ThrowIfNotEmpty();
        if (unused != 0 || !IsSigned(algorithm, key, signed, signature)) throw new CryptographicException("The signature is not that of the request's own key.");
    }

    private static bool IsSigned(string algorithm, byte[] key, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        switch (algorithm)
        {
            case "1.2.840.113549.1.1.11" or "1.2.840.113549.1.1.12" or "1.2.840.113549.1.1.13":
                // A key that is too short is refused afterwards, in words.
                using (var rsa = RsaPublicKey.ImportSubjectPublicKeyInfo(key, RsaKeyPolicy.InsecureAllowSmallRsa))
                    return RsaPkcs1Signature.Verify(rsa, DigestOf(algorithm), signed, signature);
            case "1.2.840.10045.4.3.2" or "1.2.840.10045.4.3.3" or "1.2.840.10045.4.3.4":
                using (var ec = EcPublicKey.ImportSubjectPublicKeyInfo(key))
                    return Ecdsa.Verify(ec, DigestOf(algorithm), signed, signature, EcdsaSignatureFormat.Der);
            case "1.3.101.112" or "1.3.101.113":
                using (var edwards = EdwardsPublicKey.ImportSubjectPublicKeyInfo(algorithm[^1] == '2' ? EdwardsCurve.Ed25519 : EdwardsCurve.Ed448, key))
                    return Eddsa.Verify(edwards, signed, signature);
            default:
                throw new CryptographicException($"Signatures of {algorithm} are not taken.");
        }
    }

    private static DigestAlgorithm DigestOf(string algorithm) => algorithm switch
    {
        "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => DigestAlgorithm.Sha256,
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => DigestAlgorithm.Sha384,
        _ => DigestAlgorithm.Sha512,
    };

    // The tag [6] is implicit: it stands in the place of SEQUENCE's.
    private static byte[] AsSequence(ReadOnlyMemory<byte> tagged)
    {
        var encoded = tagged.ToArray();
        encoded[0] = 0x30;
        return encoded;
    }
}
