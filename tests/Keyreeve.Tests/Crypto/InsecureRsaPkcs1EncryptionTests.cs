using System.Numerics;
using System.Security.Cryptography;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Interop;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class InsecureRsaPkcs1EncryptionTests
{
    // The key and the ciphertext of "RSA decrypt" in OpenSSL's evppkey_rsa_common.txt, and, with the ciphertext's last byte
    // changed, what OpenSSL 3.2 gives instead of an error.
    private const string Modulus = "cd0081ea7b2ae1ea06d59f7c73d9ffb94a09615c2e4ba7c636cef08dd3533ec3185525b015c769b99a77d6725bf9c3532a9b6e5f6627d5fb85160768d3dda9cbd35974511717dc3d309d2fc47ee41f97e32adb7f9dd864a1c4767a666ecd71bc1aacf5e7517f4b38594fea9b05e42d5ada9912008013e45316a4d9bb8ed086b88d28758bacaf922d46a868b485d239c9baeb0e2b64592710f42b2d1ea0a4b4802c0becab328f8a68b0073bdb546feea9809d2849912b390c1532bc7e29c7658f8175fae46f34332ff87bcab3e40649b98577869da0ea718353f0722754886913648760d122be676e0fc483dd20ffc31bda96a31966c9aa2e75ad03de47e1c44f";
    private const string Prime1 = "00f6f961b47cbc035d3aedebc7de850a956b65ecdb9cf60764063f15aa48553c58d972fe6675056e35ddfdc37bf3b9f2f622ee271337256849c9bef2176fe8f7c3f8bb91ba374dd53baf3dec814d2bdec10c1fdc88cdd16876f26b1edfa3f094197edf4d42ff1fb2971103b898ca859c427287086a842ab410bb69cf2d35af6be3";
    private const string Prime2 = "00d47e724a7ff41048b270c2524a4101878b73159bb73d3dbc187b220e635b3534f96e243a184d93f860b6bfbb6b71c1ed9a1e1f458583023c301e96a692c1a08b53d0ec9ca910100d80451e3b7dc6a01bac4aecef8df798846bc235a08cbba2cf4c06804cc11219e95608c714e3f1430d491fadbba32a5751a04f97745834c9a5";
    private const string Ciphertext = "550af55a2904e7b9762352f8fb7fa235a9cb053aacb2d5fcb8ca48453cb2ee3619746c701abf2d4cc67003471a187900b05aa812bd25ed05c675dfc8c97a24a7bf49bd6214992cad766d05a9a2b57b74f26a737e0237b8b76c45f1f226a836d7cfbc75ba999bdbe48dbc09227aa46c88f21dccba7840141ad5a5d71fd122e6bd6ac3e564780dfe623fc1ca9b995a6037bf0bbd43b205a84ac5444f34202c05ce9113087176432476576de6ffff9a52ea57c08be3ec2f49676cb8e12f762ac71fa3c321e00ac988910c85ff52f93825666ce0d40ffaa0592078919d4493f46d95ccf76364c6d57760dd0b64805f9afc76a2365a5575ca301d5103f0ea76cb9a78";
    private const string Synthetic = "4cbb988d6a46228379132b0b5f8c249b3860043848c93632fb982c807c7c82fffc7a9ef83f4908f890373ac181ffea6381e103bcaa27e65638b6ecebef38b59ed4226a9d12af675cfcb634d8c40e7a7aff";

    [Fact]
    public void TryDecrypt_OwnCiphertext_GivesThePlaintext()
    {
        using var key = Key();
        for (var length = 0; length <= 256 - InsecureRsaPkcs1Encryption.OverheadInBytes; length += 49)
        {
            var plaintext = RandomNumberGenerator.GetBytes(length);
            var ciphertext = InsecureRsaPkcs1Encryption.Encrypt(key.PublicKey, plaintext);
            Assert.True(InsecureRsaPkcs1Encryption.TryDecrypt(key, ciphertext, out var decrypted));
            using (decrypted)
                Assert.True(decrypted.FixedTimeEquals(plaintext));
        }

        Assert.Throws<ArgumentException>(() => InsecureRsaPkcs1Encryption.Encrypt(key.PublicKey, new byte[246]));
    }

    [Fact]
    [Trait("Attack", "45")]
    public void TryDecrypt_WrongPadding_GivesWhatNewerOpenSslGives()
    {
        using var key = Key();
        var ciphertext = Convert.FromHexString(Ciphertext);
        Assert.True(InsecureRsaPkcs1Encryption.TryDecrypt(key, ciphertext, out var plaintext));
        using (plaintext)
            Assert.True(plaintext.FixedTimeEquals("Hello World"u8));
        ciphertext[^1] ^= 1;
        Assert.True(InsecureRsaPkcs1Encryption.TryDecrypt(key, ciphertext, out var synthetic));
        using (synthetic)
            Assert.True(synthetic.FixedTimeEquals(Convert.FromHexString(Synthetic)));
    }

    // Every way in which padding can be wrong gives a plaintext: the same each time, another for each ciphertext, with no
    // exception, no error left behind, and a length that tells nothing.
    [Fact]
    [Trait("Attack", "45")]
    public void TryDecrypt_EveryKindOfWrongPadding_CannotBeToldFromSuccess()
    {
        using var key = Key();
        var right = new byte[256];
        RandomNumberGenerator.Fill(right);
        for (var i = 2; i < right.Length; i++)
            right[i] |= 1;
        (right[0], right[1], right[240]) = (0, 2, 0);
        var lengths = new HashSet<int>();
        var plaintexts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var block in (byte[][])
                 [
                     With(right, 0, 1), With(right, 1, 1), With(right, 1, 0), With(right, 2, 0), With(right, 9, 0),
                     With(right, 240, 1), [0, 2, .. new byte[254]], new byte[256], [0, 0, .. right[2..]],
                 ])
        {
            var ciphertext = EncryptRaw(block);
            Assert.True(InsecureRsaPkcs1Encryption.TryDecrypt(key, ciphertext, out var first, out var isPaddingRight));
            Assert.True(InsecureRsaPkcs1Encryption.TryDecrypt(key, ciphertext, out var second));
            using (first)
            using (second)
            {
                Assert.False(isPaddingRight);
                Assert.True(first.Equals(second));
                lengths.Add(first.LengthInBytes);
                using var lease = first.Reveal();
                plaintexts.Add(Convert.ToHexString(lease.Span));
            }
        }

        Assert.True(lengths.Count > 3);
        Assert.True(plaintexts.Count > 7);
        Assert.Contains("no reason given", LibCrypto.Failure().Message, StringComparison.Ordinal);
        Assert.True(InsecureRsaPkcs1Encryption.TryDecrypt(key, EncryptRaw(right), out var message, out var isRight));
        Assert.True(isRight);
        using (message)
            Assert.True(message.FixedTimeEquals(right.AsSpan(241)));
    }

    [Fact]
    public void TryDecrypt_ImpossibleCiphertext_IsFalse()
    {
        using var key = Key();
        Assert.False(InsecureRsaPkcs1Encryption.TryDecrypt(key, new byte[255], out _));
        Assert.False(InsecureRsaPkcs1Encryption.TryDecrypt(key, new byte[257], out _));
        Assert.False(InsecureRsaPkcs1Encryption.TryDecrypt(key, default, out _));
        Assert.False(InsecureRsaPkcs1Encryption.TryDecrypt(key, Convert.FromHexString(Modulus), out _));
    }

    private static RsaPrivateKey Key()
    {
        using var components = new RsaPrivateComponents
        {
            Modulus = Convert.FromHexString(Modulus),
            PublicExponent = [1, 0, 1],
            Prime1 = SecretBytes.CopyFrom(Convert.FromHexString(Prime1)),
            Prime2 = SecretBytes.CopyFrom(Convert.FromHexString(Prime2)),
        };
        return RsaPrivateKey.ImportComponents(components);
    }

    private static byte[] With(byte[] block, int index, byte value)
    {
        var changed = (byte[])block.Clone();
        changed[index] = value;
        return changed;
    }

    private static byte[] EncryptRaw(byte[] block)
    {
        var modulus = new BigInteger(Convert.FromHexString(Modulus), isUnsigned: true, isBigEndian: true);
        var result = BigInteger.ModPow(new BigInteger(block, isUnsigned: true, isBigEndian: true), 65537, modulus)
            .ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[256 - result.Length], .. result];
    }
}
