using System.Collections.Immutable;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>The profiles that the server conforms to. spec: KMIP Profiles 2.1 §4 and §5; KMIP 2.1 §11.41 "Profile Name Enumeration".</summary>
internal static class ServerProfiles
{
    // Claimed where the profile's own cases pass; not: those of 1.x that are named after an authentication suite, whose RSA key
    // transport is not offered; complete servers, since docs/spec-exceptions.md is not empty; Suite B and quantum safe servers, which
    // allow no other TLS suites.
    private static readonly ImmutableArray<string> Kinds =
    [
        "BaselineServer", "TapeLibraryServer", "SymmetricKeyLifecycleServer", "AsymmetricKeyLifecycleServer",
        "BasicCryptographicServer", "AdvancedCryptographicServer", "RNGCryptographicServer", "SymmetricKeyFoundryServer",
        "OpaqueManagedObjectStoreServer", "StorageArrayWithSelfEncryptingDriveServer", "HTTPSServer", "JSONServer", "XMLServer", "AESXTSServer",
        "PKCS_11Server",
    ];

    private const string VersionMark = "KMIPV";

    /// <summary>What to tell a client that speaks this version.</summary>
    // KMIP 1.x has a name for each profile of each version; KMIP 2.0 on one name for all, and the version beside it.
    public static ImmutableArray<ProfileInformation> For(ProtocolVersion version) =>
    [
        .. NameTables.EnumerationOf(Tag.ProfileName)!.Rows
            .Where(row => row.Introduced <= version && (row.Last is not { } last || version <= last) && Kinds.Contains(KindOf(row.Name), StringComparer.Ordinal))
            .Where(row => row.Name.Contains(VersionMark, StringComparison.Ordinal) == version.Has(VersionTrait.NamesProfilesByVersion))
            .Select(row => new ProfileInformation
            {
                ProfileName = (ProfileName)row.Value,
                ProfileVersion = version.Has(VersionTrait.NamesProfilesByVersion) ? null : new ProfileVersion { ProfileVersionMajor = version.Major, ProfileVersionMinor = version.Minor },
            }),
    ];

    private static string KindOf(string name) =>
        name.IndexOf(VersionMark, StringComparison.Ordinal) is >= 0 and var mark ? name[..mark] : name;
}
