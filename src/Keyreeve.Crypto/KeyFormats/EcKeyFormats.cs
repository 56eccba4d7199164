using System.Formats.Asn1;

namespace Keyreeve.Crypto;

/// <summary>The formats of elliptic curve keys; named curves only.</summary>
internal static class EcKeyFormats
{
    private const string EcPublicKeyAlgorithm = "1.2.840.10045.2.1";
    private static readonly Asn1Tag ParametersTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag PublicKeyTag = new(TagClass.ContextSpecific, 1, isConstructed: true);

    /// <summary>Reads a SubjectPublicKeyInfo.</summary>
    /// <exception cref="InvalidKeyException">Malformed, or of another kind.</exception>
    public static EllipticCurve ReadSubjectPublicKeyInfo(ReadOnlySpan<byte> der, out ReadOnlySpan<byte> point)
    {
        try
        {
            var envelope = KeyEnvelope.ReadSubjectPublicKeyInfo(der);
            point = envelope.Key;
            return ReadCurve(envelope);
        }
        catch (AsnContentException e)
        {
            throw new InvalidKeyException("The public key is not a SubjectPublicKeyInfo in DER.", e);
        }
    }

    /// <summary>Reads a PKCS#8 PrivateKeyInfo.</summary>
    /// <param name="der">The encoding.</param>
    /// <param name="scalar">The private scalar, up to the order's length.</param>
    /// <param name="point">The public point; empty when the encoding has none.</param>
    /// <exception cref="InvalidKeyException">Malformed, of another kind, or with two curves or points that disagree.</exception>
    public static EllipticCurve ReadPkcs8(ReadOnlySpan<byte> der, out ReadOnlySpan<byte> scalar, out ReadOnlySpan<byte> point)
    {
        try
        {
            var envelope = KeyEnvelope.ReadPrivateKeyInfo(der);
            var curve = ReadCurve(envelope);
            var inner = ReadEcPrivateKey(envelope.Key, out scalar, out point);
            if (inner != EllipticCurve.None && inner != curve)
                throw new InvalidKeyException("The private key names two curves.");
            if (point.IsEmpty)
                point = envelope.PublicKey;
            else if (!envelope.PublicKey.IsEmpty && !envelope.PublicKey.SequenceEqual(point))
                throw new InvalidKeyException("The private key carries two public keys.");
            return curve;
        }
        catch (AsnContentException e)
        {
            throw new InvalidKeyException("The private key is not PKCS#8 in DER.", e);
        }
    }

    /// <summary>Reads an ECPrivateKey that names its curve.</summary>
    /// <inheritdoc cref="ReadPkcs8"/>
    public static EllipticCurve ReadSec1(ReadOnlySpan<byte> der, out ReadOnlySpan<byte> scalar, out ReadOnlySpan<byte> point)
    {
        try
        {
            var curve = ReadEcPrivateKey(der, out scalar, out point);
            return curve != EllipticCurve.None ? curve : throw new InvalidKeyException("The private key does not name its curve.");
        }
        catch (AsnContentException e)
        {
            throw new InvalidKeyException("The private key is not an ECPrivateKey in DER.", e);
        }
    }

    private static EllipticCurve ReadCurve(KeyEnvelope envelope) =>
        envelope.Algorithm.Equals(EcPublicKeyAlgorithm, StringComparison.Ordinal)
            ? ReadNamedCurve(envelope.Parameters)
            : throw new InvalidKeyException("The key is not an elliptic curve key.");

    // spec: RFC 5480 §2.1.1 "implicitCurve and specifiedCurve MUST NOT be used in PKIX."
    // Whoever may write parameters may choose a generator, order or cofactor that gives the key away (CVE-2020-0601).
    private static EllipticCurve ReadNamedCurve(ReadOnlySpan<byte> parameters)
    {
        var reader = new DerReader(parameters);
        if (!reader.NextIs(Asn1Tag.ObjectIdentifier))
            throw new InvalidKeyException("The key spells out its curve's parameters; only named curves are accepted.");
        var name = reader.ReadObjectIdentifier();
        reader.RequireEnd();
        var curve = EllipticCurveFacts.FromObjectIdentifier(name);
        return curve != EllipticCurve.None ? curve : throw new InvalidKeyException($"The curve {name} is not offered.");
    }

    // ECPrivateKey ::= SEQUENCE { version INTEGER(1), privateKey OCTET STRING, parameters [0] OPTIONAL,
    //     publicKey [1] BIT STRING OPTIONAL }   (RFC 5915 §3)
    private static EllipticCurve ReadEcPrivateKey(ReadOnlySpan<byte> der, out ReadOnlySpan<byte> scalar, out ReadOnlySpan<byte> point)
    {
        var outer = new DerReader(der);
        var sequence = outer.ReadSequence();
        outer.RequireEnd();
        if (sequence.ReadSmallNumber() != 1)
            throw new AsnContentException("Unknown version of an ECPrivateKey.");
        scalar = sequence.ReadOctets();
        var curve = EllipticCurve.None;
        if (sequence.NextIs(ParametersTag))
        {
            var parameters = sequence.ReadSequence(ParametersTag);
            curve = ReadNamedCurve(parameters.ReadAny());
            parameters.RequireEnd();
        }

        point = default;
        if (sequence.NextIs(PublicKeyTag))
        {
            var wrapper = sequence.ReadSequence(PublicKeyTag);
            point = wrapper.ReadBits();
            wrapper.RequireEnd();
        }

        sequence.RequireEnd();
        return curve;
    }
}
