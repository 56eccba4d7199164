using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class NationalBlockCipherTests
{
    public static TheoryData<NationalBlockCipher, UnauthenticatedMode> Modes { get; } = [.. AllModes()];

    // RFC 3713 appendix A, RFC 5794 appendix A, GB/T 32907 example 1 (RFC 8998 appendix A has the key and text of it)
    [Theory]
    [InlineData(NationalBlockCipher.Camellia, "0123456789abcdeffedcba9876543210", "0123456789abcdeffedcba9876543210", "67673138549669730857065648eabe43")]
    [InlineData(NationalBlockCipher.Aria, "000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff", "d718fbd6ab644c739da95f3be6451778")]
    [InlineData(NationalBlockCipher.Sm4, "0123456789abcdeffedcba9876543210", "0123456789abcdeffedcba9876543210", "681edf34d206965e86b3e94f536e4246")]
    public void StartEncryption_ExampleOfTheStandard_IsReproduced(NationalBlockCipher cipher, string keyHex, string plaintext, string ciphertext)
    {
        using var key = SecretBytes.CopyFrom(Convert.FromHexString(keyHex));
        var started = NationalBlockCipherMode.StartEncryption(cipher, UnauthenticatedMode.InsecureEcb, key, default, BlockPadding.None);

        Assert.True(NationalBlockCipherMode.TryRun(started, Convert.FromHexString(plaintext), out var output));
        Assert.Equal(ciphertext, Convert.ToHexStringLower(output));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void StartDecryption_EveryModeAndKeySize_GivesTheMessageBack(NationalBlockCipher cipher, UnauthenticatedMode mode)
    {
        var message = RandomNumberGenerator.GetBytes(50);
        var padding = mode is UnauthenticatedMode.Cbc or UnauthenticatedMode.InsecureEcb ? BlockPadding.Pkcs7 : BlockPadding.None;
        var iv = new byte[mode == UnauthenticatedMode.InsecureEcb ? 0 : 16];
        foreach (var size in cipher == NationalBlockCipher.Sm4 ? [16] : new[] { 16, 24, 32 })
        {
            using var key = SecretBytes.Random(size);
            Assert.True(NationalBlockCipherMode.TryRun(NationalBlockCipherMode.StartEncryption(cipher, mode, key, iv, padding), message, out var ciphertext));
            Assert.True(NationalBlockCipherMode.TryRun(NationalBlockCipherMode.StartDecryption(cipher, mode, key, iv, padding), ciphertext, out var opened));
            Assert.NotEqual(message, ciphertext);
            Assert.Equal(message, opened);
        }
    }

    [Fact]
    public void StartEncryption_WrongSizes_AreRefused()
    {
        using var key = SecretBytes.Random(24);

        Assert.Throws<ArgumentException>(() => NationalBlockCipherMode.StartEncryption(NationalBlockCipher.Sm4, UnauthenticatedMode.Cbc, key, new byte[16], BlockPadding.Pkcs7));
        Assert.Throws<ArgumentException>(() => NationalBlockCipherMode.StartEncryption(NationalBlockCipher.Aria, UnauthenticatedMode.Cbc, key, new byte[12], BlockPadding.Pkcs7));
        Assert.Throws<ArgumentException>(() => NationalBlockCipherMode.StartEncryption(NationalBlockCipher.Aria, UnauthenticatedMode.Ctr, key, new byte[16], BlockPadding.Pkcs7));
        Assert.Throws<ArgumentOutOfRangeException>(() => NationalBlockCipherMode.StartEncryption(NationalBlockCipher.Unspecified, UnauthenticatedMode.Ctr, key, new byte[16], BlockPadding.None));
    }

    private static IEnumerable<(NationalBlockCipher Cipher, UnauthenticatedMode Mode)> AllModes() =>
        from cipher in Enum.GetValues<NationalBlockCipher>()
        where cipher != NationalBlockCipher.Unspecified
        from mode in Enum.GetValues<UnauthenticatedMode>()
        where mode != UnauthenticatedMode.Unspecified
        select (cipher, mode);
}
