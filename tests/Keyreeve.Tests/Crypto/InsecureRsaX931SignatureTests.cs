using System.Numerics;
using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class InsecureRsaX931SignatureTests
{
    [Theory]
    [InlineData(DigestAlgorithm.Sha1, 20, "33CC")]
    [InlineData(DigestAlgorithm.Sha256, 32, "34CC")]
    [InlineData(DigestAlgorithm.Sha384, 48, "36CC")]
    [InlineData(DigestAlgorithm.Sha512, 64, "35CC")]
    public void SignDigest_ComputedByHand_IsThePaddedNumber(DigestAlgorithm algorithm, int sizeInBytes, string trailer)
    {
        using var reference = RSA.Create(1024);
        using var pkcs8 = SecretBytes.CopyFrom(reference.ExportPkcs8PrivateKey());
        using var key = RsaPrivateKey.ImportPkcs8(pkcs8, RsaKeyPolicy.InsecureAllowSmallRsa);
        var digest = RandomNumberGenerator.GetBytes(sizeInBytes);
        var signature = InsecureRsaX931Signature.SignDigest(key, algorithm, digest);

        // spec: ANSI X9.31 §5.4: s^e mod n, or n less that: the one that ends in C.
        var numbers = reference.ExportParameters(includePrivateParameters: false);
        var modulus = Number(numbers.Modulus!);
        var power = BigInteger.ModPow(Number(signature), Number(numbers.Exponent!), modulus);
        if (power % 16 != 12) power = modulus - power;
        var filling = string.Concat(Enumerable.Repeat("BB", 128 - sizeInBytes - 4));
        Assert.Equal("6B" + filling + "BA" + Convert.ToHexString(digest) + trailer, Convert.ToHexString(power.ToByteArray(isUnsigned: true, isBigEndian: true)));

        Assert.True(InsecureRsaX931Signature.VerifyDigest(key.PublicKey, algorithm, digest, signature));
        digest[0] ^= 1;
        Assert.False(InsecureRsaX931Signature.VerifyDigest(key.PublicKey, algorithm, digest, signature));
        Assert.False(InsecureRsaX931Signature.VerifyDigest(key.PublicKey, algorithm, digest, signature.AsSpan(1)));
    }

    [Fact]
    public void SignDigest_HashWithoutANumber_IsRefused()
    {
        using var reference = RSA.Create(1024);
        using var pkcs8 = SecretBytes.CopyFrom(reference.ExportPkcs8PrivateKey());
        using var key = RsaPrivateKey.ImportPkcs8(pkcs8, RsaKeyPolicy.InsecureAllowSmallRsa);
        Assert.Throws<ArgumentException>(() => InsecureRsaX931Signature.SignDigest(key, DigestAlgorithm.Sha224, new byte[28]));
        Assert.Throws<ArgumentException>(() => InsecureRsaX931Signature.SignDigest(key, DigestAlgorithm.Sha256, new byte[31]));
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
