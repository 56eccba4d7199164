using System.Formats.Asn1;

namespace Keyreeve.Crypto;

/// <summary>The two envelopes that name a key's algorithm: SubjectPublicKeyInfo and PrivateKeyInfo.</summary>
internal readonly ref struct KeyEnvelope
{
    private static readonly Asn1Tag AttributesTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag PublicKeyTag = new(TagClass.ContextSpecific, 1);

    private KeyEnvelope(string algorithm, ReadOnlySpan<byte> parameters, ReadOnlySpan<byte> key, ReadOnlySpan<byte> publicKey)
    {
        Algorithm = algorithm;
        Parameters = parameters;
        Key = key;
        PublicKey = publicKey;
    }

    /// <summary>OID of the algorithm.</summary>
    public string Algorithm { get; }

    /// <summary>The algorithm's parameters with tag and length; empty when there are none.</summary>
    public ReadOnlySpan<byte> Parameters { get; }

    /// <summary>The key, in its algorithm's own format.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>The public half that a PrivateKeyInfo of version 2 may carry; empty when it does not.</summary>
    public ReadOnlySpan<byte> PublicKey { get; }

    /// <summary>Reads a SubjectPublicKeyInfo.</summary>
    /// <exception cref="AsnContentException">Malformed.</exception>
    // SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }   (RFC 5280 §4.1)
    public static KeyEnvelope ReadSubjectPublicKeyInfo(ReadOnlySpan<byte> der)
    {
        var outer = new DerReader(der);
        var sequence = outer.ReadSequence();
        outer.RequireEnd();
        var parameters = ReadAlgorithm(sequence.ReadSequence(), out var algorithm);
        var key = sequence.ReadBits();
        sequence.RequireEnd();
        return new KeyEnvelope(algorithm, parameters, key, default);
    }

    /// <summary>Reads a PrivateKeyInfo, or OneAsymmetricKey.</summary>
    /// <exception cref="AsnContentException">Malformed.</exception>
    // OneAsymmetricKey ::= SEQUENCE { version INTEGER { v1(0), v2(1) }, AlgorithmIdentifier, privateKey OCTET STRING,
    //     attributes [0] OPTIONAL, publicKey [1] BIT STRING OPTIONAL }   (RFC 5958 §2)
    public static KeyEnvelope ReadPrivateKeyInfo(ReadOnlySpan<byte> der)
    {
        var outer = new DerReader(der);
        var sequence = outer.ReadSequence();
        outer.RequireEnd();
        var version = sequence.ReadSmallNumber();
        if (version > 1)
            throw new AsnContentException("Unknown version of a private key.");
        var parameters = ReadAlgorithm(sequence.ReadSequence(), out var algorithm);
        var key = sequence.ReadOctets();
        if (sequence.NextIs(AttributesTag))
            sequence.ReadAny();
        ReadOnlySpan<byte> publicKey = default;
        if (version == 1 && sequence.NextIs(PublicKeyTag))
            publicKey = sequence.ReadBits(PublicKeyTag);
        sequence.RequireEnd();
        return new KeyEnvelope(algorithm, parameters, key, publicKey);
    }

    private static ReadOnlySpan<byte> ReadAlgorithm(DerReader sequence, out string algorithm)
    {
        algorithm = sequence.ReadObjectIdentifier();
        var parameters = sequence.IsAtEnd ? default : sequence.ReadAny();
        sequence.RequireEnd();
        return parameters;
    }
}
