using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class HmacKeyTests
{
    public static TheoryData<DigestAlgorithm> Algorithms =>
        [.. Enum.GetValues<DigestAlgorithm>().Where(static a => a is not DigestAlgorithm.None and < DigestAlgorithm.InsecureMd5)];

    [Fact]
    public void Compute_Rfc4231Case2_GivesItsMacs()
    {
        // spec: RFC 4231 §4.3 "Test with a key shorter than the length of the HMAC output."
        Assert.Equal("A30E01098BC6DBBF45690F3A7E9E6D0F8BBEA2A39E6148008FD05E44", Mac(DigestAlgorithm.Sha224));
        Assert.Equal("5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843", Mac(DigestAlgorithm.Sha256));
        Assert.StartsWith("AF45D2E376484031617F78D2B58A6B1B", Mac(DigestAlgorithm.Sha384), StringComparison.Ordinal);
        Assert.StartsWith("164B7A7BFCF819E2E395FBE73B56E0A3", Mac(DigestAlgorithm.Sha512), StringComparison.Ordinal);

        static string Mac(DigestAlgorithm algorithm)
        {
            using var secret = SecretBytes.CopyFrom("Jefe"u8);
            using var key = new HmacKey(algorithm, secret);
            var mac = new byte[algorithm.DigestSizeInBytes()];
            key.Compute("what do ya want for nothing?"u8, mac);
            return Convert.ToHexString(mac);
        }
    }

    [Theory]
    [InlineData(DigestAlgorithm.Sha256)]
    [InlineData(DigestAlgorithm.Sha384)]
    [InlineData(DigestAlgorithm.Sha512)]
    public void Compute_KeyReusedForManyMessages_AgreesWithTheFramework(DigestAlgorithm algorithm)
    {
        foreach (var keyLength in new[] { 0, 1, 32, 64, 128, 129, 500 })
        {
            var bytes = RandomNumberGenerator.GetBytes(keyLength);
            using var secret = SecretBytes.CopyFrom(bytes);
            using var key = new HmacKey(algorithm, secret);
            for (var length = 0; length < 400; length += 7)
            {
                var message = RandomNumberGenerator.GetBytes(length);
                var mac = new byte[algorithm.DigestSizeInBytes()];
                key.Compute(message, mac);
                Assert.Equal(Framework(algorithm, bytes, message), mac);
                Assert.True(key.Verify(message, mac));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Verify_WrongMacOrLength_IsFalse(DigestAlgorithm algorithm)
    {
        using var secret = SecretBytes.Random(40);
        using var key = new HmacKey(algorithm, secret);
        var mac = new byte[algorithm.DigestSizeInBytes()];
        key.Compute("message"u8, mac);

        Assert.True(key.Verify("message"u8, mac));
        Assert.True(key.Verify("message"u8, mac.AsSpan(0, 16)));
        Assert.False(key.Verify("message"u8, mac.AsSpan(0, 15)));
        Assert.False(key.Verify("message"u8, []));
        Assert.False(key.Verify("message"u8, [.. mac, 0]));
        Assert.False(key.Verify("massage"u8, mac));
        for (var i = 0; i < mac.Length; i++)
        {
            mac[i] ^= 0x80;
            Assert.False(key.Verify("message"u8, mac));
            mac[i] ^= 0x80;
        }
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Compute_ManyThreads_EveryMacIsRight(DigestAlgorithm algorithm)
    {
        using var secret = SecretBytes.Random(32);
        using var key = new HmacKey(algorithm, secret);
        var messages = Enumerable.Range(0, 64).Select(static i => RandomNumberGenerator.GetBytes(i * 5)).ToArray();
        var macs = messages.Select(m => Compute(key, m)).ToArray();
        var wrong = 0;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            for (var i = 0; i < 5000; i++)
            {
                if (!key.Verify(messages[i % 64], macs[i % 64]))
                    Interlocked.Increment(ref wrong);
            }
        });

        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Compute_WrongSizeOrDisposed_Throws()
    {
        using var secret = SecretBytes.Random(32);
        var key = new HmacKey(DigestAlgorithm.Sha256, secret);
        Assert.Throws<ArgumentException>(() => key.Compute([], new byte[31]));
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Compute([], new byte[32]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HmacKey(DigestAlgorithm.None, secret));
        Assert.Equal("HmacKey(Sha256)", key.ToString());
    }

    private static byte[] Compute(HmacKey key, byte[] message)
    {
        var mac = new byte[key.MacSizeInBytes];
        key.Compute(message, mac);
        return mac;
    }

    private static byte[] Framework(DigestAlgorithm algorithm, byte[] key, byte[] message) => algorithm switch
    {
        DigestAlgorithm.Sha256 => HMACSHA256.HashData(key, message),
        DigestAlgorithm.Sha384 => HMACSHA384.HashData(key, message),
        _ => HMACSHA512.HashData(key, message),
    };
}
