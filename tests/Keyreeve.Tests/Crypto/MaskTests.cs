using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class MaskTests
{
    [Theory]
    [InlineData(MaskRule.Everything, "anything", "****")]
    [InlineData(MaskRule.Everything, "", "****")]
    [InlineData(MaskRule.LastFour, "4111 1111 1111 1234", "************1234")]
    [InlineData(MaskRule.LastFour, "DE89 3704 0044 0532 0130 00", "******************3000")]
    [InlineData(MaskRule.LastFour, "12345678", "****5678")]
    [InlineData(MaskRule.LastFour, "1234567", "****")]
    [InlineData(MaskRule.LastFour, "----1234567----", "****")]
    [InlineData(MaskRule.Domain, "anna@example.org", "****@example.org")]
    [InlineData(MaskRule.Domain, "\"a@b\"@example.org", "****@example.org")]
    [InlineData(MaskRule.Domain, "anna", "****")]
    [InlineData(MaskRule.Domain, "@anna", "****")]
    [InlineData(MaskRule.Domain, "anna@", "****")]
    [InlineData(MaskRule.Domain, "write to anna@home and ask", "****")]
    [InlineData(MaskRule.Initials, "Anna Lind", "A. L.")]
    [InlineData(MaskRule.Initials, " Øyvind  Åse ", "Ø. Å.")]
    [InlineData(MaskRule.Initials, "𐐀bc", "𐐀.")]
    [InlineData(MaskRule.Initials, "X Lind", "****")]
    [InlineData(MaskRule.Initials, "one two three four five", "****")]
    [InlineData(MaskRule.Initials, "4711", "****")]
    [InlineData(MaskRule.Initials, "  ", "****")]
    public void Apply_Value_ShowsNoMoreThanTheRuleSays(MaskRule rule, string value, string mask) => Assert.Equal(mask, Mask.Apply(rule, value));

    [Fact]
    public void Apply_NoRule_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(static () => Mask.Apply(MaskRule.None, "x"));

    [Fact]
    public void Apply_LongValue_IsMaskedWholly() => Assert.Equal("****", Mask.Apply(MaskRule.LastFour, new string('7', 65)));

    [Fact]
    public void Rules_EveryRule_HasAWord() => Assert.Equal(Enum.GetValues<MaskRule>().Length - 1, Mask.Rules.Values.Distinct().Count());
}
