using Keyreeve.Crypto;
using Keyreeve.Crypto.Interop;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class KeyWrapTests
{
    [Theory]
    [InlineData(16, 16)]
    [InlineData(24, 24)]
    [InlineData(32, 32)]
    [InlineData(32, 64 * 1024)]
    public void AesKeyWrap_WrapAndUnwrap_GivesKeyBack(int kekSize, int keySize)
    {
        using var kek = SecretBytes.Random(kekSize);
        using var key = SecretBytes.Random(keySize);
        var wrapped = AesKeyWrap.Wrap(kek, key);
        Assert.Equal(keySize + AesKeyWrap.OverheadInBytes, wrapped.Length);
        Assert.True(AesKeyWrap.TryUnwrap(kek, wrapped, out var unwrapped));
        using (unwrapped)
            Assert.True(unwrapped.Equals(key));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(32)]
    [InlineData(1218)]
    [InlineData(64 * 1024)]
    public void AesKeyWrapWithPadding_WrapAndUnwrap_GivesKeyBack(int keySize)
    {
        using var kek = SecretBytes.Random(32);
        using var key = SecretBytes.Random(keySize);
        var wrapped = AesKeyWrapWithPadding.Wrap(kek, key);
        Assert.Equal(AesKeyWrapWithPadding.WrappedSizeInBytes(keySize), wrapped.Length);
        Assert.True(AesKeyWrapWithPadding.TryUnwrap(kek, wrapped, out var unwrapped));
        using (unwrapped)
            Assert.True(unwrapped.Equals(key));
    }

    [Fact]
    public void TryUnwrap_AnyBitFlipped_IsFalse()
    {
        using var kek = SecretBytes.Random(32);
        using var key = SecretBytes.Random(32);
        var plain = AesKeyWrap.Wrap(kek, key);
        var padded = AesKeyWrapWithPadding.Wrap(kek, key);
        for (var bit = 0; bit < plain.Length * 8; bit++)
        {
            Assert.False(AesKeyWrap.TryUnwrap(kek, Flip(plain, bit), out var unwrapped));
            Assert.Null(unwrapped);
            Assert.False(AesKeyWrapWithPadding.TryUnwrap(kek, Flip(padded, bit), out unwrapped));
            Assert.Null(unwrapped);
        }
    }

    [Fact]
    public void TryUnwrap_WrappedByTheOtherAlgorithm_IsFalse()
    {
        using var kek = SecretBytes.Random(32);
        using var key = SecretBytes.Random(32);
        Assert.False(AesKeyWrap.TryUnwrap(kek, AesKeyWrapWithPadding.Wrap(kek, key), out _));
        Assert.False(AesKeyWrapWithPadding.TryUnwrap(kek, AesKeyWrap.Wrap(kek, key), out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(23)]
    [InlineData(64 * 1024 + 16)]
    public void TryUnwrap_ImpossibleLength_IsFalse(int length)
    {
        using var kek = SecretBytes.Random(32);
        Assert.False(AesKeyWrap.TryUnwrap(kek, new byte[length], out _));
        Assert.False(AesKeyWrapWithPadding.TryUnwrap(kek, new byte[length], out _));
    }

    [Fact]
    public void Wrap_LengthNotPermitted_IsRefused()
    {
        using var kek = SecretBytes.Random(32);
        using var shortKek = SecretBytes.Random(31);
        using var odd = SecretBytes.Random(33);
        using var tooShort = SecretBytes.Random(8);
        using var empty = SecretBytes.Random(0);
        Assert.Throws<ArgumentException>(() => AesKeyWrap.Wrap(kek, odd));
        Assert.Throws<ArgumentException>(() => AesKeyWrap.Wrap(kek, tooShort));
        Assert.Throws<ArgumentException>(() => AesKeyWrap.Wrap(shortKek, kek));
        Assert.Throws<ArgumentException>(() => AesKeyWrapWithPadding.Wrap(kek, empty));
        Assert.Throws<ArgumentException>(() => AesKeyWrapWithPadding.Wrap(shortKek, kek));
    }

    [Fact]
    public void TryUnwrap_AfterFailure_LeavesNoErrorForTheNextCaller()
    {
        using var kek = SecretBytes.Random(32);
        Assert.False(AesKeyWrap.TryUnwrap(kek, new byte[40], out _));
        Assert.Contains("no reason given", LibCrypto.Failure().Message, StringComparison.Ordinal);
    }

    private static byte[] Flip(byte[] bytes, int bit)
    {
        var changed = (byte[])bytes.Clone();
        changed[bit / 8] ^= (byte)(1 << (bit % 8));
        return changed;
    }
}
