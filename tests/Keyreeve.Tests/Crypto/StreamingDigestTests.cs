using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class StreamingDigestTests
{
    [Fact]
    public void Final_AnyPieces_GivesTheDigestOfTheWhole()
    {
        var message = RandomNumberGenerator.GetBytes(300);
        foreach (var algorithm in Enum.GetValues<DigestAlgorithm>().Where(a => a != DigestAlgorithm.None))
        {
            using var digest = new StreamingDigest(algorithm);
            digest.Update(default);
            digest.Update(message.AsSpan(0, 77));
            digest.Update(message.AsSpan(77));
            Assert.Equal(StreamingDigest.Compute(algorithm, message), digest.Final());
            Assert.Throws<InvalidOperationException>(() => digest.Update(message));
            Assert.Throws<InvalidOperationException>(() => digest.Final());
        }
    }

    [Theory]
    [InlineData(DigestAlgorithm.Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData(DigestAlgorithm.Sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7")]
    [InlineData(DigestAlgorithm.Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(DigestAlgorithm.Sha384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7")]
    [InlineData(DigestAlgorithm.Sha512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")]
    [InlineData(DigestAlgorithm.Sha512_224, "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa")]
    [InlineData(DigestAlgorithm.Sha512_256, "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23")]
    [InlineData(DigestAlgorithm.Sha3_224, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf")]
    [InlineData(DigestAlgorithm.Sha3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532")]
    [InlineData(DigestAlgorithm.Sha3_384, "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25")]
    [InlineData(DigestAlgorithm.Sha3_512, "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0")]
    [InlineData(DigestAlgorithm.InsecureMd5, "900150983cd24fb0d6963f7d28e17f72")]
    [InlineData(DigestAlgorithm.InsecureRipemd160, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc")]
    public void Compute_ExampleOfTheStandard_GivesItsDigest(DigestAlgorithm algorithm, string expected) =>
        Assert.Equal(expected, Convert.ToHexStringLower(StreamingDigest.Compute(algorithm, "abc"u8)));

    [Fact]
    public void New_NoAlgorithm_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamingDigest(DigestAlgorithm.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => StreamingDigest.Compute((DigestAlgorithm)99, default));
    }
}
