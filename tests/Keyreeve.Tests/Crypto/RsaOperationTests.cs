using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class RsaOperationTests : IDisposable
{
    private readonly RsaPrivateKey _key = NewKey();

    public void Dispose() => _key.Dispose();

    [Fact]
    public void Pss_EveryDigestAndSalt_Verifies()
    {
        foreach (var digest in Enum.GetValues<DigestAlgorithm>().Where(d => d is not DigestAlgorithm.None and < DigestAlgorithm.InsecureMd5))
        {
            foreach (var parameters in (RsaPssParameters[])
                     [
                         RsaPssParameters.Default(digest),
                         new RsaPssParameters(digest, DigestAlgorithm.Sha1, 0),
                         new RsaPssParameters(digest, DigestAlgorithm.Sha512_256, 100),
                     ])
            {
                var signature = RsaPss.Sign(_key, parameters, "m"u8);
                Assert.True(RsaPss.Verify(_key.PublicKey, parameters, "m"u8, signature));
                Assert.False(RsaPss.Verify(_key.PublicKey, parameters, "n"u8, signature));
                Assert.False(RsaPss.Verify(
                    _key.PublicKey, parameters with { SaltSizeInBytes = parameters.SaltSizeInBytes + 1 }, "m"u8, signature));
            }
        }
    }

    [Fact]
    public void Pss_OfDotNet_Verifies()
    {
        using var reference = Reference();
        var signature = reference.SignData("m"u8, HashAlgorithmName.SHA384, RSASignaturePadding.Pss);
        Assert.True(RsaPss.Verify(_key.PublicKey, RsaPssParameters.Default(DigestAlgorithm.Sha384), "m"u8, signature));
        signature = RsaPss.Sign(_key, RsaPssParameters.Default(DigestAlgorithm.Sha384), "m"u8);
        Assert.True(reference.VerifyData("m"u8, signature, HashAlgorithmName.SHA384, RSASignaturePadding.Pss));
    }

    [Fact]
    public void Pss_SaltTooLongForTheModulus_IsRefused()
    {
        var parameters = new RsaPssParameters(DigestAlgorithm.Sha512, DigestAlgorithm.Sha512, 256 - 64 - 2);
        RsaPss.Sign(_key, parameters, "m"u8);
        var longer = parameters with { SaltSizeInBytes = parameters.SaltSizeInBytes + 1 };
        Assert.Throws<ArgumentException>(() => RsaPss.Sign(_key, longer, "m"u8));
        Assert.False(RsaPss.Verify(_key.PublicKey, longer, "m"u8, new byte[256]));
        Assert.Throws<ArgumentException>(() => RsaPss.Sign(_key, parameters with { SaltSizeInBytes = -1 }, "m"u8));
        Assert.Throws<ArgumentOutOfRangeException>(() => RsaPss.Sign(_key, parameters with { MaskDigest = DigestAlgorithm.None }, "m"u8));
    }

    [Fact]
    public void Pkcs1Signature_EveryDigest_Verifies()
    {
        foreach (var digest in Enum.GetValues<DigestAlgorithm>().Where(d => d is not DigestAlgorithm.None and < DigestAlgorithm.InsecureMd5))
        {
            var signature = RsaPkcs1Signature.Sign(_key, digest, "m"u8);
            Assert.True(RsaPkcs1Signature.Verify(_key.PublicKey, digest, "m"u8, signature));
            Assert.False(RsaPkcs1Signature.Verify(_key.PublicKey, digest, "n"u8, signature));
            Assert.False(RsaPkcs1Signature.Verify(_key.PublicKey, digest, "m"u8, signature.AsSpan(1)));
            Assert.False(RsaPkcs1Signature.Verify(_key.PublicKey, digest, "m"u8, [0, .. signature]));
        }
    }

    [Fact]
    public void Oaep_EveryDigest_GivesThePlaintextBack()
    {
        foreach (var digest in Enum.GetValues<DigestAlgorithm>().Where(d => d is not DigestAlgorithm.None and < DigestAlgorithm.InsecureMd5))
        {
            foreach (var parameters in (RsaOaepParameters[])[RsaOaepParameters.Default(digest), new(digest, DigestAlgorithm.Sha1)])
            {
                foreach (var length in (int[])[0, 32, RsaOaep.MaxPlaintextSizeInBytes(_key.PublicKey, parameters)])
                {
                    var plaintext = RandomNumberGenerator.GetBytes(length);
                    var ciphertext = RsaOaep.Encrypt(_key.PublicKey, parameters, plaintext, "label"u8);
                    Assert.True(RsaOaep.TryDecrypt(_key, parameters, ciphertext, out var decrypted, "label"u8));
                    using (decrypted)
                        Assert.True(decrypted.FixedTimeEquals(plaintext));
                    Assert.False(RsaOaep.TryDecrypt(_key, parameters, ciphertext, out _, "lapel"u8));
                    Assert.False(RsaOaep.TryDecrypt(_key, parameters, ciphertext, out _));
                }
            }
        }
    }

    [Fact]
    public void Oaep_OfDotNet_Decrypts()
    {
        using var reference = Reference();
        var ciphertext = reference.Encrypt("m"u8, RSAEncryptionPadding.OaepSHA256);
        Assert.True(RsaOaep.TryDecrypt(_key, RsaOaepParameters.Default(DigestAlgorithm.Sha256), ciphertext, out var plaintext));
        using (plaintext)
            Assert.True(plaintext.FixedTimeEquals("m"u8));
        ciphertext = RsaOaep.Encrypt(_key.PublicKey, RsaOaepParameters.Default(DigestAlgorithm.Sha1), "m"u8);
        Assert.Equal("m"u8, reference.Decrypt(ciphertext, RSAEncryptionPadding.OaepSHA1));
    }

    [Fact]
    public void Oaep_WrongCiphertext_IsFalse()
    {
        var parameters = RsaOaepParameters.Default(DigestAlgorithm.Sha256);
        var ciphertext = RsaOaep.Encrypt(_key.PublicKey, parameters, "m"u8);
        ciphertext[100] ^= 1;
        Assert.False(RsaOaep.TryDecrypt(_key, parameters, ciphertext, out var plaintext));
        Assert.Null(plaintext);
        Assert.False(RsaOaep.TryDecrypt(_key, parameters, ciphertext.AsSpan(1), out _));
        Assert.False(RsaOaep.TryDecrypt(_key, parameters, default, out _));
        Assert.Throws<ArgumentException>(() => RsaOaep.Encrypt(_key.PublicKey, parameters, new byte[191]));
    }

    private static RsaPrivateKey NewKey()
    {
        using var reference = RSA.Create(2048);
        using var pkcs8 = SecretBytes.CopyFrom(reference.ExportPkcs8PrivateKey());
        return RsaPrivateKey.DangerousImportPkcs8WithoutPrimalityTest(pkcs8);
    }

    private RSA Reference()
    {
        var reference = RSA.Create();
        using var pkcs8 = _key.ExportPkcs8();
        using var lease = pkcs8.Reveal();
        reference.ImportPkcs8PrivateKey(lease.Span, out _);
        return reference;
    }
}
