using System.Formats.Asn1;

namespace Keyreeve.Crypto;

/// <summary>The numbers of a private RSA key as they stand in an RSAPrivateKey; spans over the encoding.</summary>
internal ref struct RsaPrivateKeySpans
{
    public ReadOnlySpan<byte> Modulus;
    public ReadOnlySpan<byte> PublicExponent;
    public ReadOnlySpan<byte> PrivateExponent;
    public ReadOnlySpan<byte> Prime1;
    public ReadOnlySpan<byte> Prime2;
    public ReadOnlySpan<byte> Exponent1;
    public ReadOnlySpan<byte> Exponent2;
    public ReadOnlySpan<byte> Coefficient;
}

/// <summary>What an RSA key's algorithm identifier permits; by default everything.</summary>
internal readonly record struct RsaKeyPurpose(bool IsPssOnly, RsaPssParameters? Restriction);

/// <summary>The formats of RSA keys.</summary>
internal static class RsaKeyFormats
{
    private const string RsaEncryption = "1.2.840.113549.1.1.1";
    private const string RsassaPss = "1.2.840.113549.1.1.10";

    /// <summary>Reads a SubjectPublicKeyInfo.</summary>
    /// <exception cref="InvalidKeyException">Malformed, or of another algorithm.</exception>
    public static void ReadSubjectPublicKeyInfo(
        ReadOnlySpan<byte> der, out ReadOnlySpan<byte> modulus, out ReadOnlySpan<byte> exponent, out RsaKeyPurpose purpose)
    {
        try
        {
            var envelope = KeyEnvelope.ReadSubjectPublicKeyInfo(der);
            purpose = ReadPurpose(envelope);
            ReadRsaPublicKey(envelope.Key, out modulus, out exponent);
        }
        catch (AsnContentException e)
        {
            throw new InvalidKeyException("The public key is not a SubjectPublicKeyInfo in DER.", e);
        }
    }

    /// <summary>Reads an RSAPublicKey.</summary>
    /// <exception cref="InvalidKeyException">Malformed.</exception>
    public static void ReadPkcs1PublicKey(ReadOnlySpan<byte> der, out ReadOnlySpan<byte> modulus, out ReadOnlySpan<byte> exponent)
    {
        try
        {
            ReadRsaPublicKey(der, out modulus, out exponent);
        }
        catch (AsnContentException e)
        {
            throw new InvalidKeyException("The public key is not an RSAPublicKey in DER.", e);
        }
    }

    /// <summary>Reads a PKCS#8 PrivateKeyInfo of algorithm rsaEncryption.</summary>
    /// <exception cref="InvalidKeyException">Malformed, or of another algorithm.</exception>
    public static RsaPrivateKeySpans ReadPkcs8(ReadOnlySpan<byte> der)
    {
        try
        {
            var envelope = KeyEnvelope.ReadPrivateKeyInfo(der);
            if (!envelope.Algorithm.Equals(RsaEncryption, StringComparison.Ordinal))
                throw new InvalidKeyException("The private key is not an RSA key.");
            RequireNull(envelope.Parameters);
            return ReadRsaPrivateKey(envelope.Key);
        }
        catch (AsnContentException e)
        {
            throw new InvalidKeyException("The private key is not PKCS#8 in DER.", e);
        }
    }

    /// <summary>Reads an RSAPrivateKey.</summary>
    /// <exception cref="InvalidKeyException">Malformed, or of more than two primes.</exception>
    public static RsaPrivateKeySpans ReadPkcs1PrivateKey(ReadOnlySpan<byte> der)
    {
        try
        {
            return ReadRsaPrivateKey(der);
        }
        catch (AsnContentException e)
        {
            throw new InvalidKeyException("The private key is not an RSAPrivateKey in DER.", e);
        }
    }

    // RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }   (RFC 8017 §A.1.1)
    private static void ReadRsaPublicKey(ReadOnlySpan<byte> der, out ReadOnlySpan<byte> modulus, out ReadOnlySpan<byte> exponent)
    {
        var outer = new DerReader(der);
        var sequence = outer.ReadSequence();
        outer.RequireEnd();
        modulus = sequence.ReadUnsigned();
        exponent = sequence.ReadUnsigned();
        sequence.RequireEnd();
    }

    // RSAPrivateKey ::= SEQUENCE { version INTEGER (0: two primes), modulus, publicExponent, privateExponent, prime1, prime2,
    //     exponent1, exponent2, coefficient }   (RFC 8017 §A.1.2)
    private static RsaPrivateKeySpans ReadRsaPrivateKey(ReadOnlySpan<byte> der)
    {
        var outer = new DerReader(der);
        var sequence = outer.ReadSequence();
        outer.RequireEnd();
        if (sequence.ReadSmallNumber() != 0)
            throw new InvalidKeyException("RSA keys of more than two primes are not offered.");
        var key = new RsaPrivateKeySpans
        {
            Modulus = sequence.ReadUnsigned(),
            PublicExponent = sequence.ReadUnsigned(),
            PrivateExponent = sequence.ReadUnsigned(),
            Prime1 = sequence.ReadUnsigned(),
            Prime2 = sequence.ReadUnsigned(),
            Exponent1 = sequence.ReadUnsigned(),
            Exponent2 = sequence.ReadUnsigned(),
            Coefficient = sequence.ReadUnsigned(),
        };
        sequence.RequireEnd();
        return key;
    }

    private static RsaKeyPurpose ReadPurpose(KeyEnvelope envelope)
    {
        if (envelope.Algorithm.Equals(RsaEncryption, StringComparison.Ordinal))
        {
            RequireNull(envelope.Parameters);
            return default;
        }

        if (!envelope.Algorithm.Equals(RsassaPss, StringComparison.Ordinal))
            throw new InvalidKeyException("The public key is not an RSA key.");
        // RFC 4055 §1.2: without parameters, the key is for PSS with any of them.
        RsaPssParameters? restriction = envelope.Parameters.IsEmpty ? null : RsaPssParameterFormat.Read(envelope.Parameters);
        return new RsaKeyPurpose(IsPssOnly: true, restriction);
    }

    // spec: RFC 3279 §2.3.1 "The parameters field MUST have ASN.1 type NULL for this algorithm identifier."
    private static void RequireNull(ReadOnlySpan<byte> parameters)
    {
        var reader = new DerReader(parameters);
        reader.ReadNull();
        reader.RequireEnd();
    }
}
