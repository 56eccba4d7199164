using Keyreeve.Kmip;
using Keyreeve.Server.Kmip;
using Keyreeve.Server.Kmip.Routes;
using Xunit;

namespace Keyreeve.Tests.Server.Kmip;

public sealed class ServerProfilesTests
{
    [Fact]
    public void For_EachVersion_TellsProfilesOfServersThatTheVersionHas()
    {
        foreach (var version in KmipRoutes.SupportedVersions.Where(v => v >= ProtocolVersion.Kmip13))
        {
            var names = ServerProfiles.For(version).Select(p => NameTables.EnumerationOf(Tag.ProfileName)!.Find((uint)p.ProfileName)!).ToList();

            Assert.All(names, row => Assert.Contains("Server", row.Name, StringComparison.Ordinal));
            Assert.All(names, row => Assert.True(row.Introduced <= version && (row.Last is not { } last || version <= last), $"{row.Name} in {version}"));
            Assert.Contains(names, row => row.Name.StartsWith("TapeLibraryServer", StringComparison.Ordinal));
            // A suite with RSA key transport is not offered, so that those of 1.x are not conformed to.
            Assert.Equal(version.Major >= 2, names.Exists(row => row.Name.StartsWith("BaselineServer", StringComparison.Ordinal)));
            Assert.DoesNotContain(names, row => row.Name.StartsWith("Complete", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void For_Kmip2_NamesTheVersionBesideTheProfile() => Assert.All(
        ServerProfiles.For(ProtocolVersion.Kmip21), p => Assert.Equal((2, 1), (p.ProfileVersion!.ProfileVersionMajor, p.ProfileVersion.ProfileVersionMinor)));
}
