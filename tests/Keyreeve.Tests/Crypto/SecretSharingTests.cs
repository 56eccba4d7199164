using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class SecretSharingTests
{
    /// <summary>2^128 + 51.</summary>
    private const string Prime = "0100000000000000000000000000000033";

    private static readonly Dictionary<string, SecretSharing> Methods = new(StringComparer.Ordinal)
    {
        ["XOR"] = SecretSharing.Xor,
        ["GF(2^8)"] = SecretSharing.PolynomialGf256,
        ["GF(2^8) of AES"] = SecretSharing.PolynomialGf256OfAes,
        ["GF(2^16)"] = SecretSharing.PolynomialGf65536,
        ["prime field"] = SecretSharing.PolynomialPrimeField(Convert.FromHexString(Prime)),
    };

    public static TheoryData<string, int, int, int> Shapes()
    {
        var shapes = new TheoryData<string, int, int, int>();
        foreach (var method in Methods.Keys)
        {
            foreach (var (length, parts, threshold) in new[] { (16, 2, 2), (16, 5, 3), (1, 5, 5), (15, 7, 2), (16, 40, 20) })
                shapes.Add(method, length, parts, string.Equals(method, "XOR", StringComparison.Ordinal) ? parts : threshold);
        }

        return shapes;
    }

    /// <summary>The parts of KMIP's own examples, and of polynomials evaluated by schoolbook arithmetic elsewhere.</summary>
    public static TheoryData<string, int, string, string[]> KnownShares() => new()
    {
        {
            "GF(2^8)", 2, "0102030405060708090a0b0c0d0e0f10",
            ["1:66c46a7754f94de420c7b1a7fff5ec56", "2:cf93d1e2a7e593cd5b8d6247f4e5d49c",
                "3:a855b891f61ad9217240d8ec061e37da", "4:803dbad55cdd329fad19d99ae2c5a415"]
        },
        {
            "GF(2^8) of AES", 2, "01", ["1:66", "2:cf", "3:a8", "4:86"]
        },
        {
            "XOR", 4, "0102030405060708090a0b0c0d0e0f10",
            ["1:d4b92c299199298e30dee13b967e6dda", "2:35ea4f615686230c7b11538693674e89",
                "3:3478ddd2e1f89f2005011d26d9fff37c", "4:d429bd9e23e192aa47c4a497d1e8df3f"]
        },
        {
            "GF(2^16)", 3, "000102030405060708090a0b0c0d0e0f",
            ["1:f1c395a7390b5d6f8ebcead846742210", "2:ff54b21965ce28832d8660cbb71cfa51",
                "3:0e9625bd58c073ebab338018fd65d64e", "300:30a41e156cdd426c863aa88bda43f4f2",
                "65535:572285dde8c73a38302de2d28fc85d37"]
        },
        {
            "prime field", 3, "000102030405060708090a0b0c0d0e0f",
            ["1:00f2061a2e42566a7e7f4f1eeebe8e5e2e", "2:00e651bd2893ff6ad5f44ea9035db8123a",
                "3:00dce3eaf1f900070d6707a848e98a2a66", "7:00cdee0e2e4e6e8eab1b2a394857667456"]
        },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void TryCombine_ThresholdOfTheParts_GivesTheSecretBack(string method, int length, int parts, int threshold)
    {
        var sharing = Methods[method];
        using var secret = SecretBytes.Random(length);
        var shares = sharing.Split(secret, parts, threshold);
        Assert.Equal(Enumerable.Range(1, parts), shares.Select(static share => share.Identifier));
        var last = shares.Reverse().Take(threshold).ToArray();
        Assert.True(sharing.TryCombine(last, threshold, length, out var joined));
        using (joined)
            Assert.True(joined.Equals(secret));
        Assert.True(sharing.TryCombine(shares, threshold, length, out joined));
        joined.Dispose();
        Release(shares);
    }

    [Theory]
    [MemberData(nameof(KnownShares))]
    public void TryCombine_KnownShares_GivesTheKnownSecret(string method, int threshold, string secret, string[] parts)
    {
        var shares = parts.Select(Share).ToArray();
        var expected = Convert.FromHexString(secret);
        for (var first = 0; first + threshold <= shares.Length; first++)
        {
            var some = shares.Skip(first).Take(threshold).ToArray();
            Assert.True(Methods[method].TryCombine(some, threshold, expected.Length, out var joined));
            using (joined)
                Assert.True(joined.FixedTimeEquals(expected));
        }

        Release(shares);
    }

    [Theory]
    [InlineData("GF(2^8)")]
    [InlineData("GF(2^16)")]
    [InlineData("prime field")]
    public void TryCombine_SurplusPartAltered_IsFalse(string method)
    {
        using var secret = SecretBytes.Random(16);
        var shares = Methods[method].Split(secret, 5, 3);
        for (var altered = 0; altered < shares.Length; altered++)
        {
            var mixed = (SecretShare[])shares.Clone();
            using var other = new SecretShare(altered + 1, Flip(shares[altered].Value));
            mixed[altered] = other;
            Assert.False(Methods[method].TryCombine(mixed, 3, 16, out var joined));
            Assert.Null(joined);
        }

        Release(shares);
    }

    [Fact]
    public void Split_FewerPartsThanTheThreshold_FitEverySecret()
    {
        // Whatever one part of two says, some other part makes any secret of it: it tells nothing.
        using var known = SecretBytes.CopyFrom([0xA7]);
        var reached = new HashSet<byte>();
        for (var other = 0; other < 256; other++)
        {
            using var first = new SecretShare(1, known.Clone());
            using var second = new SecretShare(2, SecretBytes.CopyFrom([(byte)other]));
            Assert.True(SecretSharing.PolynomialGf256.TryCombine([first, second], 2, 1, out var joined));
            using (joined)
            using (var lease = joined.Reveal())
                reached.Add(lease.Span[0]);
        }

        Assert.Equal(256, reached.Count);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Split_Twice_GivesDifferentParts(string method, int length, int parts, int threshold)
    {
        using var secret = SecretBytes.Random(length);
        var (one, other) = (Methods[method].Split(secret, parts, threshold), Methods[method].Split(secret, parts, threshold));
        Assert.Contains(one.Zip(other), static pair => !pair.First.Value.Equals(pair.Second.Value));
        Release(one);
        Release(other);
    }

    [Fact]
    public void TryCombine_PartsThatCannotBe_AreRefused()
    {
        using var secret = SecretBytes.Random(16);
        var sharing = SecretSharing.PolynomialGf256;
        var shares = sharing.Split(secret, 3, 2);
        using var shorter = new SecretShare(2, SecretBytes.Random(15));
        using var beyond = new SecretShare(256, SecretBytes.Random(16));
        Assert.Throws<ArgumentException>(() => sharing.TryCombine(shares[..1], 2, 16, out _));
        Assert.Throws<ArgumentException>(() => sharing.TryCombine([shares[0], shares[0]], 2, 16, out _));
        Assert.Throws<ArgumentException>(() => sharing.TryCombine([shares[0], shorter], 2, 16, out _));
        Assert.Throws<ArgumentException>(() => sharing.TryCombine([shares[0], beyond], 2, 16, out _));
        Assert.False(sharing.TryCombine(shares, 2, 15, out _));
        Release(shares);
    }

    [Fact]
    public void Split_NumbersOutOfRange_AreRefused()
    {
        using var secret = SecretBytes.Random(16);
        using var empty = SecretBytes.Random(0);
        using var longer = SecretBytes.Random(17);
        Assert.ThrowsAny<ArgumentException>(() => SecretSharing.PolynomialGf256.Split(empty, 3, 2));
        Assert.ThrowsAny<ArgumentException>(() => SecretSharing.PolynomialGf256.Split(secret, 256, 2));
        Assert.ThrowsAny<ArgumentException>(() => SecretSharing.PolynomialGf256.Split(secret, 3, 1));
        Assert.ThrowsAny<ArgumentException>(() => SecretSharing.PolynomialGf256.Split(secret, 3, 4));
        Assert.ThrowsAny<ArgumentException>(() => SecretSharing.Xor.Split(secret, 3, 2));
        Assert.ThrowsAny<ArgumentException>(() => Methods["prime field"].Split(longer, 3, 2));
        Assert.ThrowsAny<ArgumentException>(() => SecretSharing.PolynomialPrimeField(Convert.FromHexString("0100000000000000000000000000000032")));
    }

    [Fact]
    public void Multiply_EveryElementByItsInverse_IsOne()
    {
        foreach (var field in new IBinaryField[] { new Gf256(0x11d), new Gf256(0x11b), new Gf65536() })
        {
            for (var element = 1; element <= field.NonZeroElements; element++)
                Assert.Equal(1, field.Multiply(element, field.Invert(element)));
        }
    }

    [Fact]
    public void Multiply_ThreeElements_AssociatesAndDistributes()
    {
        var field = new Gf65536();
        var random = new Random(20260101);
        for (var i = 0; i < 20_000; i++)
        {
            var (a, b, c) = (random.Next(65_536), random.Next(65_536), random.Next(65_536));
            Assert.Equal(field.Multiply(a, field.Multiply(b, c)), field.Multiply(field.Multiply(a, b), c));
            Assert.Equal(field.Multiply(a, b ^ c), field.Multiply(a, b) ^ field.Multiply(a, c));
            Assert.Equal(field.Multiply(a, b), field.Multiply(b, a));
        }
    }

    private static SecretShare Share(string text)
    {
        var separator = text.IndexOf(':', StringComparison.Ordinal);
        var identifier = int.Parse(text.AsSpan(0, separator), System.Globalization.CultureInfo.InvariantCulture);
        return new SecretShare(identifier, SecretBytes.CopyFrom(Convert.FromHexString(text.AsSpan(separator + 1))));
    }

    private static SecretBytes Flip(SecretBytes value)
    {
        using var lease = value.Reveal();
        var bytes = lease.Span.ToArray();
        bytes[^1] ^= 1;
        return SecretBytes.CopyFrom(bytes);
    }

    private static void Release(SecretShare[] shares) => Array.ForEach(shares, static share => share.Dispose());
}
