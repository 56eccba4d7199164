using System.Text;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class PasswordHashingTests
{
    // RFC 7914 §12; its other examples need up to 1 GiB.
    [Theory]
    [InlineData("", "", 16, 1, 1, "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")]
    [InlineData("password", "NaCl", 1024, 8, 16, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")]
    [InlineData("pleaseletmein", "SodiumChloride", 16384, 8, 1, "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")]
    public void Scrypt_ExampleOfTheStandard_GivesItsKey(string password, string salt, int cost, int blockSize, int parallel, string expected)
    {
        using var key = Scrypt.DeriveCore(
            Encoding.ASCII.GetBytes(password), Encoding.ASCII.GetBytes(salt), new ScryptParameters(cost, blockSize, parallel), 64);
        Assert.True(key.FixedTimeEquals(Convert.FromHexString(expected)));
    }

    [Fact]
    public void Scrypt_SameInputs_GiveTheSameKeyOfTheLengthAskedFor()
    {
        using var password = SecretBytes.Random(12);
        var salt = new byte[16];
        var parameters = new ScryptParameters(1024, 8, 1);
        using var first = Scrypt.Derive(password, salt, parameters, 32);
        using var second = Scrypt.Derive(password, salt, parameters, 32);
        salt[0] = 1;
        using var other = Scrypt.Derive(password, salt, parameters, 32);
        Assert.Equal(32, first.LengthInBytes);
        Assert.True(first.Equals(second));
        Assert.False(first.Equals(other));
    }

    [Theory]
    [InlineData(0, 8, 1)]
    [InlineData(1, 8, 1)]
    [InlineData(1000, 8, 1)]
    [InlineData(1024, 0, 1)]
    [InlineData(1024, 8, 0)]
    [InlineData(1 << 21, 8, 1)]
    [InlineData(1 << 20, 8, 256)]
    [InlineData(1 << 30, int.MaxValue, int.MaxValue)]
    public void Scrypt_ParametersNotPermitted_AreRefused(int cost, int blockSize, int parallel)
    {
        using var password = SecretBytes.Random(12);
        Assert.Throws<ArgumentException>(
            () => Scrypt.Derive(password, new byte[16], new ScryptParameters(cost, blockSize, parallel), 32));
    }

    [Fact]
    public void Scrypt_SizesNotPermitted_AreRefused()
    {
        using var password = SecretBytes.Random(12);
        var parameters = new ScryptParameters(1024, 8, 1);
        Assert.Throws<ArgumentException>(() => Scrypt.Derive(password, new byte[15], parameters, 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => Scrypt.Derive(password, new byte[16], parameters, 15));
        Assert.Throws<ArgumentOutOfRangeException>(() => Scrypt.Derive(password, new byte[16], parameters, 1025));
    }

    [Fact]
    public void Pbkdf2_NumbersNotPermitted_AreRefused()
    {
        using var password = SecretBytes.Random(12);
        Assert.Throws<ArgumentException>(() => Pbkdf2.Derive(DigestAlgorithm.Sha256, password, default, 1, 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pbkdf2.Derive(DigestAlgorithm.Sha256, password, new byte[8], 0, 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pbkdf2.Derive(DigestAlgorithm.Sha256, password, new byte[8], 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pbkdf2.Derive(DigestAlgorithm.None, password, new byte[8], 1, 32));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Pbkdf2.Derive(DigestAlgorithm.Sha256, password, new byte[8], Pbkdf2.MaxIterations + 1, 32));
    }
}
