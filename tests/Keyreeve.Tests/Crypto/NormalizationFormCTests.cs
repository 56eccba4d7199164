using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class NormalizationFormCTests
{
    // spec: UAX #15 §9 "Detecting Normalization Forms"
    // spec: UAX #15 D115 "blocked"
    // spec: Unicode 14.0 §3.12 "Conjoining Jamo Behavior"
    [Theory]
    [InlineData("")]
    [InlineData("plain ASCII")]
    [InlineData("größe, naïve, Ærøskøbing")]
    [InlineData("日本語 한국어 العربية हिन्दी")]
    [InlineData("\u1EC7")] // e with circumflex and dot below, in one
    [InlineData("q\u0323\u0307")] // marks in canonical order that compose with nothing
    [InlineData("\u09AC\u09BE")] // Bengali BA and AA, which may compose, but not with each other
    [InlineData("\uAC01")] // a Hangul syllable
    [InlineData("\u1100")] // a lead jamo alone
    [InlineData("\U0001F511")]
    [InlineData("\u0301")] // a mark with nothing before it
    public void IsNormalized_FormC_True(string text) => Assert.True(NormalizationFormC.IsNormalized(text));

    [Theory]
    [Trait("Attack", "14")]
    [InlineData("e\u0301")]
    [InlineData("Cafe\u0301")]
    [InlineData("\u00EA\u0323")] // e-circumflex, dot below: composes only after reordering
    [InlineData("q\u0307\u0323")] // marks out of order
    [InlineData("\u212B")] // Angstrom sign
    [InlineData("\u0340")] // a mark that is another's double
    [InlineData("\u0958")] // excluded from composition
    [InlineData("\u09C7\u09BE")] // Bengali E and AA are O
    [InlineData("\u1100\u1161")] // jamo of a syllable
    [InlineData("\uAC00\u11A8")] // a syllable and its trail
    [InlineData("\U00011131\U00011127")] // Chakma O, beyond the basic plane
    [InlineData("\uF900")] // compatibility ideograph
    public void IsNormalized_AnythingElse_False(string text) => Assert.False(NormalizationFormC.IsNormalized(text));

    [Fact]
    public void IsNormalized_HalfACharacter_False() => Assert.False(NormalizationFormC.IsNormalized("x\uD83D"));
}
