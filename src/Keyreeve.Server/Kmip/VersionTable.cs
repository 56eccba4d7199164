using System.Collections.Frozen;
using Keyreeve.Kmip;

namespace Keyreeve.Server.Kmip;

/// <summary>What the server does in some versions of the protocol and not in others. <see cref="VersionTable"/> says in which.</summary>
internal enum VersionTrait
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Instances of an attribute are numbered, and told apart by their index.</summary>
    NumbersInstances,

    /// <summary>The digest of the form that an object has, and no other. spec: KMIP 2.1 §4.26 has one of the default form as well.</summary>
    TellsOneDigest,

    /// <summary>A PKCS#12 container stands where a wrapped key stands: it is encrypted. OASIS' case of KMIP 1.4 has it so, that of 2.0 not.</summary>
    SendsContainersAsWrapped,

    /// <summary>Each link is an attribute of its own, names and groups are plain: <see cref="Translation.AttributeForms"/>.</summary>
    HasPlainAttributes,

    /// <summary>A profile has a name for each version of the standard; later one name, and the version beside it.</summary>
    NamesProfilesByVersion,

    /// <summary>Every answer to PKCS#11 has the Correlation Value. The cases of KMIP 2.x have it with the first alone.</summary>
    RepeatsCorrelationValue,

    /// <summary>Locate counts what it does not give. spec: KMIP 1.3 §4.9 "Located Items".</summary>
    CountsLocatedItems,

    /// <summary>The name of a certificate comes before that which its renewal takes over: OASIS' case TC-134.</summary>
    TakesOverNamesFirst,

    /// <summary>The server names requests to groups in interop mode alone: PyKMIP takes the field for a fault.</summary>
    NamesRequestsInInteropAlone,

    /// <summary>The Object Type Template.</summary>
    HasTemplates,

    /// <summary>The Object Type PGP Key. spec: KMIP 1.2 §9.1.3.2.12.</summary>
    HasPgpKeys,

    /// <summary>Links to a parent, a child, the previous and the next. spec: KMIP 1.2 §9.1.3.2.20.</summary>
    HasFamilyLinks,

    /// <summary>Links of PKCS#12. spec: KMIP 1.4 §9.1.3.2.20.</summary>
    HasContainerLinks,

    /// <summary>Links to the key that wraps. spec: KMIP 2.0 §11.28.</summary>
    HasWrappingKeyLinks,

    /// <summary>The Object Type Certificate Request.</summary>
    HasCertificateRequests,

    /// <summary>The Object Types of who asks, and by what: users, groups and their credentials.</summary>
    HasUsers,

    /// <summary>Get Attributes says Item Not Found of an object that is not there; before, Object Not Found. OASIS' case BL-M-20-30.</summary>
    SaysItemOfAttributes,
}

/// <summary>
/// Where the versions of the protocol have the server itself behave differently: the whole of it. What a version can express stands in
/// <c>Keyreeve.Kmip</c> (<c>VersionDifferences</c>, <c>AttributeTable</c>, <c>NameTables</c>), which reason it gives in <see cref="KmipErrors"/>,
/// which operations it has in <see cref="KmipRoutes"/>.
/// </summary>
internal static class VersionTable
{
    private static readonly FrozenDictionary<VersionTrait, (ProtocolVersion First, ProtocolVersion? Last)> Rows =
        new Dictionary<VersionTrait, (ProtocolVersion First, ProtocolVersion? Last)>
        {
            //                                            first                     last
            [VersionTrait.NumbersInstances] = (ProtocolVersion.Kmip10, ProtocolVersion.Kmip14),
            [VersionTrait.TellsOneDigest] = (ProtocolVersion.Kmip10, ProtocolVersion.Kmip14),
            [VersionTrait.SendsContainersAsWrapped] = (ProtocolVersion.Kmip10, ProtocolVersion.Kmip14),
            [VersionTrait.NamesProfilesByVersion] = (ProtocolVersion.Kmip10, ProtocolVersion.Kmip14),
            [VersionTrait.HasTemplates] = (ProtocolVersion.Kmip10, ProtocolVersion.Kmip14),
            [VersionTrait.TakesOverNamesFirst] = (ProtocolVersion.Kmip10, ProtocolVersion.Kmip11),
            [VersionTrait.HasPgpKeys] = (ProtocolVersion.Kmip12, null),
            [VersionTrait.HasFamilyLinks] = (ProtocolVersion.Kmip12, null),
            [VersionTrait.CountsLocatedItems] = (ProtocolVersion.Kmip13, null),
            [VersionTrait.HasContainerLinks] = (ProtocolVersion.Kmip14, null),
            [VersionTrait.HasWrappingKeyLinks] = (ProtocolVersion.Kmip20, null),
            [VersionTrait.HasCertificateRequests] = (ProtocolVersion.Kmip20, null),
            [VersionTrait.NamesRequestsInInteropAlone] = (ProtocolVersion.Kmip20, ProtocolVersion.Kmip20),
            [VersionTrait.HasPlainAttributes] = (ProtocolVersion.Kmip30, null),
            [VersionTrait.RepeatsCorrelationValue] = (ProtocolVersion.Kmip30, null),
            [VersionTrait.HasUsers] = (ProtocolVersion.Kmip30, null),
            [VersionTrait.SaysItemOfAttributes] = (ProtocolVersion.Kmip30, null),
        }.ToFrozenDictionary();

    /// <summary>Whether a version has it.</summary>
    public static bool Has(this ProtocolVersion version, VersionTrait trait)
    {
        var (first, last) = Rows[trait];
        return version >= first && (last is null || version <= last);
    }
}
