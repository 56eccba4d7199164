using System.Collections.Frozen;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Attributes;

/// <summary>One of the standard's attributes.</summary>
/// <param name="Tag">Its tag.</param>
/// <param name="Type">The type of its value.</param>
/// <param name="IsMultiple">Whether an object may have several instances.</param>
/// <param name="Introduced">The first version that has the attribute; its tag may be older.</param>
/// <param name="Last">The last version that has it, or null when it is still in use.</param>
public sealed record AttributeTableRow(Tag Tag, TtlvType Type, bool IsMultiple, ProtocolVersion Introduced, ProtocolVersion? Last)
{
    /// <summary>What KMIP 1.x calls it, such as <c>Cryptographic Algorithm</c>.</summary>
    public string Name { get; } = NameTables.Tags.Find((uint)Tag)!.Text;

    /// <summary>Whether a version has it.</summary>
    public bool IsDefined(ProtocolVersion version) => version >= Introduced && (Last is null || version <= Last);
}

/// <summary>The standard's attributes: KMIP 1.x §3, 2.x §4, with the types and versions they stand there with.</summary>
public static class AttributeTable
{
    private static readonly FrozenDictionary<Tag, AttributeTableRow> ByTag = Build().ToFrozenDictionary(row => row.Tag);

    private static readonly FrozenDictionary<string, AttributeTableRow> ByName = ByTag.Values
        .Where(row => row.Introduced.Major == 1)
        .ToFrozenDictionary(row => row.Name, StringComparer.Ordinal);

    /// <summary>All attributes.</summary>
    public static IReadOnlyCollection<AttributeTableRow> Rows => ByTag.Values;

    /// <summary>The attribute with that tag, or null.</summary>
    public static AttributeTableRow? Find(Tag tag) => ByTag.GetValueOrDefault(tag);

    /// <summary>The attribute that KMIP 1.x calls so, or null.</summary>
    public static AttributeTableRow? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Whether a version has the attribute. Vendors' attributes and extension tags belong to every version.</summary>
    public static bool IsDefined(AttributeReference reference, ProtocolVersion version) =>
        reference.IsVendors || (Find(reference.Tag)?.IsDefined(version) ?? NameTables.IsDefined(reference.Tag, version));

    /// <summary>Whether a version has this field in the structure of an attribute. A vendor's attribute may hold any field.</summary>
    public static bool HasField(Tag attribute, Tag field, ProtocolVersion version) =>
        // spec: KMIP 1.1 §3.17 adds the Key Format Type to Digest, a field that KMIP 1.0 has elsewhere only.
        NameTables.IsDefined(field, version) && (version > ProtocolVersion.Kmip10 || attribute != Tag.Digest || field != Tag.KeyFormatType);

    private static List<AttributeTableRow> Build()
    {
        var rows = new List<AttributeTableRow>();
        foreach (var line in Source.Split('\n'))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var type = Enum.Parse<TtlvType>(words[0]);
            var multiple = string.Equals(words[1], "many", StringComparison.Ordinal);
            var span = words[2].Split('-');
            foreach (var name in words[3..])
            {
                if (!NameTables.Tags.TryParse(name, out var tag)) throw new InvalidOperationException($"No tag is called {name}.");
                rows.Add(new AttributeTableRow((Tag)tag, type, multiple, Version(span[0]), span[1].Length == 0 ? null : Version(span[1])));
            }
        }

        return rows;
    }

    private static ProtocolVersion Version(string text) => new(text[0] - '0', text[2] - '0');

    /// <summary>Lines of type, one or many instances, first and last version, attributes.</summary>
    private const string Source = """
        TextString  one  1.0-    UniqueIdentifier ContactInformation
        TextString  one  1.0-1.4 OperationPolicyName
        TextString  one  1.4-    PKCS_12FriendlyName Description Comment
        TextString  many 1.0-2.1 ObjectGroup
        TextString  many 1.4-    CertificateSubjectCN CertificateSubjectO CertificateSubjectOU CertificateSubjectEmail CertificateSubjectC
        TextString  many 1.4-    CertificateSubjectST CertificateSubjectL CertificateSubjectUID CertificateSubjectSerialNumber
        TextString  many 1.4-    CertificateSubjectTitle CertificateSubjectDC CertificateSubjectDNQualifier
        TextString  many 1.4-    CertificateIssuerCN CertificateIssuerO CertificateIssuerOU CertificateIssuerEmail CertificateIssuerC
        TextString  many 1.4-    CertificateIssuerST CertificateIssuerL CertificateIssuerUID CertificateIssuerSerialNumber
        TextString  many 1.4-    CertificateIssuerTitle CertificateIssuerDC CertificateIssuerDNQualifier
        ByteString  one  2.0-    ShortUniqueIdentifier
        Enumeration one  1.0-    ObjectType CryptographicAlgorithm CertificateType State
        Enumeration many 1.1-    DigitalSignatureAlgorithm
        Enumeration one  2.0-    KeyFormatType OpaqueDataType ProtectionLevel
        Enumeration many 2.0-    NISTKeyType
        Enumeration one  3.0-    CertificateRequestType ObjectClass SecretDataType
        Integer     one  1.0-    CryptographicLength CryptographicUsageMask
        Integer     one  1.1-    CertificateLength
        Integer     one  2.0-    ProtectionStorageMask
        Integer     one  2.1-    RotateGeneration
        Integer     one  3.0-    NISTSecurityCategory
        Interval    one  1.0-    LeaseTime
        Interval    one  2.0-    ProtectionPeriod
        Interval    one  2.1-    RotateInterval RotateOffset
        Boolean     one  1.1-    Fresh
        Boolean     one  1.2-    KeyValuePresent
        Boolean     one  1.4-    Sensitive AlwaysSensitive Extractable NeverExtractable
        Boolean     one  2.0-    QuantumSafe
        Boolean     one  2.1-    RotateAutomatic RotateLatest
        DateTime    one  1.0-    InitialDate ActivationDate ProcessStartDate ProtectStopDate DeactivationDate DestroyDate
        DateTime    one  1.0-    CompromiseOccurrenceDate CompromiseDate ArchiveDate LastChangeDate
        DateTime    one  1.2-    OriginalCreationDate
        DateTime    one  2.1-    RotateDate
        Structure   many 1.0-    Name CryptographicParameters Digest ApplicationSpecificInformation
        Structure   many 1.0-2.1 Link
        Structure   one  1.0-    CryptographicDomainParameters UsageLimits RevocationReason
        Structure   one  1.0-1.4 CertificateIdentifier CertificateSubject CertificateIssuer
        Structure   one  1.1-    X_509CertificateIdentifier X_509CertificateSubject X_509CertificateIssuer
        Structure   many 1.2-    AlternativeName KeyValueLocation
        Structure   one  1.3-    RandomNumberGenerator
        Structure   one  2.1-    RotateName
        Structure   one  3.0-    DeactivationReason
        Reference   one  3.0-    CertificateLink DerivationObjectLink NextLink ParentLink PKCS_12CertificateLink PKCS_12PasswordLink
        Reference   one  3.0-    PreviousLink PrivateKeyLink PublicKeyLink ReplacedObjectLink ReplacementObjectLink WrappingKeyLink
        Reference   one  3.0-    CredentialLink PasswordLink SplitKeyBaseLink CertificateRequestLink
        Reference   many 3.0-    ChildLink DerivedObjectLink GroupLink JoinedSplitKeyPartsLink
        ByteString  one  3.0-    CertificateSubjectDN CertificateIssuerDN
        LongInteger one  3.0-    CertifyCounter DecryptCounter EncryptCounter SignCounter SignatureVerifyCounter
        """;
}
