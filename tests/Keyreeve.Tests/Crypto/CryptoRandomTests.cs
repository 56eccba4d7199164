using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class CryptoRandomTests
{
    [Theory]
    [InlineData(12)]
    [InlineData(16)]
    [InlineData(1000)]
    [InlineData(1025)]
    [InlineData(10_000)]
    public void Fill_ManyTimes_NeverRepeatsAndLeavesNoByteUnset(int lengthInBytes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var everSet = new byte[lengthInBytes];
        var bytes = new byte[lengthInBytes];
        for (var i = 0; i < 2000; i++)
        {
            CryptoRandom.Fill(bytes);
            Assert.True(seen.Add(Convert.ToHexString(bytes.AsSpan(0, 12))));
            for (var j = 0; j < bytes.Length; j++)
                everSet[j] |= bytes[j];
        }

        // After 2000 rounds every bit of every byte has been one, save with probability 2^-1980.
        Assert.Equal(-1, everSet.AsSpan().IndexOfAnyExcept((byte)0xFF));
    }

    [Fact]
    public void Fill_ManyThreads_NeverRepeats()
    {
        var perThread = new string[4][];
        var threads = Enumerable.Range(0, perThread.Length).Select(t => new Thread(() => perThread[t] = Draw(3000))).ToArray();
        Array.ForEach(threads, static t => t.Start());
        Array.ForEach(threads, static t => t.Join());

        Assert.Equal(12_000, perThread.SelectMany(static x => x).Distinct(StringComparer.Ordinal).Count());

        static string[] Draw(int count) => [.. Enumerable.Range(0, count).Select(static _ =>
        {
            Span<byte> bytes = stackalloc byte[12];
            CryptoRandom.Fill(bytes);
            return Convert.ToHexString(bytes);
        })];
    }

    [Fact]
    public void Fill_Empty_DoesNothing()
    {
        CryptoRandom.Fill([]);
        Span<byte> next = stackalloc byte[16];
        CryptoRandom.Fill(next);
        Assert.NotEqual(-1, next.IndexOfAnyExcept((byte)0));
    }
}
