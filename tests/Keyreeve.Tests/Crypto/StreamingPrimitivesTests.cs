using System.Security.Cryptography;
using System.Text;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

/// <summary>What takes a message piece by piece, against the same in one piece, .NET or the published example.</summary>
public sealed class StreamingPrimitivesTests
{
    private static readonly byte[] Message = [.. Enumerable.Range(0, 200).Select(i => (byte)(i * 7 % 256))];

    public static TheoryData<AeadAlgorithm> SealingAlgorithms { get; } =
        [AeadAlgorithm.Aes128Gcm, AeadAlgorithm.Aes192Gcm, AeadAlgorithm.Aes256Gcm, AeadAlgorithm.ChaCha20Poly1305];

    [Theory]
    [MemberData(nameof(SealingAlgorithms))]
    public void StreamingAead_AnyPieces_GiveWhatTheWholeGives(AeadAlgorithm algorithm)
    {
        using var key = SecretBytes.Random(algorithm.KeySizeInBytes);
        using var whole = new AeadKey(algorithm, key);
        var nonce = new byte[12];
        var associated = Encoding.ASCII.GetBytes("beside it");
        var ciphertext = new byte[Message.Length];
        var tag = new byte[16];
        whole.Encrypt(nonce, Message, associated, ciphertext, tag);

        using var stream = StreamingAead.StartEncryption(algorithm, key, nonce, associated);
        byte[] pieces = [.. stream.Update(Message.AsSpan(0, 1)), .. stream.Update(default), .. stream.Update(Message.AsSpan(1, 130)), .. stream.Update(Message.AsSpan(131))];

        Assert.Equal(ciphertext, pieces);
        Assert.Equal(tag, stream.Final());
        Assert.Throws<InvalidOperationException>(() => stream.Update(default));
    }

    [Fact]
    public void StreamingAead_WrongSizes_AreRefused()
    {
        using var key = SecretBytes.Random(32);

        Assert.Throws<ArgumentException>(() => StreamingAead.StartEncryption(AeadAlgorithm.Aes128Gcm, key, new byte[12], default));
        Assert.Throws<ArgumentException>(() => StreamingAead.StartEncryption(AeadAlgorithm.Aes256Gcm, key, default, default));
        Assert.Throws<ArgumentException>(() => StreamingAead.StartEncryption(AeadAlgorithm.ChaCha20Poly1305, key, new byte[8], default));
        Assert.Throws<ArgumentException>(() => StreamingAead.StartEncryption(AeadAlgorithm.XChaCha20Poly1305, key, new byte[24], default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(200)]
    public void StartHmac_KeyOfAnyLength_IsWhatDotNetComputes(int keySizeInBytes)
    {
        var bytes = RandomNumberGenerator.GetBytes(keySizeInBytes);
        using var key = SecretBytes.CopyFrom(bytes);
        using var mac = StreamingMac.StartHmac(DigestAlgorithm.Sha384, key);
        mac.Update(Message.AsSpan(0, 50));
        mac.Update(Message.AsSpan(50));

        Assert.Equal(HMACSHA384.HashData(bytes, Message), mac.Final());
    }

    // RFC 8439 §2.5.2
    [Fact]
    public void InsecurePoly1305_ExampleOfTheRfc_IsReproduced()
    {
        using var key = SecretBytes.CopyFrom(Convert.FromHexString("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b"));
        using var mac = InsecurePoly1305.Start(key);
        mac.Update("Cryptographic Forum "u8);
        mac.Update("Research Group"u8);

        Assert.Equal("a8061dc1305136c6c22b8baf0c0127a9", Convert.ToHexStringLower(mac.Final()));
    }

    // NIST SP 800-38B, Appendix D.4, examples 13 and 14
    [Theory]
    [InlineData("", "b7a688e122ffaf95")]
    [InlineData("6bc1bee22e409f96", "8e8f293136283797")]
    public void InsecureTripleDesCmac_ExampleOfTheStandard_IsReproduced(string message, string code)
    {
        using var key = SecretBytes.CopyFrom(Convert.FromHexString("8aa83bf8cbda10620bc1bf19fbb6cd58bc313d4a371ca8b5"));
        using var mac = InsecureTripleDesCmac.Start(key);
        mac.Update(Convert.FromHexString(message));

        Assert.Equal(code, Convert.ToHexStringLower(mac.Final()));
    }

    [Fact]
    public void InsecureRsaUnhashedSignature_AnotherMessageOrKey_IsNone()
    {
        using var key = RsaPrivateKey.Generate(2048);
        using var other = RsaPrivateKey.Generate(2048);
        var signature = InsecureRsaUnhashedSignature.Sign(key, Message.AsSpan(0, 100));

        Assert.True(InsecureRsaUnhashedSignature.Verify(key.PublicKey, Message.AsSpan(0, 100), signature));
        Assert.False(InsecureRsaUnhashedSignature.Verify(key.PublicKey, Message.AsSpan(0, 99), signature));
        Assert.False(InsecureRsaUnhashedSignature.Verify(other.PublicKey, Message.AsSpan(0, 100), signature));
        Assert.True(InsecureRsaUnhashedSignature.TryRecover(key.PublicKey, signature, out var recovered));
        Assert.Equal(Message[..100], recovered);
        Assert.False(InsecureRsaUnhashedSignature.TryRecover(other.PublicKey, signature, out _));
        Assert.False(InsecureRsaUnhashedSignature.TryRecover(key.PublicKey, signature.AsSpan(1), out _));
        Assert.Throws<ArgumentException>(() => InsecureRsaUnhashedSignature.Sign(key, new byte[256 - 10]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(222)]
    public void VerifyDigestWithAnySalt_SaltOfThatLength_IsTaken(int saltSizeInBytes)
    {
        using var key = RsaPrivateKey.Generate(2048);
        var digest = SHA256.HashData(Message);
        var signature = RsaPss.SignDigest(key, new RsaPssParameters(DigestAlgorithm.Sha256, DigestAlgorithm.Sha256, saltSizeInBytes), digest);

        Assert.True(RsaPss.VerifyDigestWithAnySalt(key.PublicKey, DigestAlgorithm.Sha256, DigestAlgorithm.Sha256, digest, signature));
        Assert.False(RsaPss.VerifyDigestWithAnySalt(key.PublicKey, DigestAlgorithm.Sha256, DigestAlgorithm.Sha1, digest, signature));
        digest[0] ^= 1;
        Assert.False(RsaPss.VerifyDigestWithAnySalt(key.PublicKey, DigestAlgorithm.Sha256, DigestAlgorithm.Sha256, digest, signature));
    }

    [Fact]
    public void Stir_AnyBytes_LeavesTheGeneratorRandom()
    {
        CryptoRandom.Stir(new byte[48]);
        var first = new byte[2048];
        CryptoRandom.Fill(first);
        CryptoRandom.Stir(new byte[48]);
        var second = new byte[2048];
        CryptoRandom.Fill(second);

        Assert.NotEqual(first, second);
    }
}
