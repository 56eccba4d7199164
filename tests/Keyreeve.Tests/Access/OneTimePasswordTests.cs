using System.Text;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Access;

public sealed class OneTimePasswordTests
{
    /// <summary>The seed of both RFCs' test values, as often as the hash function's length asks for.</summary>
    private const string Seed = "12345678901234567890";

    // RFC 4226, Appendix D
    [Theory]
    [InlineData(0, "755224")]
    [InlineData(1, "287082")]
    [InlineData(2, "359152")]
    [InlineData(5, "254676")]
    [InlineData(9, "520489")]
    public void Verify_Hotp_AcceptsTheValuesOfTheRfc(long counter, string code)
    {
        using var kept = Keep(OneTimePasswordAlgorithm.Hotp, HashingAlgorithm.SHA1, 20, counter: counter);
        Assert.Equal(counter + 1, Verify(kept, 0, DateTimeOffset.UnixEpoch, code));
    }

    // RFC 6238, Appendix B
    [Theory]
    [InlineData(59, HashingAlgorithm.SHA1, 20, "94287082")]
    [InlineData(59, HashingAlgorithm.SHA256, 32, "46119246")]
    [InlineData(59, HashingAlgorithm.SHA512, 64, "90693936")]
    [InlineData(1111111109, HashingAlgorithm.SHA1, 20, "07081804")]
    [InlineData(2000000000, HashingAlgorithm.SHA256, 32, "90698825")]
    [InlineData(20000000000, HashingAlgorithm.SHA512, 64, "47863826")]
    public void Verify_Totp_AcceptsTheValuesOfTheRfc(long seconds, HashingAlgorithm digest, int seedLength, string code)
    {
        using var kept = Keep(OneTimePasswordAlgorithm.Totp, digest, seedLength, digits: 8);
        Assert.Equal((seconds / 30) + 1, Verify(kept, 0, DateTimeOffset.FromUnixTimeSeconds(seconds), code));
    }

    [Fact]
    [Trait("Attack", "25")]
    public void Verify_ValueThatWasUsed_IsRefused()
    {
        using var counted = Keep(OneTimePasswordAlgorithm.Hotp, HashingAlgorithm.SHA1, 20);
        var next = Verify(counted, 0, DateTimeOffset.UnixEpoch, "287082");
        Assert.Equal(2, next);
        // The same again, and one before it.
        Assert.Null(Verify(counted, next!.Value, DateTimeOffset.UnixEpoch, "287082"));
        Assert.Null(Verify(counted, next.Value, DateTimeOffset.UnixEpoch, "755224"));

        using var timed = Keep(OneTimePasswordAlgorithm.Totp, HashingAlgorithm.SHA1, 20, digits: 8);
        var now = DateTimeOffset.FromUnixTimeSeconds(59);
        Assert.Null(Verify(timed, Verify(timed, 0, now, "94287082")!.Value, now, "94287082"));
    }

    [Fact]
    public void Verify_OutsideTheWindow_IsRefused()
    {
        using var counted = Keep(OneTimePasswordAlgorithm.Hotp, HashingAlgorithm.SHA1, 20, counter: 0);
        Assert.Equal(10, Verify(counted, 0, DateTimeOffset.UnixEpoch, "520489"));
        using var behind = Keep(OneTimePasswordAlgorithm.Hotp, HashingAlgorithm.SHA1, 20, counter: 10);
        Assert.Null(Verify(behind, 0, DateTimeOffset.UnixEpoch, "520489"));

        using var timed = Keep(OneTimePasswordAlgorithm.Totp, HashingAlgorithm.SHA1, 20, digits: 8);
        Assert.Equal(2, Verify(timed, 0, DateTimeOffset.FromUnixTimeSeconds(89), "94287082"));
        Assert.Null(Verify(timed, 0, DateTimeOffset.FromUnixTimeSeconds(90), "94287082"));
        Assert.Null(Verify(timed, 0, DateTimeOffset.FromUnixTimeSeconds(59), "4287082"));
        Assert.Null(Verify(timed, 0, DateTimeOffset.FromUnixTimeSeconds(59), ""));
    }

    [Theory]
    [InlineData(5, 30, 20)]
    [InlineData(9, 30, 20)]
    [InlineData(6, 1, 20)]
    [InlineData(6, 30, 15)]
    public void Keep_WhatIsTooWeak_IsRefused(int digits, int interval, int seedLength)
    {
        using var seed = SecretBytes.Random(seedLength);
        var refused = Assert.Throws<KeyreeveException>(() => OneTimePassword.Keep(new()
        {
            Algorithm = OneTimePasswordAlgorithm.Totp, Seed = seed, Digits = digits, Interval = TimeSpan.FromSeconds(interval),
        }));
        Assert.Equal(KeyreeveError.InvalidField, refused.Error);
    }

    private static SecretBytes Keep(OneTimePasswordAlgorithm algorithm, HashingAlgorithm digest, int seedLength, long counter = 0, int digits = 6)
    {
        var repeated = string.Concat(Enumerable.Repeat(Seed, 4))[..seedLength];
        using var seed = SecretBytes.CopyFrom(Encoding.ASCII.GetBytes(repeated));
        return OneTimePassword.Keep(new() { Algorithm = algorithm, Digest = digest, Seed = seed, Digits = digits, Counter = counter });
    }

    private static long? Verify(SecretBytes kept, long firstGood, DateTimeOffset now, string code)
    {
        using var lease = kept.Reveal();
        return OneTimePassword.Verify(lease.Span, firstGood, now, Encoding.ASCII.GetBytes(code));
    }
}
