using System.Formats.Asn1;

namespace Keyreeve.Crypto;

/// <summary>Reads RSASSA-PSS-params (RFC 4055 §3.1).</summary>
internal static class RsaPssParameterFormat
{
    private const string Mgf1 = "1.2.840.113549.1.1.8";
    private const int DefaultSaltSizeInBytes = 20;

    // RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] DEFAULT sha1, maskGenAlgorithm [1] DEFAULT mgf1SHA1,
    //     saltLength [2] INTEGER DEFAULT 20, trailerField [3] INTEGER DEFAULT 1 }
    public static RsaPssParameters Read(ReadOnlySpan<byte> der)
    {
        var outer = new DerReader(der);
        var sequence = outer.ReadSequence();
        outer.RequireEnd();
        var digest = DigestAlgorithm.Sha1;
        var maskDigest = DigestAlgorithm.Sha1;
        var saltSize = DefaultSaltSizeInBytes;
        if (sequence.NextIs(Tag(0)))
            digest = ReadDigest(Enter(ref sequence, 0));
        if (sequence.NextIs(Tag(1)))
            maskDigest = ReadMask(Enter(ref sequence, 1));
        if (sequence.NextIs(Tag(2)))
            saltSize = ReadNumber(Enter(ref sequence, 2));
        if (sequence.NextIs(Tag(3)) && ReadNumber(Enter(ref sequence, 3)) != 1)
            throw new InvalidKeyException("The PSS parameters name another trailer field than 1.");
        sequence.RequireEnd();
        return new RsaPssParameters(digest, maskDigest, saltSize);
    }

    private static Asn1Tag Tag(int number) => new(TagClass.ContextSpecific, number, isConstructed: true);

    private static DerReader Enter(ref DerReader sequence, int number) => sequence.ReadSequence(Tag(number));

    private static int ReadNumber(DerReader field)
    {
        var value = field.ReadSmallNumber();
        field.RequireEnd();
        return value;
    }

    private static DigestAlgorithm ReadMask(DerReader field)
    {
        var algorithm = field.ReadSequence();
        field.RequireEnd();
        if (!algorithm.ReadObjectIdentifier().Equals(Mgf1, StringComparison.Ordinal))
            throw new InvalidKeyException("The PSS parameters name another mask generation function than MGF1.");
        return ReadDigest(algorithm);
    }

    private static DigestAlgorithm ReadDigest(DerReader field)
    {
        var algorithm = field.ReadSequence();
        field.RequireEnd();
        var name = algorithm.ReadObjectIdentifier();
        if (!algorithm.IsAtEnd)
            algorithm.ReadNull();
        algorithm.RequireEnd();
        return name switch
        {
            "1.3.14.3.2.26" => DigestAlgorithm.Sha1,
            "2.16.840.1.101.3.4.2.1" => DigestAlgorithm.Sha256,
            "2.16.840.1.101.3.4.2.2" => DigestAlgorithm.Sha384,
            "2.16.840.1.101.3.4.2.3" => DigestAlgorithm.Sha512,
            "2.16.840.1.101.3.4.2.4" => DigestAlgorithm.Sha224,
            "2.16.840.1.101.3.4.2.5" => DigestAlgorithm.Sha512_224,
            "2.16.840.1.101.3.4.2.6" => DigestAlgorithm.Sha512_256,
            "2.16.840.1.101.3.4.2.7" => DigestAlgorithm.Sha3_224,
            "2.16.840.1.101.3.4.2.8" => DigestAlgorithm.Sha3_256,
            "2.16.840.1.101.3.4.2.9" => DigestAlgorithm.Sha3_384,
            "2.16.840.1.101.3.4.2.10" => DigestAlgorithm.Sha3_512,
            _ => throw new InvalidKeyException("The PSS parameters name a digest that is not offered."),
        };
    }
}
