using System.Globalization;
using Keyreeve.Core;
using Keyreeve.Server.Rest.Handlers;
using Xunit;

namespace Keyreeve.Tests.Server.Rest;

public sealed class Iso8601DurationTests
{
    [Theory]
    [InlineData("P7D", "7.00:00:00")]
    [InlineData("P2W", "14.00:00:00")]
    [InlineData("PT1H", "01:00:00")]
    [InlineData("PT90M", "01:30:00")]
    [InlineData("P1DT2H3M4S", "1.02:03:04")]
    [InlineData("PT0S", "00:00:00")]
    public void Parse_Duration_IsThatTime(string text, string expected) =>
        Assert.Equal(TimeSpan.Parse(expected, CultureInfo.InvariantCulture), Iso8601Duration.Parse(text, "after"));

    [Theory]
    [InlineData("")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P1DT")]
    [InlineData("P1Y")]
    [InlineData("P1M")]
    [InlineData("P1W2D")]
    [InlineData("1D")]
    [InlineData("-P1D")]
    [InlineData("P-1D")]
    [InlineData("P1.5D")]
    [InlineData("p1d")]
    [InlineData("P1D\n")]
    [InlineData("P9999999D")]
    public void Parse_AnythingElse_IsRefused(string text) =>
        Assert.Equal(KeyreeveError.InvalidField, Assert.Throws<KeyreeveException>(() => Iso8601Duration.Parse(text, "after")).Error);
}
