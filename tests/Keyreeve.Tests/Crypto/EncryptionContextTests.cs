using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class EncryptionContextTests
{
    [Fact]
    public void ToBytes_TwoPairs_IsWhatTheSpecificationSays()
    {
        var context = EncryptionContext.Of(("tenant", "acme"), ("row", "42"));

        Assert.Equal(
            "0002" + "0003" + "726F77" + "00000002" + "3432" + "0006" + "74656E616E74" + "00000004" + "61636D65",
            Convert.ToHexString(context.ToBytes()));
        Assert.Equal("0000", Convert.ToHexString(EncryptionContext.Empty.ToBytes()));
    }

    [Fact]
    public void Of_AnyOrder_IsOneContext()
    {
        var one = EncryptionContext.Of(("a", "1"), ("b", "2"), ("aa", ""));
        var other = EncryptionContext.Of(("b", "2"), ("aa", ""), ("a", "1"));

        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.Equal("a aa b", string.Join(" ", one.Pairs.Keys));
        Assert.Equal("2", one.Pairs["b"]);
        Assert.NotEqual(one, EncryptionContext.Of(("a", "1"), ("b", "3"), ("aa", "")));
        Assert.NotEqual(one, EncryptionContext.Empty);
        Assert.Equal("EncryptionContext(a, aa, b)", one.ToString());
    }

    [Fact]
    public void Of_NamesBeyondTheBasicPlane_SortsByUtf8()
    {
        // U+FF5E sorts before U+1F511 in UTF-8 (EF… < F0…) and after it in UTF-16 (FF5E > D83D).
        var context = EncryptionContext.Of(("\U0001F511", "key"), ("\uFF5E", "tilde"), ("\U0001F510", "lock"));

        Assert.Equal("\uFF5E \U0001F510 \U0001F511", string.Join(" ", context.Pairs.Keys));
    }

    [Fact]
    [Trait("Attack", "39")]
    public void ToBytes_PairsThatJoinToTheSameText_Differ()
    {
        Assert.NotEqual(EncryptionContext.Of(("ab", "c")), EncryptionContext.Of(("a", "bc")));
        Assert.NotEqual(EncryptionContext.Of(("a", "b"), ("c", "d")), EncryptionContext.Of(("a", "bcd")));
        Assert.NotEqual(EncryptionContext.Of(("a", "")), EncryptionContext.Empty);
    }

    [Theory]
    [InlineData("", "value")]
    [InlineData("e\u0301", "not composed")]
    [InlineData("name", "e\u0301")]
    [InlineData("name", null)]
    [InlineData(null, "value")]
    [InlineData("\u212B", "Angstrom sign, which never occurs in NFC")]
    public void Of_IllFormed_Throws(string? name, string? value) =>
        Assert.Throws<ArgumentException>(() => EncryptionContext.Of((name!, value!)));

    [Fact]
    public void Of_HalfACharacter_Throws()
    {
        // Not as an attribute's argument: there the compiler would replace it.
        Assert.Throws<ArgumentException>(() => EncryptionContext.Of(("\uD800", "value")));
        Assert.Throws<ArgumentException>(() => EncryptionContext.Of(("name", "\uDC00x")));
    }

    [Fact]
    public void Of_DuplicateOrTooLarge_Throws()
    {
        Assert.Throws<ArgumentException>(() => EncryptionContext.Of(("a", "1"), ("a", "2")));
        Assert.Throws<ArgumentException>(() => EncryptionContext.Of(("a", new string('x', 8192))));
        Assert.Throws<ArgumentException>(() => EncryptionContext.Of(("a", new string('x', 4096)), ("b", new string('x', 4096))));

        // 2 + 2 + 1 + 4 bytes surround the value.
        Assert.Equal(8192, EncryptionContext.Of(("a", new string('x', 8183))).CanonicalBytes.Length);
        Assert.Throws<ArgumentException>(() => EncryptionContext.Of(("a", new string('x', 8184))));
    }

    [Fact]
    public void TryParse_Canonical_ComesBackTheSame()
    {
        foreach (var context in new[]
        {
            EncryptionContext.Empty,
            EncryptionContext.Of(("a", "")),
            EncryptionContext.Of(("tenant", "acme"), ("größe", "日本語"), ("\U0001F511", "é")),
        })
        {
            Assert.True(EncryptionContext.TryParse(context.CanonicalBytes, out var parsed));
            Assert.Equal(context, parsed);
            Assert.Equal(context.Pairs, parsed.Pairs);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("000000")] // a trailing byte
    [InlineData("0001")] // a pair is missing
    [InlineData("0000" + "0001" + "61" + "00000000")] // a pair too many
    [InlineData("0001" + "0000" + "00000000")] // an empty name
    [InlineData("0001" + "0001" + "61" + "FFFFFFFF")] // a value longer than the rest
    [InlineData("0001" + "FFFF" + "61" + "00000000")]
    [InlineData("0002" + "0001" + "62" + "00000000" + "0001" + "61" + "00000000")] // not sorted
    [InlineData("0002" + "0001" + "61" + "00000000" + "0001" + "61" + "00000000")] // twice
    [InlineData("0001" + "0001" + "FF" + "00000000")] // not UTF-8
    [InlineData("0001" + "0002" + "C080" + "00000000")] // overlong UTF-8
    [InlineData("0001" + "0003" + "65CC81" + "00000000")] // not in NFC
    public void TryParse_NotCanonical_IsFalse(string hex)
    {
        Assert.False(EncryptionContext.TryParse(Convert.FromHexString(hex), out var context));
        Assert.Null(context);
    }

    [Fact]
    public void TryParse_AnyBitFlipped_IsFalseOrAnotherContext()
    {
        var context = EncryptionContext.Of(("tenant", "acme"), ("row", "42"));
        var bytes = context.ToBytes();
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            if (EncryptionContext.TryParse(bytes, out var parsed))
            {
                Assert.NotEqual(context, parsed);
                Assert.True(parsed.CanonicalBytes.SequenceEqual(bytes));
            }

            bytes[bit / 8] ^= (byte)(1 << bit % 8);
        }
    }
}
