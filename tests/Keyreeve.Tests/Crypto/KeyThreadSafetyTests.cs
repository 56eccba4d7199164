using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

/// <summary>One key object on many threads: nothing may come out wrong.</summary>
public sealed class KeyThreadSafetyTests
{
    private const int Calls = 200;

    [Fact]
    public void Sign_OneKeyOnManyThreads_EverySignatureVerifies()
    {
        using var ec = EcPrivateKey.Generate(EllipticCurve.P256);
        using var ed = EdwardsPrivateKey.Generate(EdwardsCurve.Ed25519);
        using var rsa = RsaPrivateKey.Generate(2048);
        var parameters = RsaPssParameters.Default(DigestAlgorithm.Sha256);
        var wrong = 0;
        Parallel.For(0, Calls, i =>
        {
            var message = BitConverter.GetBytes(i);
            var isRight =
                Ecdsa.Verify(
                    ec.PublicKey, DigestAlgorithm.Sha256, message,
                    Ecdsa.Sign(ec, DigestAlgorithm.Sha256, message, EcdsaSignatureFormat.Der), EcdsaSignatureFormat.Der)
                && Eddsa.Verify(ed.PublicKey, message, Eddsa.Sign(ed, message))
                && RsaPss.Verify(rsa.PublicKey, parameters, message, RsaPss.Sign(rsa, parameters, message));
            if (!isRight)
                Interlocked.Increment(ref wrong);
        });
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Wrap_OneKeyOnManyThreads_EveryKeyComesBack()
    {
        using var kek = SecretBytes.Random(32);
        var wrong = 0;
        Parallel.For(0, 20 * Calls, _ =>
        {
            using var key = SecretBytes.Random(32);
            var wrapped = AesKeyWrap.Wrap(kek, key);
            if (!AesKeyWrap.TryUnwrap(kek, wrapped, out var unwrapped))
            {
                Interlocked.Increment(ref wrong);
                return;
            }

            using (unwrapped)
            {
                if (!unwrapped.Equals(key))
                    Interlocked.Increment(ref wrong);
            }
        });
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Sign_DisposedKey_IsRefused()
    {
        var key = EcPrivateKey.Generate(EllipticCurve.P256);
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Ecdsa.SignDigest(key, new byte[32], EcdsaSignatureFormat.Der));
        Assert.Throws<ObjectDisposedException>(() => key.ExportPkcs8());
        Assert.Throws<ObjectDisposedException>(() => Ecdsa.VerifyDigest(key.PublicKey, new byte[32], P1363One(), EcdsaSignatureFormat.P1363));
    }

    private static byte[] P1363One()
    {
        var signature = new byte[64];
        (signature[31], signature[63]) = (1, 1);
        return signature;
    }
}
