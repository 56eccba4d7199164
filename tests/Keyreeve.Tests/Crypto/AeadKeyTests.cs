using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

/// <summary>One contract for every algorithm; published vectors run in the conformance suite.</summary>
public sealed class AeadKeyTests
{
    public static TheoryData<AeadAlgorithm> Algorithms =>
        [.. Enum.GetValues<AeadAlgorithm>().Where(static a => a != AeadAlgorithm.None)];

    public static TheoryData<AeadAlgorithm> GcmAlgorithms =>
        [AeadAlgorithm.Aes128Gcm, AeadAlgorithm.Aes192Gcm, AeadAlgorithm.Aes256Gcm];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void TryDecrypt_WhatEncryptMade_GivesThePlaintextBack(AeadAlgorithm algorithm)
    {
        using var key = NewKey(algorithm);
        foreach (var length in new[] { 0, 1, 15, 16, 17, 64, 1000, 16384, 1_000_003 })
        {
            foreach (var aadLength in new[] { 0, 1, 16, 300 })
            {
                var message = Message.Random(algorithm, length, aadLength);
                key.Encrypt(message.Nonce, message.Plaintext, message.AssociatedData, message.Ciphertext, message.Tag);
                var opened = new byte[length];
                Assert.True(key.TryDecrypt(message.Nonce, message.Ciphertext, message.Tag, message.AssociatedData, opened));
                Assert.Equal(message.Plaintext, opened);
                if (length > 15)
                    Assert.NotEqual(message.Plaintext, message.Ciphertext);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    [Trait("Attack", "37")]
    public void TryDecrypt_AnyPartAltered_FailsWithZeroedPlaintext(AeadAlgorithm algorithm)
    {
        using var key = NewKey(algorithm);
        var message = Message.Random(algorithm, 50, 20);
        key.Encrypt(message.Nonce, message.Plaintext, message.AssociatedData, message.Ciphertext, message.Tag);
        foreach (var part in new[] { message.Nonce, message.Ciphertext, message.Tag, message.AssociatedData })
        {
            for (var i = 0; i < part.Length; i++)
            {
                part[i] ^= 1;
                AssertRefused(key, message.Nonce, message.Ciphertext, message.Tag, message.AssociatedData);
                part[i] ^= 1;
            }
        }

        var opened = new byte[50];
        Assert.True(key.TryDecrypt(message.Nonce, message.Ciphertext, message.Tag, message.AssociatedData, opened));
        Assert.Equal(message.Plaintext, opened);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void TryDecrypt_WrongSizes_FailsLikeAWrongTag(AeadAlgorithm algorithm)
    {
        using var key = NewKey(algorithm);
        var message = Message.Random(algorithm, 50, 20);
        key.Encrypt(message.Nonce, message.Plaintext, message.AssociatedData, message.Ciphertext, message.Tag);

        AssertRefused(key, message.Nonce[1..], message.Ciphertext, message.Tag, message.AssociatedData);
        AssertRefused(key, [], message.Ciphertext, message.Tag, message.AssociatedData);
        AssertRefused(key, new byte[129], message.Ciphertext, message.Tag, message.AssociatedData);
        AssertRefused(key, message.Nonce, message.Ciphertext[1..], message.Tag, message.AssociatedData);
        AssertRefused(key, message.Nonce, message.Ciphertext, message.Tag[..4], message.AssociatedData);
        AssertRefused(key, message.Nonce, message.Ciphertext, message.Tag[..11], message.AssociatedData);
        AssertRefused(key, message.Nonce, message.Ciphertext, [], message.AssociatedData);
        AssertRefused(key, message.Nonce, message.Ciphertext, [.. message.Tag, 0], message.AssociatedData);
        AssertRefused(key, message.Nonce, message.Ciphertext, message.Tag, message.AssociatedData[1..]);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Encrypt_InPlace_Works_PartOverlap_Throws(AeadAlgorithm algorithm)
    {
        using var key = NewKey(algorithm);
        var message = Message.Random(algorithm, 100, 5);
        var buffer = message.Plaintext.ToArray();
        key.Encrypt(message.Nonce, buffer, message.AssociatedData, buffer, message.Tag);
        Assert.True(key.TryDecrypt(message.Nonce, buffer, message.Tag, message.AssociatedData, buffer));
        Assert.Equal(message.Plaintext, buffer);

        Assert.Throws<ArgumentException>(() =>
            key.Encrypt(message.Nonce, buffer.AsSpan(0, 50), message.AssociatedData, buffer.AsSpan(1, 50), message.Tag));
        Assert.Throws<ArgumentException>(() =>
            key.TryDecrypt(message.Nonce, buffer.AsSpan(0, 50), message.Tag, message.AssociatedData, buffer.AsSpan(1, 50)));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Encrypt_WrongSizes_Throws(AeadAlgorithm algorithm)
    {
        using var key = NewKey(algorithm);
        var nonce = new byte[algorithm.NonceSizeInBytes];

        Assert.Throws<ArgumentException>(() => key.Encrypt([], new byte[8], [], new byte[8], new byte[16]));
        Assert.Throws<ArgumentException>(() => key.Encrypt(new byte[129], new byte[8], [], new byte[8], new byte[16]));
        Assert.Throws<ArgumentException>(() => key.Encrypt(nonce, new byte[8], [], new byte[9], new byte[16]));
        Assert.Throws<ArgumentException>(() => key.Encrypt(nonce, new byte[8], [], new byte[8], new byte[11]));
        Assert.Throws<ArgumentException>(() => key.Encrypt(nonce, new byte[8], [], new byte[8], new byte[17]));
        Assert.Throws<ArgumentException>(() => key.TryDecrypt(nonce, new byte[8], new byte[16], [], new byte[9]));
        using var shortKey = SecretBytes.Random(algorithm.KeySizeInBytes - 1);
        Assert.Throws<ArgumentException>(() => new AeadKey(algorithm, shortKey));
    }

    [Theory]
    [MemberData(nameof(GcmAlgorithms))]
    public void Encrypt_Gcm_AgreesWithTheFrameworksOwn(AeadAlgorithm algorithm)
    {
        using var secret = SecretBytes.Random(algorithm.KeySizeInBytes);
        using var key = new AeadKey(algorithm, secret);
        using var lease = secret.Reveal();
        foreach (var tagSize in new[] { 12, 13, 16 })
        {
            var message = Message.Random(algorithm, 77, 13);
            var tag = new byte[tagSize];
            key.Encrypt(message.Nonce, message.Plaintext, message.AssociatedData, message.Ciphertext, tag);

            using var other = new AesGcm(lease.Span, tagSize);
            var opened = new byte[77];
            other.Decrypt(message.Nonce, message.Ciphertext, tag, opened, message.AssociatedData);
            Assert.Equal(message.Plaintext, opened);
        }
    }

    [Theory]
    [MemberData(nameof(GcmAlgorithms))]
    public void TryDecrypt_GcmNoncesAndTagsOfEverySize_InTurn_Work(AeadAlgorithm algorithm)
    {
        using var secret = SecretBytes.Random(algorithm.KeySizeInBytes);
        using var key = AeadKey.CreateInsecureInterop(algorithm, secret);
        for (var nonceSize = 1; nonceSize <= 128; nonceSize++)
        {
            var message = Message.Random(algorithm, 33, 7);
            var nonce = RandomNumberGenerator.GetBytes(nonceSize);
            var tag = new byte[4 + nonceSize % 13];
            key.Encrypt(nonce, message.Plaintext, message.AssociatedData, message.Ciphertext, tag);
            var opened = new byte[33];
            Assert.True(key.TryDecrypt(nonce, message.Ciphertext, tag, message.AssociatedData, opened));
            Assert.Equal(message.Plaintext, opened);
            tag[0] ^= 1;
            AssertRefused(key, nonce, message.Ciphertext, tag, message.AssociatedData);
        }

        Assert.Throws<ArgumentException>(() => key.Encrypt(new byte[12], [], [], [], new byte[3]));
    }

    [Fact]
    public void CreateInsecureInterop_NotGcm_Throws()
    {
        using var secret = SecretBytes.Random(32);
        Assert.Throws<ArgumentException>(() => AeadKey.CreateInsecureInterop(AeadAlgorithm.ChaCha20Poly1305, secret));
    }

    [Fact]
    public void Encrypt_ChaCha20Poly1305_GivesTheRfcsExample()
    {
        // spec: RFC 8439 §2.8.2
        using var secret = SecretBytes.CopyFrom(Convert.FromHexString("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"));
        using var key = new AeadKey(AeadAlgorithm.ChaCha20Poly1305, secret);
        var plaintext = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."u8;
        var ciphertext = new byte[plaintext.Length];
        var tag = new byte[16];
        key.Encrypt(
            Convert.FromHexString("070000004041424344454647"), plaintext, Convert.FromHexString("50515253c0c1c2c3c4c5c6c7"), ciphertext, tag);

        Assert.Equal("1AE10B594F09E26A7E902ECBD0600691", Convert.ToHexString(tag));
        Assert.StartsWith("D31A8D34648E60DB7B86AFBC53EF7EC2", Convert.ToHexString(ciphertext), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Key_ManyThreads_EveryMessageIsRight(AeadAlgorithm algorithm)
    {
        using var key = NewKey(algorithm);
        var wrong = 0;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            for (var i = 0; i < 2000; i++)
            {
                var message = Message.Random(algorithm, i % 100, i % 30);
                key.Encrypt(message.Nonce, message.Plaintext, message.AssociatedData, message.Ciphertext, message.Tag);
                var opened = new byte[message.Plaintext.Length];
                if (!key.TryDecrypt(message.Nonce, message.Ciphertext, message.Tag, message.AssociatedData, opened)
                    || !opened.AsSpan().SequenceEqual(message.Plaintext))
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        });

        Assert.Equal(0, wrong);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Encrypt_AfterDispose_Throws_WhileOthersRun_EndsWell(AeadAlgorithm algorithm)
    {
        var key = NewKey(algorithm);
        var message = Message.Random(algorithm, 64, 0);
        key.Encrypt(message.Nonce, message.Plaintext, [], message.Ciphertext, message.Tag);
        var worker = new Thread(() =>
        {
            var opened = new byte[64];
            Assert.Throws<ObjectDisposedException>(() =>
            {
                while (key.TryDecrypt(message.Nonce, message.Ciphertext, message.Tag, [], opened))
                    Assert.Equal(message.Plaintext, opened);
            });
        });
        worker.Start();
        key.Dispose();
        worker.Join();

        Assert.Throws<ObjectDisposedException>(() => key.Encrypt(message.Nonce, message.Plaintext, [], message.Ciphertext, message.Tag));
        Assert.Equal($"AeadKey({algorithm})", key.ToString());
    }

    [Fact]
    public void Sizes_NoAlgorithm_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => AeadAlgorithm.None.KeySizeInBytes);
        Assert.Throws<ArgumentOutOfRangeException>(() => AeadAlgorithm.None.NonceSizeInBytes);
        Assert.Throws<ArgumentOutOfRangeException>(() => AeadAlgorithm.None.TagSizeInBytes);
        Assert.False(AeadAlgorithm.None.IsAvailable);
        Assert.Equal(default, AeadAlgorithm.None);
    }

    private static AeadKey NewKey(AeadAlgorithm algorithm)
    {
        Assert.SkipUnless(algorithm.IsAvailable, "libsodium is not installed");
        using var secret = SecretBytes.Random(algorithm.KeySizeInBytes);
        return new AeadKey(algorithm, secret);
    }

    private static void AssertRefused(AeadKey key, byte[] nonce, byte[] ciphertext, byte[] tag, byte[] associatedData)
    {
        var plaintext = new byte[ciphertext.Length];
        plaintext.AsSpan().Fill(0xAA);
        Assert.False(key.TryDecrypt(nonce, ciphertext, tag, associatedData, plaintext));
        Assert.Equal(-1, plaintext.AsSpan().IndexOfAnyExcept((byte)0));
    }

    private sealed class Message
    {
        public required byte[] Nonce { get; init; }

        public required byte[] Plaintext { get; init; }

        public required byte[] AssociatedData { get; init; }

        public required byte[] Ciphertext { get; init; }

        public required byte[] Tag { get; init; }

        public static Message Random(AeadAlgorithm algorithm, int length, int aadLength) => new()
        {
            Nonce = RandomNumberGenerator.GetBytes(algorithm.NonceSizeInBytes),
            Plaintext = RandomNumberGenerator.GetBytes(length),
            AssociatedData = RandomNumberGenerator.GetBytes(aadLength),
            Ciphertext = new byte[length],
            Tag = new byte[algorithm.TagSizeInBytes],
        };
    }
}
