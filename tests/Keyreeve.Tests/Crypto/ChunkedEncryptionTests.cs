using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class ChunkedEncryptionTests
{
    private const int Chunk = 16384;
    private const int Sealed = Chunk + 16;
    private static readonly byte[] Context = "a context"u8.ToArray();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Chunk - 1)]
    [InlineData(Chunk)]
    [InlineData(Chunk + 1)]
    [InlineData(2 * Chunk)]
    [InlineData(5 * Chunk + 77)]
    public void TryDecrypt_WhatEncryptMade_GivesThePlaintextBack(int length)
    {
        foreach (var algorithm in new[] { AeadAlgorithm.Aes128Gcm, AeadAlgorithm.Aes256Gcm })
        {
            using var key = SecretBytes.Random(algorithm.KeySizeInBytes);
            var plaintext = RandomNumberGenerator.GetBytes(length);
            var message = ChunkedEncryption.Encrypt(algorithm, key, Context, plaintext);

            Assert.Equal(ChunkedEncryption.CiphertextLength(length), message.Length);
            Assert.True(ChunkedEncryption.TryGetPlaintextLength(message.Length, out var plaintextLength));
            Assert.Equal(length, plaintextLength);
            var opened = new byte[length];
            Assert.True(ChunkedEncryption.TryDecrypt(algorithm, key, Context, message, opened, out var written));
            Assert.Equal(length, written);
            Assert.Equal(plaintext, opened);
        }
    }

    // spec: C2SP chunked-encryption "the final chunk which MUST be shorter than 16 KiB, and MAY be empty"
    // spec: C2SP chunked-encryption "the message MUST NOT exceed 2³⁸ chunks (4 PiB)"
    [Theory]
    [InlineData(0, 56 + 16)]
    [InlineData(16383, 56 + 16399)]
    [InlineData(16384, 56 + 16400 + 16)]
    [InlineData(20480, 56 + 16400 + 4096 + 16)]
    [InlineData((1L << 52) - 1, 56 + ((1L << 52) - 1) + 16 * (1L << 38))]
    public void CiphertextLength_AnyLength_HasOneChunking(long plaintextLength, long ciphertextLength)
    {
        Assert.Equal(ciphertextLength, ChunkedEncryption.CiphertextLength(plaintextLength));
        Assert.True(ChunkedEncryption.TryGetPlaintextLength(ciphertextLength, out var back));
        Assert.Equal(plaintextLength, back);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(55)]
    [InlineData(56)] // not even an empty chunk
    [InlineData(56 + 15)]
    [InlineData(56 + 16400)] // the last chunk is missing
    [InlineData(56 + 16400 + 15)]
    [InlineData(long.MaxValue)]
    public void TryGetPlaintextLength_LengthOfNoMessage_IsFalse(long ciphertextLength) =>
        Assert.False(ChunkedEncryption.TryGetPlaintextLength(ciphertextLength, out _));

    [Fact]
    public void CiphertextLength_OutOfRange_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ChunkedEncryption.CiphertextLength(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChunkedEncryption.CiphertextLength(1L << 52));
    }

    // spec: C2SP chunked-encryption "the same key size as the underlying AEAD"
    [Fact]
    public void Encrypt_WrongKeySizeOrAlgorithm_Throws()
    {
        using var key = SecretBytes.Random(16);
        Assert.Throws<ArgumentException>(() => ChunkedEncryption.Encrypt(AeadAlgorithm.Aes256Gcm, key, [], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChunkedEncryption.Encrypt(AeadAlgorithm.ChaCha20Poly1305, key, [], []));
        Assert.Throws<ArgumentException>(() =>
            ChunkedEncryption.TryDecrypt(AeadAlgorithm.Aes128Gcm, key, [], new byte[72 + 8], new byte[7], out _));
    }

    [Fact]
    [Trait("Attack", "37")]
    public void TryDecrypt_AnyByteAltered_IsFalseWithZeroedPlaintext()
    {
        using var key = SecretBytes.Random(32);
        var message = ChunkedEncryption.Encrypt(AeadAlgorithm.Aes256Gcm, key, Context, new byte[300]);
        for (var i = 0; i < message.Length; i++)
        {
            message[i] ^= 0x10;
            AssertRefused(key, Context, message);
            message[i] ^= 0x10;
        }
    }

    [Fact]
    [Trait("Attack", "41")]
    public void TryDecrypt_ChunksCutMovedRepeatedAppended_IsFalse()
    {
        using var key = SecretBytes.Random(32);
        foreach (var altered in ChunkAlterations.Of(key, Context))
            AssertRefused(key, Context, altered.Message);
    }

    // spec: C2SP chunked-encryption "implementations MUST check the commitment matches the derived value before continuing"
    [Fact]
    [Trait("Attack", "39")]
    public void TryDecrypt_OtherContextOrKey_IsFalse()
    {
        using var key = SecretBytes.Random(32);
        using var other = SecretBytes.Random(32);
        var message = ChunkedEncryption.Encrypt(AeadAlgorithm.Aes256Gcm, key, Context, new byte[300]);

        AssertRefused(key, [], message);
        AssertRefused(key, [.. Context, 0], message);
        AssertRefused(other, Context, message);
    }

    private static void AssertRefused(SecretBytes key, byte[] context, byte[] message)
    {
        var plaintext = new byte[message.Length];
        Assert.False(ChunkedEncryption.TryDecrypt(AeadAlgorithm.Aes256Gcm, key, context, message, plaintext, out var written));
        Assert.Equal(0, written);
        Assert.Equal(-1, plaintext.AsSpan().IndexOfAnyExcept((byte)0));
    }
}
