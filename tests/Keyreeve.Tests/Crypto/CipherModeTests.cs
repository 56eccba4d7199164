using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class CipherModeTests
{
    // SP 800-38A, appendix F: the key of 128 bits and the first two blocks.
    private const string Key = "2b7e151628aed2a6abf7158809cf4f3c";
    private const string Plaintext = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
    private const string Iv = "000102030405060708090a0b0c0d0e0f";
    private const string Counter = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

    [Theory]
    [InlineData("ECB", "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf")]
    [InlineData("CBC", "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2")]
    [InlineData("CFB", "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b")]
    [InlineData("OFB", "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825")]
    [InlineData("CTR", "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff")]
    public void Mode_ExampleOfTheStandard_GivesItsCiphertext(string mode, string ciphertext)
    {
        using var key = Secret(Key);
        using var encryption = Start(mode, key, encrypt: true);
        using var decryption = Start(mode, key, encrypt: false);
        Assert.Equal(ciphertext, Convert.ToHexStringLower(Run(encryption, Convert.FromHexString(Plaintext), 32)));
        Assert.Equal(Plaintext, Convert.ToHexStringLower(Run(decryption, Convert.FromHexString(ciphertext), 32)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(333)]
    public void StreamingCipher_AnyPieces_GivesTheSameAsOnePiece(int pieceSize)
    {
        using var key = SecretBytes.Random(32);
        var iv = RandomNumberGenerator.GetBytes(16);
        for (var length = 0; length < 70; length++)
        {
            var plaintext = RandomNumberGenerator.GetBytes(length);
            var whole = AesCbcMode.Encrypt(key, iv, plaintext, BlockPadding.Pkcs7);
            using var encryption = AesCbcMode.StartEncryption(key, iv, BlockPadding.Pkcs7);
            Assert.Equal(whole, Run(encryption, plaintext, pieceSize));
            using var decryption = AesCbcMode.StartDecryption(key, iv, BlockPadding.Pkcs7);
            Assert.Equal(plaintext, Run(decryption, whole, pieceSize));
            using var counter = AesCtrMode.Start(key, iv);
            Assert.Equal(AesCtrMode.Transform(key, iv, plaintext), Run(counter, plaintext, pieceSize));
        }
    }

    [Fact]
    public void AesCbc_WrongPadding_IsFalse()
    {
        using var key = SecretBytes.Random(32);
        var iv = new byte[16];
        var block = new byte[16];
        foreach (var last in (byte[])[0, 17, 255])
        {
            block[^1] = last;
            var ciphertext = AesCbcMode.Encrypt(key, iv, block, BlockPadding.None);
            Assert.False(AesCbcMode.TryDecrypt(key, iv, ciphertext, BlockPadding.Pkcs7, out var plaintext));
            Assert.Null(plaintext);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(17)]
    public void AesCbc_CiphertextNotOfWholeBlocks_IsFalse(int length)
    {
        using var key = SecretBytes.Random(16);
        Assert.False(AesCbcMode.TryDecrypt(key, new byte[16], new byte[length], BlockPadding.Pkcs7, out _));
        Assert.Equal(length == 0, AesCbcMode.TryDecrypt(key, new byte[16], new byte[length], BlockPadding.None, out _));
    }

    [Fact]
    public void Mode_Misuse_IsRefused()
    {
        using var key = SecretBytes.Random(32);
        using var wrongKey = SecretBytes.Random(20);
        var iv = new byte[16];
        Assert.Throws<ArgumentException>(() => AesCbcMode.Encrypt(wrongKey, iv, iv, BlockPadding.Pkcs7));
        Assert.Throws<ArgumentException>(() => AesCbcMode.Encrypt(key, iv.AsSpan(1), iv, BlockPadding.Pkcs7));
        Assert.Throws<ArgumentException>(() => AesCbcMode.Encrypt(key, iv, iv.AsSpan(1), BlockPadding.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => AesCbcMode.Encrypt(key, iv, iv, BlockPadding.Unspecified));
        Assert.Throws<ArgumentException>(() => AesCtrMode.Transform(key, iv.AsSpan(1), iv));
        Assert.Throws<ArgumentOutOfRangeException>(() => InsecureAesFeedbackMode.Encrypt(FeedbackMode.Unspecified, key, iv, iv));
    }

    [Fact]
    public void StreamingCipher_AfterFinal_IsRefused()
    {
        using var key = SecretBytes.Random(32);
        using var cipher = AesCtrMode.Start(key, new byte[16]);
        Assert.True(cipher.TryFinal(new byte[1], out _));
        Assert.Throws<InvalidOperationException>(() => cipher.Update(new byte[1], new byte[2]));
        Assert.Throws<InvalidOperationException>(() => cipher.TryFinal(new byte[1], out _));
    }

    [Fact]
    public void StreamingCipher_DestinationTooShortOrOverlapping_IsRefused()
    {
        using var key = SecretBytes.Random(32);
        using var cipher = AesCbcMode.StartEncryption(key, new byte[16], BlockPadding.Pkcs7);
        var buffer = new byte[64];
        Assert.Throws<ArgumentException>(() => cipher.Update(buffer.AsSpan(0, 16), new byte[31]));
        Assert.Throws<ArgumentException>(() => cipher.Update(buffer.AsSpan(0, 16), buffer.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => cipher.TryFinal(new byte[15], out _));
    }

    [Fact]
    public void AesXts_EqualHalves_AreRefused()
    {
        using var key = SecretBytes.Create(64, 0, static (bytes, _) => bytes.Fill(7));
        Assert.Throws<ArgumentException>(() => AesXtsMode.Encrypt(key, new byte[16], new byte[16]));
        Assert.Throws<ArgumentException>(() => AesXtsMode.Decrypt(key, new byte[16], new byte[16]));
    }

    [Fact]
    public void AesCcm_MessageTooLongForNonce_IsRefused()
    {
        using var key = SecretBytes.Random(32);
        var message = new byte[1 << 16];
        var tag = new byte[16];
        Assert.Throws<ArgumentException>(() => AesCcmMode.Encrypt(key, new byte[13], message, new byte[message.Length], tag));
        AesCcmMode.Encrypt(key, new byte[12], message, new byte[message.Length], tag);
    }

    private static byte[] Run(StreamingCipher cipher, byte[] input, int pieceSize)
    {
        var output = new List<byte>();
        var buffer = new byte[cipher.MaxOutputSizeInBytes(pieceSize)];
        for (var start = 0; start < input.Length; start += pieceSize)
        {
            var piece = input.AsSpan(start, Math.Min(pieceSize, input.Length - start));
            output.AddRange(buffer.AsSpan(0, cipher.Update(piece, buffer)));
        }

        Assert.True(cipher.TryFinal(buffer, out var rest));
        output.AddRange(buffer.AsSpan(0, rest));
        return [.. output];
    }

    private static StreamingCipher Start(string mode, SecretBytes key, bool encrypt)
    {
        var iv = Convert.FromHexString(Iv);
        return (mode, encrypt) switch
        {
            ("ECB", true) => InsecureAesEcb.StartEncryption(key, BlockPadding.None),
            ("ECB", false) => InsecureAesEcb.StartDecryption(key, BlockPadding.None),
            ("CBC", true) => AesCbcMode.StartEncryption(key, iv, BlockPadding.None),
            ("CBC", false) => AesCbcMode.StartDecryption(key, iv, BlockPadding.None),
            ("CFB", true) => InsecureAesFeedbackMode.StartEncryption(FeedbackMode.Cfb, key, iv),
            ("CFB", false) => InsecureAesFeedbackMode.StartDecryption(FeedbackMode.Cfb, key, iv),
            ("OFB", true) => InsecureAesFeedbackMode.StartEncryption(FeedbackMode.Ofb, key, iv),
            ("OFB", false) => InsecureAesFeedbackMode.StartDecryption(FeedbackMode.Ofb, key, iv),
            _ => AesCtrMode.Start(key, Convert.FromHexString(Counter)),
        };
    }

    private static SecretBytes Secret(string hex) => SecretBytes.CopyFrom(Convert.FromHexString(hex));
}
