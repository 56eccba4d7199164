using Keyreeve.Server.Rest.Routing;
using Xunit;

namespace Keyreeve.Tests.Server.Rest;

public sealed class EnrolmentOriginTests
{
    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("::ffff:192.0.2.1", "::ffff:198.51.100.1", false)]
    public void OriginOf_TwoAddresses_CountTogetherIfOneCallerHasBoth(string one, string other, bool together) =>
        Assert.Equal(together, string.Equals(PrincipalServices.OriginOf(one), PrincipalServices.OriginOf(other), StringComparison.Ordinal));
}
