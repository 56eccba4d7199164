using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class HkdfTests
{
    [Fact]
    public void Derive_Rfc5869Case1_GivesItsKey()
    {
        // spec: RFC 5869 §A.1 "Basic test case with SHA-256"
        // spec: RFC 5869 §2.2 "PRK = HMAC-Hash(salt, IKM)"
        // spec: RFC 5869 §2.3 "T(i) = HMAC-Hash(PRK, T(i-1) | info | i)"
        using var input = SecretBytes.CopyFrom(Convert.FromHexString("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"));
        using var derived = Hkdf.Derive(
            DigestAlgorithm.Sha256, input, Convert.FromHexString("000102030405060708090a0b0c"), Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9"), 42);

        Assert.True(derived.FixedTimeEquals(Convert.FromHexString(
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")));
    }

    [Theory]
    [InlineData(DigestAlgorithm.Sha1)]
    [InlineData(DigestAlgorithm.Sha256)]
    [InlineData(DigestAlgorithm.Sha384)]
    [InlineData(DigestAlgorithm.Sha512)]
    public void Derive_AnyLengths_AgreesWithTheFramework(DigestAlgorithm algorithm)
    {
        var name = algorithm switch
        {
            DigestAlgorithm.Sha1 => HashAlgorithmName.SHA1,
            DigestAlgorithm.Sha256 => HashAlgorithmName.SHA256,
            DigestAlgorithm.Sha384 => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512,
        };
        foreach (var length in new[] { 1, 19, 20, 64, 65, 128, 255 * algorithm.DigestSizeInBytes() })
        {
            var bytes = RandomNumberGenerator.GetBytes(length % 90);
            var salt = RandomNumberGenerator.GetBytes(length % 3 * 10);
            var info = RandomNumberGenerator.GetBytes(length % 70);
            using var input = SecretBytes.CopyFrom(bytes);
            using var derived = Hkdf.Derive(algorithm, input, salt, info, length);

            Assert.True(derived.FixedTimeEquals(HKDF.DeriveKey(name, bytes, length, salt, info)));
        }
    }

    [Fact]
    public void Expand_TooLong_Throws()
    {
        using var secret = SecretBytes.Random(32);
        using var key = new HmacKey(DigestAlgorithm.Sha256, secret);
        Assert.Throws<ArgumentException>(() => Hkdf.Expand(key, [], new byte[255 * 32 + 1]));
    }
}
