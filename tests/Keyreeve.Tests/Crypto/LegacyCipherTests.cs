using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class LegacyCipherTests
{
    [Theory]
    [InlineData(16, TripleDesMode.Ecb)]
    [InlineData(24, TripleDesMode.Ecb)]
    [InlineData(16, TripleDesMode.Cbc)]
    [InlineData(24, TripleDesMode.Cbc)]
    [InlineData(16, TripleDesMode.Cfb)]
    [InlineData(24, TripleDesMode.Cfb)]
    [SuppressMessage("Security", "CA5350", Justification = "The test compares Triple DES with .NET's.")]
    public void TripleDes_AgainstDotNet_IsTheSame(int keySize, TripleDesMode mode)
    {
        var keyBytes = RandomNumberGenerator.GetBytes(keySize);
        using var key = SecretBytes.CopyFrom(keyBytes);
        var iv = RandomNumberGenerator.GetBytes(8);
        var plaintext = RandomNumberGenerator.GetBytes(24);
        using var reference = TripleDES.Create();
        reference.Key = keySize == 24 ? keyBytes : [.. keyBytes, .. keyBytes[..8]];
        var expected = mode switch
        {
            TripleDesMode.Ecb => reference.EncryptEcb(plaintext, PaddingMode.PKCS7),
            TripleDesMode.Cbc => reference.EncryptCbc(plaintext, iv, PaddingMode.PKCS7),
            _ => reference.EncryptCfb(plaintext, iv, PaddingMode.None, feedbackSizeInBits: 64),
        };
        var padding = mode == TripleDesMode.Cfb ? BlockPadding.None : BlockPadding.Pkcs7;
        var usedIv = mode == TripleDesMode.Ecb ? [] : iv;
        Assert.Equal(expected, InsecureTripleDes.Encrypt(mode, key, usedIv, plaintext, padding));
        Assert.True(InsecureTripleDes.TryDecrypt(mode, key, usedIv, expected, padding, out var decrypted));
        Assert.Equal(plaintext, decrypted);
    }

    [Fact]
    public void TripleDes_Ofb_IsTheKeystreamOfRepeatedEncryption()
    {
        using var key = SecretBytes.Random(24);
        var iv = RandomNumberGenerator.GetBytes(8);
        var first = InsecureTripleDes.Encrypt(TripleDesMode.Ecb, key, default, iv, BlockPadding.None);
        var second = InsecureTripleDes.Encrypt(TripleDesMode.Ecb, key, default, first, BlockPadding.None);
        Assert.Equal(
            [.. first, .. second], InsecureTripleDes.Encrypt(TripleDesMode.Ofb, key, iv, new byte[16], BlockPadding.None));
    }

    [Fact]
    public void TripleDes_Misuse_IsRefused()
    {
        using var key = SecretBytes.Random(24);
        using var single = SecretBytes.Random(8);
        Assert.Throws<ArgumentException>(() => InsecureTripleDes.Encrypt(TripleDesMode.Cbc, single, new byte[8], default, BlockPadding.Pkcs7));
        Assert.Throws<ArgumentException>(() => InsecureTripleDes.Encrypt(TripleDesMode.Cbc, key, default, default, BlockPadding.Pkcs7));
        Assert.Throws<ArgumentException>(() => InsecureTripleDes.Encrypt(TripleDesMode.Ofb, key, new byte[8], default, BlockPadding.Pkcs7));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => InsecureTripleDes.Encrypt(TripleDesMode.Unspecified, key, new byte[8], default, BlockPadding.None));
    }

    [Fact]
    public void CbcMac_OneBlock_IsItsEncryption()
    {
        using var key = SecretBytes.Random(16);
        var block = RandomNumberGenerator.GetBytes(16);
        var mac = InsecureCbcMac.Compute(key, block);
        Assert.Equal(InsecureAesEcb.Encrypt(key, block, BlockPadding.None), mac);
        Assert.True(InsecureCbcMac.Verify(key, block, mac));
        Assert.False(InsecureCbcMac.Verify(key, block, mac.AsSpan(0, 15)));
    }

    [Fact]
    public void CbcMac_SeveralBlocks_IsTheLastOfTheChain()
    {
        using var key = SecretBytes.Random(32);
        var message = RandomNumberGenerator.GetBytes(40);
        byte[] padded = [.. message, .. new byte[8]];
        var chain = AesCbcMode.Encrypt(key, new byte[16], padded, BlockPadding.None);
        Assert.Equal(chain[^16..], InsecureCbcMac.Compute(key, message));
    }

    [Fact]
    public void AesCmac_InPieces_IsTheSameAsInOne()
    {
        using var key = SecretBytes.Random(32);
        var message = RandomNumberGenerator.GetBytes(100);
        var whole = AesCmac.Compute(key, message);
        for (var split = 0; split <= message.Length; split++)
        {
            using var mac = AesCmac.Start(key);
            mac.Update(message.AsSpan(0, split));
            mac.Update(message.AsSpan(split));
            Assert.True(mac.Verify(whole));
            Assert.Throws<InvalidOperationException>(() => mac.Final());
        }
    }

    // The test of Eric Young's libdes, as OpenSSL's destest.c had it; two equal keys make Triple DES the DES that it is for.
    [Fact]
    public void Pcbc_VectorOfLibdes_IsTheSame()
    {
        using var key = SecretBytes.CopyFrom(Convert.FromHexString("0123456789ABCDEF0123456789ABCDEF"));
        var iv = Convert.FromHexString("FEDCBA9876543210");
        byte[] plaintext = [.. "7654321 Now is the time for "u8, 0, 0, 0, 0];
        var ciphertext = InsecurePcbc.Encrypt(InsecureTripleDes.StartEncryption(TripleDesMode.Ecb, key, default, BlockPadding.None), iv, plaintext);
        Assert.Equal("CCD173FFAB2039F46DECB470A0E56B15AEA6BF61ED7D9C9FF717463B8AB3CC88", Convert.ToHexString(ciphertext));
        Assert.Equal(plaintext, InsecurePcbc.Decrypt(InsecureTripleDes.StartDecryption(TripleDesMode.Ecb, key, default, BlockPadding.None), iv, ciphertext));
    }

    [Fact]
    public void Pcbc_WrongLengths_AreRefused()
    {
        using var key = SecretBytes.Random(16);
        Assert.Throws<ArgumentException>(() => InsecurePcbc.Encrypt(InsecureAesEcb.StartEncryption(key, BlockPadding.None), new byte[16], new byte[15]));
        Assert.Throws<ArgumentException>(() => InsecurePcbc.Decrypt(InsecureAesEcb.StartDecryption(key, BlockPadding.None), new byte[8], new byte[16]));
    }
}
