using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;
using Keyreeve.Pkcs11;
using Xunit;

namespace Keyreeve.Integration.Hsm;

/// <summary>Keys in a token whose module hangs within a call.</summary>
[Trait("Speed", "Slow")]
[Collection(SoftHsmTests.Name)]
public sealed class HsmKeyHangingTests(SoftHsm softHsm)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TokenCipher Gcm = new(TokenMechanism.AesGcm) { Iv = new byte[12] };
    private static readonly TokenSignature Pss = new(TokenMechanism.RsaPss) { Digest = DigestAlgorithm.Sha256, MaskDigest = DigestAlgorithm.Sha256, SaltSizeInBytes = 32 };

    [Fact]
    [Trait("Attack", "57")]
    public async Task Use_ModuleHangs_IsRefusedInTimeWithBoundedThreadsAndServesAgain()
    {
        SoftHsm.Require();
        var options = softHsm.MakeToken() with { CallTimeLimit = TimeSpan.FromSeconds(2), Sessions = 2 };
        using var module = new HangingModule();
        using var token = new HsmToken(options, TimeProvider.System, static _ => { }, module.Module);
        var keys = new HsmKeys(token);
        var aes = await ServedAsync(() => keys.MakeAsync(Wish(CryptographicAlgorithm.AES, 256, CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt), default).AsTask());
        var rsa = await ServedAsync(() => keys.MakeAsync(Wish(CryptographicAlgorithm.RSA, 2048, CryptographicUsageMask.Sign) with { IsPair = true }, default).AsTask());
        var message = RandomNumberGenerator.GetBytes(32);
        var before = await ServedAsync(() => keys.EncryptAsync(aes, Gcm, message, default).AsTask());

        HangingModule.Answers.Reset();
        var began = TimeProvider.System.GetTimestamp();
        var refused = await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            Task use = i % 2 == 0 ? keys.EncryptAsync(aes, Gcm, message, default).AsTask() : keys.SignAsync(rsa, Pss, message, default).AsTask();
            return await Assert.ThrowsAsync<KeyreeveException>(() => use.WaitAsync(Patience));
        }));

        Assert.All(refused, static refusal => Assert.Equal(KeyreeveError.TokenUnavailable, refusal.Error));
        Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience);
        Assert.Equal(HsmState.Hanging, token.Health.State);
        Assert.InRange(token.Health.HangingCalls, 1, 4);

        HangingModule.Answers.Set();
        var after = await ServedAsync(() => keys.EncryptAsync(aes, Gcm, message, default).AsTask());
        Assert.Equal(before.Data, after.Data);
        Assert.NotEmpty(await ServedAsync(() => keys.SignAsync(rsa, Pss, message, default).AsTask()));
        // The calls that hung come back each in its own time.
        for (var until = DateTimeOffset.UtcNow + Patience; token.Health.HangingCalls > 0 && DateTimeOffset.UtcNow < until;) await Task.Delay(50);
        Assert.Equal(0, token.Health.HangingCalls);
    }

    private static TokenKeyWish Wish(CryptographicAlgorithm algorithm, int lengthInBits, CryptographicUsageMask usage) => new()
    {
        Id = UniqueIdentifier.New(DateTimeOffset.UtcNow), Algorithm = algorithm, LengthInBits = lengthInBits, Usage = usage,
    };

    // A machine that stands still makes a call look as if it hung.
    private static async Task<T> ServedAsync<T>(Func<Task<T>> use)
    {
        for (var until = DateTimeOffset.UtcNow + Patience; ; await Task.Delay(50))
        {
            try
            {
                return await use();
            }
            catch (KeyreeveException hanging) when (hanging.Error == KeyreeveError.TokenUnavailable && DateTimeOffset.UtcNow < until)
            {
                continue;
            }
        }
    }
}
