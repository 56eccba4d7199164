using System.Collections.Frozen;
using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Server.Kmip.Translation;

/// <summary>
/// In which order attributes are told. The standard leaves it open; OASIS' cases have one, and clients that were written to them
/// may count on it: named attributes as they were named; else a client's own attributes, then what the object is, then the rest by
/// name; on Export, as the standard's text goes through them.
/// </summary>
internal static class AttributeOrder
{
    private static readonly AttributeName[] Identity = [AttributeName.UniqueIdentifier, AttributeName.ShortUniqueIdentifier, AttributeName.ObjectType];

    // Beyond all that have a place of their own, but for what stands last.
    private const int Rest = 1000;

    private static readonly FrozenDictionary<AttributeName, int> OfCertificates =
        Ranks([.. Identity, AttributeName.CertificateType]).Append(new(AttributeName.ProtectionStorageMask, Rest + 1)).ToFrozenDictionary();

    private static readonly FrozenDictionary<AttributeName, int> OfKeys = Ranks([.. Identity, AttributeName.CryptographicAlgorithm, AttributeName.CryptographicLength]);

    private static readonly FrozenDictionary<AttributeName, int> OfExports = Ranks(
        [
            .. Identity, AttributeName.Name, AttributeName.CryptographicAlgorithm, AttributeName.CryptographicLength, AttributeName.CryptographicParameters,
            AttributeName.CryptographicDomainParameters, AttributeName.CertificateType, AttributeName.CertificateLength, AttributeName.X509CertificateIdentifier,
            AttributeName.X509CertificateSubject, AttributeName.X509CertificateIssuer, AttributeName.DigitalSignatureAlgorithm, AttributeName.Digest,
            AttributeName.CryptographicUsageMask, AttributeName.LeaseTime, AttributeName.UsageLimits, AttributeName.InitialDate, AttributeName.ActivationDate,
            AttributeName.ProcessStartDate, AttributeName.ProtectStopDate, AttributeName.DeactivationDate, AttributeName.DestroyDate,
            AttributeName.CompromiseOccurrenceDate, AttributeName.CompromiseDate, AttributeName.RevocationReason, AttributeName.State, AttributeName.LastChangeDate,
            AttributeName.Fresh, AttributeName.Sensitive, AttributeName.AlwaysSensitive, AttributeName.Extractable, AttributeName.NeverExtractable,
            AttributeName.KeyFormatType,
            AttributeName.CertificateSubjectST, AttributeName.CertificateSubjectEmail, AttributeName.CertificateSubjectC, AttributeName.CertificateSubjectL,
            AttributeName.CertificateSubjectO, AttributeName.CertificateSubjectOU, AttributeName.CertificateSubjectCN,
            AttributeName.CertificateIssuerST, AttributeName.CertificateIssuerEmail, AttributeName.CertificateIssuerC, AttributeName.CertificateIssuerL,
            AttributeName.CertificateIssuerO, AttributeName.CertificateIssuerOU, AttributeName.CertificateIssuerCN, AttributeName.ProtectionStorageMask,
        ]);

    /// <summary>All attributes of an object.</summary>
    public static IEnumerable<AttributeInstance> Of(AttributeSet attributes)
    {
        var first = attributes.Instances.Any(i => i.Key.Name == AttributeName.CertificateType) ? OfCertificates : OfKeys;
        return attributes.Instances.OrderBy(i => Rank(i.Key, first)).ThenBy(i => SortName(i.Key), StringComparer.Ordinal);
    }

    /// <summary>The names of all attributes of an object.</summary>
    public static IEnumerable<AttributeKey> Of(ImmutableArray<AttributeKey> names)
    {
        var first = names.Any(n => n.Name == AttributeName.CertificateType) ? OfCertificates : OfKeys;
        return names.OrderBy(n => Rank(n, first)).ThenBy(SortName, StringComparer.Ordinal);
    }

    /// <summary>Attributes as they were asked for.</summary>
    public static IEnumerable<AttributeInstance> Of(AttributeSet attributes, ImmutableArray<AttributeKey> asked) =>
        attributes.Instances.OrderBy(i => asked.IndexOf(i.Key));

    /// <summary>The attributes of an object that is exported.</summary>
    public static IEnumerable<AttributeInstance> OfExported(AttributeSet attributes) => attributes.Instances.OrderBy(i => Rank(i.Key, OfExports));

    private static int Rank(AttributeKey key, FrozenDictionary<AttributeName, int> first) =>
        key.Name == AttributeName.Custom ? -1 : first.GetValueOrDefault(key.Name, Rest);

    // The format is that of the bytes which the digest before it is of.
    private static string SortName(AttributeKey key) => key.Name switch
    {
        AttributeName.Custom => key.CustomName!,
        AttributeName.KeyFormatType => nameof(AttributeName.Digest) + nameof(AttributeName.KeyFormatType),
        var name => Names[name],
    };

    private static readonly FrozenDictionary<AttributeName, string> Names = Enum.GetValues<AttributeName>().ToFrozenDictionary(n => n, n => n.ToString());

    private static FrozenDictionary<AttributeName, int> Ranks(AttributeName[] names) =>
        names.Index().ToFrozenDictionary(n => n.Item, n => n.Index);
}
