using System.Collections.Frozen;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Server.Identity;

/// <summary>
/// A list of revoked certificates (RFC 5280), verified: .NET on Linux takes none from a file, and does not check one's
/// signature. Immutable.
/// </summary>
internal sealed class CertificateRevocationList
{
    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 0);

    // Ours or another's clock may be a little off.
    private static readonly TimeSpan Allowance = TimeSpan.FromMinutes(5);

    private readonly FrozenSet<string> _serials;

    private CertificateRevocationList(byte[] issuer, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate, FrozenSet<string> serials)
    {
        Issuer = issuer;
        ThisUpdate = thisUpdate;
        NextUpdate = nextUpdate;
        _serials = serials;
    }

    /// <summary>The issuer's name, DER.</summary>
    public byte[] Issuer { get; }

    public DateTimeOffset ThisUpdate { get; }

    /// <summary>Until when it holds.</summary>
    public DateTimeOffset NextUpdate { get; }

    /// <summary>Whether a serial number, as <see cref="SerialOf(ReadOnlySpan{byte})"/> writes it, is on the list.</summary>
    public bool IsRevoked(string serial) => _serials.Contains(serial);

    /// <summary>Reads a list and verifies it.</summary>
    /// <param name="der">The list.</param>
    /// <param name="issuers">The certificates of those who may have issued it.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="InvalidDataException">It is malformed, forged, of another issuer, from the future, or has expired.</exception>
    public static CertificateRevocationList Read(ReadOnlyMemory<byte> der, IEnumerable<X509Certificate2> issuers, DateTimeOffset now)
    {
        try
        {
            return ReadChecked(der, issuers, now);
        }
        catch (Exception malformed) when (malformed is AsnContentException or CryptographicException)
        {
            throw new InvalidDataException("the list is malformed", malformed);
        }
    }

    // spec: RFC 5280 §5.1 CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue BIT STRING }
    private static CertificateRevocationList ReadChecked(ReadOnlyMemory<byte> der, IEnumerable<X509Certificate2> issuers, DateTimeOffset now)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        var list = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        var signed = list.PeekEncodedValue();
        var body = list.ReadSequence();
        var algorithm = list.ReadEncodedValue();
        var signature = list.ReadBitString(out var unusedBits);
        list.ThrowIfNotEmpty();

        if (!body.TryReadInt32(out var version) || version != 1) throw new InvalidDataException("the list is not of version 2");
        if (!body.ReadEncodedValue().Span.SequenceEqual(algorithm.Span)) throw new InvalidDataException("the list names two algorithms");
        var issuer = body.ReadEncodedValue().ToArray();
        var thisUpdate = ReadTime(body);
        if (!body.HasData || !IsTime(body.PeekTag())) throw new InvalidDataException("the list does not say until when it holds");
        var nextUpdate = ReadTime(body);
        var serials = body.HasData && body.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence) ? ReadEntries(body.ReadSequence()) : [];
        if (body.HasData) CheckExtensions(body.ReadSequence(Extensions).ReadSequence());
        body.ThrowIfNotEmpty();

        var candidates = issuers.Where(i => i.SubjectName.RawData.AsSpan().SequenceEqual(issuer)).ToArray();
        if (candidates.Length == 0) throw new InvalidDataException("the list is of another issuer");
        if (unusedBits != 0 || !candidates.Any(i => MaySignLists(i) && Verifies(i, algorithm, signed.Span, signature)))
            throw new InvalidDataException("the list's signature is not the issuer's");
        if (thisUpdate > now + Allowance) throw new InvalidDataException("the list is from the future");
        if (nextUpdate <= now) throw new InvalidDataException($"the list expired at {nextUpdate:u}");
        return new CertificateRevocationList(issuer, thisUpdate, nextUpdate, serials.ToFrozenSet(StringComparer.Ordinal));
    }

    private static HashSet<string> ReadEntries(AsnReader entries)
    {
        var serials = new HashSet<string>(StringComparer.Ordinal);
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            serials.Add(SerialOf(entry.ReadIntegerBytes().Span));
            ReadTime(entry);
            if (entry.HasData) CheckExtensions(entry.ReadSequence());
            entry.ThrowIfNotEmpty();
        }

        return serials;
    }

    // spec: RFC 5280 §5.2 "If a CRL contains a critical extension that the application cannot process, then the application
    // MUST NOT use that CRL"
    private static void CheckExtensions(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var id = extension.ReadObjectIdentifier();
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean())
                throw new InvalidDataException($"the list has the critical extension {id}, which is not understood");
            extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
        }
    }

    private static bool MaySignLists(X509Certificate2 issuer) =>
        issuer.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is not { } usage || usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign);

    private static bool Verifies(X509Certificate2 issuer, ReadOnlyMemory<byte> algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        HashAlgorithmName? ecdsa = null, rsa = null;
        switch (new AsnReader(algorithm, AsnEncodingRules.DER).ReadSequence().ReadObjectIdentifier())
        {
            case "1.2.840.10045.4.3.2": ecdsa = HashAlgorithmName.SHA256; break;
            case "1.2.840.10045.4.3.3": ecdsa = HashAlgorithmName.SHA384; break;
            case "1.2.840.10045.4.3.4": ecdsa = HashAlgorithmName.SHA512; break;
            case "1.2.840.113549.1.1.11": rsa = HashAlgorithmName.SHA256; break;
            case "1.2.840.113549.1.1.12": rsa = HashAlgorithmName.SHA384; break;
            case "1.2.840.113549.1.1.13": rsa = HashAlgorithmName.SHA512; break;
            default: throw new InvalidDataException("the list is signed with an algorithm that is not accepted");
        }

        using var ecdsaKey = issuer.GetECDsaPublicKey();
        using var rsaKey = issuer.GetRSAPublicKey();
        if (ecdsa is { } ecdsaHash && ecdsaKey is not null)
            return ecdsaKey.VerifyData(signed, signature, ecdsaHash, DSASignatureFormat.Rfc3279DerSequence);
        return rsa is { } rsaHash && rsaKey is not null && rsaKey.VerifyData(signed, signature, rsaHash, RSASignaturePadding.Pkcs1);
    }

    private static bool IsTime(Asn1Tag tag) =>
        tag.HasSameClassAndValue(Asn1Tag.UtcTime) || tag.HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    /// <summary>A serial number without leading zeros, hexadecimal.</summary>
    public static string SerialOf(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes.TrimStart((byte)0));
}
