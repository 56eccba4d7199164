using System.Numerics;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class EcdsaEncodingTests
{
    private static readonly BigInteger Order = BigInteger.Parse(
        "0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        System.Globalization.NumberStyles.HexNumber,
        System.Globalization.CultureInfo.InvariantCulture);

    [Theory]
    [MemberData(nameof(EcKeyTests.Curves), MemberType = typeof(EcKeyTests))]
    public void Sign_BothFormats_Verify(EllipticCurve curve)
    {
        using var key = EcPrivateKey.Generate(curve);
        var message = "message"u8;
        foreach (var digest in Enum.GetValues<DigestAlgorithm>().Where(d => d is not DigestAlgorithm.None and < DigestAlgorithm.InsecureMd5))
        {
            foreach (var format in (EcdsaSignatureFormat[])[EcdsaSignatureFormat.Der, EcdsaSignatureFormat.P1363])
            {
                var signature = Ecdsa.Sign(key, digest, message, format);
                Assert.True(Ecdsa.Verify(key.PublicKey, digest, message, signature, format));
                Assert.False(Ecdsa.Verify(key.PublicKey, digest, "massage"u8, signature, format));
                signature[^1] ^= 1;
                Assert.False(Ecdsa.Verify(key.PublicKey, digest, message, signature, format));
            }
        }
    }

    [Fact]
    [Trait("Attack", "43")]
    public void Verify_AnyOtherEncodingOfARightSignature_IsFalse()
    {
        using var key = EcPrivateKey.Generate(EllipticCurve.P256);
        var message = "message"u8.ToArray();
        bool Verify(byte[] signature) =>
            Ecdsa.Verify(key.PublicKey, DigestAlgorithm.Sha256, message, signature, EcdsaSignatureFormat.Der);

        // Both numbers with their highest bit clear, so that each encoding below is the right one but for one thing.
        byte[] p1363;
        do
            p1363 = Ecdsa.Sign(key, DigestAlgorithm.Sha256, message, EcdsaSignatureFormat.P1363);
        while (p1363[0] is 0 or >= 0x80 || p1363[32] is 0 or >= 0x80);
        var (r, s) = (p1363[..32], p1363[32..]);
        byte[] canonical = [0x30, 68, 2, 32, .. r, 2, 32, .. s];
        Assert.True(Verify(canonical));

        var others = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["length in long form"] = [0x30, 0x81, 68, 2, 32, .. r, 2, 32, .. s],
            ["length in longer form"] = [0x30, 0x82, 0, 68, 2, 32, .. r, 2, 32, .. s],
            ["indefinite length"] = [0x30, 0x80, 2, 32, .. r, 2, 32, .. s, 0, 0],
            ["inner length in long form"] = [0x30, 69, 2, 0x81, 32, .. r, 2, 32, .. s],
            ["zero in front of r"] = [0x30, 69, 2, 33, 0, .. r, 2, 32, .. s],
            ["zeros in front of s"] = [0x30, 70, 2, 32, .. r, 2, 34, 0, 0, .. s],
            ["bytes after"] = [.. canonical, 0],
            ["bytes within"] = [0x30, 70, 2, 32, .. r, 2, 32, .. s, 5, 0],
            ["a third number"] = [0x30, 71, 2, 32, .. r, 2, 32, .. s, 2, 1, 1],
            ["a set"] = [0x31, 68, 2, 32, .. r, 2, 32, .. s],
            ["truncated"] = canonical[..^1],
            ["r beyond the order"] = Der(Number(r) + Order, Number(s)),
            ["s beyond the order"] = Der(Number(r), Number(s) + Order),
            ["r negative"] = Der(Number(r) - Order, Number(s)),
            ["s negative"] = Der(Number(r), Number(s) - Order),
            ["r zero"] = Der(0, Number(s)),
            ["the other format"] = p1363,
            ["nothing"] = [],
        };
        Assert.All(others, other => Assert.False(Verify(other.Value), other.Key));
    }

    [Fact]
    [Trait("Attack", "43")]
    public void Verify_P1363OfAnotherLength_IsFalse()
    {
        using var key = EcPrivateKey.Generate(EllipticCurve.P521);
        var message = "message"u8.ToArray();
        var right = Ecdsa.Sign(key, DigestAlgorithm.Sha512, message, EcdsaSignatureFormat.P1363);
        Assert.Equal(132, right.Length);
        foreach (var wrong in (byte[][])[right[..^1], [.. right, 0], [0, .. right[..66], 0, .. right[66..]], right[1..], []])
            Assert.False(Ecdsa.Verify(key.PublicKey, DigestAlgorithm.Sha512, message, wrong, EcdsaSignatureFormat.P1363));
    }

    [Fact]
    public void Sign_Misuse_IsRefused()
    {
        using var key = EcPrivateKey.Generate(EllipticCurve.P256);
        Assert.Throws<ArgumentException>(() => Ecdsa.SignDigest(key, new byte[19], EcdsaSignatureFormat.Der));
        Assert.Throws<ArgumentException>(() => Ecdsa.SignDigest(key, new byte[65], EcdsaSignatureFormat.Der));
        Assert.Throws<ArgumentOutOfRangeException>(() => Ecdsa.SignDigest(key, new byte[32], EcdsaSignatureFormat.Unspecified));
        Assert.Throws<ArgumentOutOfRangeException>(() => Ecdsa.Sign(key, DigestAlgorithm.None, default, EcdsaSignatureFormat.Der));
    }

    private static BigInteger Number(byte[] bigEndian) => new(bigEndian, isUnsigned: true, isBigEndian: true);

    private static byte[] Der(BigInteger r, BigInteger s)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(r);
            writer.WriteInteger(s);
        }

        return writer.Encode();
    }
}
