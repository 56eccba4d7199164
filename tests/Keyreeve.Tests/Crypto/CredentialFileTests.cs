using Keyreeve.Crypto.Files;
using Xunit;

namespace Keyreeve.Tests.Crypto;

/// <summary>Files that systemd hands to a service, which show other owners and modes than those that are private otherwise.</summary>
public sealed class CredentialFileTests
{
    [Theory]
    [InlineData("/run/credentials/keyreeve.service/hsm-pin", 0, 0, 0b100_100_000, true)]
    [InlineData("/run/credentials/keyreeve.service/hsm-pin", 0, 0, 0b100_000_000, true)]
    [InlineData("/run/credentials/keyreeve.service/hsm-pin", 0, 0, 0b100_100_100, false)]
    [InlineData("/run/credentials/keyreeve.service/hsm-pin", 0, 0, 0b110_100_000, false)]
    [InlineData("/run/credentials/keyreeve.service/hsm-pin", 0, 0, 0b100_110_000, false)]
    [InlineData("/run/credentials/keyreeve.service/hsm-pin", 0, 100, 0b100_100_000, false)]
    [InlineData("/run/credentials/keyreeve.service/hsm-pin", 1000, 0, 0b100_100_000, false)]
    [InlineData("/run/credentials-of-mine/hsm-pin", 0, 0, 0b100_100_000, false)]
    [InlineData("/etc/keyreeve/hsm-pin", 0, 0, 0b100_100_000, false)]
    public void IsCredential_PlaceOwnersAndMode_DecideTogether(string path, uint owner, uint group, int mode, bool expected) =>
        Assert.Equal(expected, PrivateFile.IsCredential(path, new UnixFileFacts(owner, group, (UnixFileMode)mode, IsRegularFile: true)));
}
