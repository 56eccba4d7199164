using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class CryptoRandomMixingTests
{
    [Fact]
    public void Mix_SomethingMixedIn_AddsOtherBytesEachTimeAndToTheLastByte()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var seed in (byte[])[1, 1, 2])
        {
            CryptoRandom.MixIn(Enumerable.Repeat(seed, 64).ToArray());
            for (var i = 0; i < 10; i++)
            {
                var bytes = new byte[100];
                CryptoRandom.Mix(bytes);
                Assert.True(seen.Add(Convert.ToHexString(bytes)));
                Assert.Contains(bytes[96..], static b => b != 0);
            }
        }
    }

    [Fact]
    public void MixIn_TooLittle_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(static () => CryptoRandom.MixIn(new byte[31]));
}
