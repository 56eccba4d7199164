using Keyreeve.Core.Access;
using Xunit;

namespace Keyreeve.Tests.Access;

public sealed class EnrolmentCodeTests
{
    [Fact]
    public void Generate_ManyTimes_HasItsFormAndNeverRepeats()
    {
        var codes = Enumerable.Range(0, 1000).Select(_ => EnrolmentCode.Generate(out var _)).ToArray();

        Assert.Equal(1000, codes.ToHashSet(StringComparer.Ordinal).Count);
        // 160 bits: eight groups of four, five bits each.
        Assert.All(codes, code => Assert.Matches("^kr-enrol-([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}$", code));
    }

    [Fact]
    public void TryHash_OfAGeneratedCode_IsItsHash()
    {
        for (var i = 0; i < 100; i++)
        {
            var code = EnrolmentCode.Generate(out var expected);

            Assert.True(EnrolmentCode.TryHash(code, out var hash));
            Assert.Equal(expected, hash);
            Assert.DoesNotContain(code[9..28].Replace("-", "", StringComparison.Ordinal), hash, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    [Trait("Attack", "24")]
    public void TryHash_OtherSpellingsOfOneCode_AreOneCode()
    {
        const string Code = "kr-enrol-0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ";
        Assert.True(EnrolmentCode.TryHash(Code, out var expected));

        foreach (var spelling in new[] { Code.ToLowerInvariant(), " " + Code + " ", Code.Replace("0123", "OI23", StringComparison.Ordinal), "KR-ENROL-0L23456789ABCDEFGHJKMNPQRSTVWXYZ", Code.Replace("-4567", " 4567", StringComparison.Ordinal) })
        {
            Assert.True(EnrolmentCode.TryHash(spelling, out var hash), spelling);
            Assert.Equal(expected, hash);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("kr-enrol-")]
    [InlineData("0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ")]
    [InlineData("kr-enrol-0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXY")]
    [InlineData("kr-enrol-0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ0")]
    [InlineData("kr-enrol-0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYU")]
    [InlineData("kr-enrol-0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXY\u0417")]
    [InlineData("kr-enrol-0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXY\u212A")]
    public void TryHash_AnythingElse_IsFalse(string text) => Assert.False(EnrolmentCode.TryHash(text, out _));
}
