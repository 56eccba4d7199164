using Keyreeve.Server.Rest.Wire;
using Xunit;

namespace Keyreeve.Tests.Server.Rest;

public sealed class RawTargetTests
{
    [Theory]
    [InlineData("/v1/keys")]
    [InlineData("/v1/keys/orders-2026_a.b~c/versions")]
    [InlineData("/v1/keys?prefix=a&limit=10")]
    [InlineData("/v1/keys?group=payments%2Fcards")]
    [InlineData("/v1/keys?")]
    public void FindFault_PlainTarget_IsNull(string target) => Assert.Null(RawTarget.FindFault(target));

    // spec: RFC 9110 §4.2.4, RFC 9112 §3.2.1: only the origin-form, and nothing in it that has two readings
    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("*")]
    [InlineData("v1/keys")]
    [InlineData("http://localhost/v1/keys")]
    [InlineData("//localhost/v1/keys")]
    [InlineData("/v1//keys")]
    [InlineData("/v1/keys/")]
    [InlineData("/v1/./keys")]
    [InlineData("/v1/../keys")]
    [InlineData("/..")]
    [InlineData("/v1/%2e%2e/keys")]
    [InlineData("/v1/%6Beys")]
    [InlineData("/v1/ke\0ys")]
    [InlineData("/v1/ke\tys")]
    [InlineData("/v1/ke\\ys")]
    [InlineData("/v1/keys;a=b")]
    [InlineData("/v1/k\u00e9ys")]
    [InlineData("/v1/keys#top")]
    [InlineData("/v1/keys?a=%")]
    [InlineData("/v1/keys?a=%4")]
    [InlineData("/v1/keys?a=%0g")]
    [InlineData("/v1/keys?a=%00")]
    [InlineData("/v1/keys?a=%7f")]
    [InlineData("/v1/keys?a=%80")]
    [InlineData("/v1/keys?a=%20")]
    [InlineData("/v1/keys?a= ")]
    [Trait("Attack", "14")]
    public void FindFault_AnythingElse_IsExplained(string target) => Assert.NotNull(RawTarget.FindFault(target));

    [Fact]
    public void FindFault_TooLong_IsExplained() => Assert.NotNull(RawTarget.FindFault("/" + new string('a', RawTarget.MaxLength)));
}
