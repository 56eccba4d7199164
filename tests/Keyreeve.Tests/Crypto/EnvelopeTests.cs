using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class EnvelopeTests
{
    private static readonly Guid Id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly EncryptionContext Context = EncryptionContext.Of(("tenant", "acme"), ("table", "users"));

    public static TheoryData<EnvelopeMode, EnvelopeSuite> SmallKinds => new()
    {
        { EnvelopeMode.Direct, EnvelopeSuite.Aes256Gcm },
        { EnvelopeMode.Direct, EnvelopeSuite.XChaCha20Poly1305 },
        { EnvelopeMode.WrappedKey, EnvelopeSuite.Aes256Gcm },
        { EnvelopeMode.WrappedKey, EnvelopeSuite.XChaCha20Poly1305 },
    };

    [Theory]
    [MemberData(nameof(SmallKinds))]
    public void TryOpen_WhatTheWriterMade_GivesThePlaintextBack(EnvelopeMode mode, EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        foreach (var length in new[] { 0, 1, 64, 5000 })
        {
            var plaintext = RandomNumberGenerator.GetBytes(length);
            foreach (var context in new[] { EncryptionContext.Empty, Context })
            {
                var envelope = Write(mode, key, context, plaintext);
                Assert.True(EnvelopeReader.TryGetPlaintextLength(envelope, out var plaintextLength));
                Assert.Equal(length, plaintextLength);
                var opened = new byte[length];
                Assert.True(EnvelopeReader.TryOpen(envelope, key, context, opened, out var written));
                Assert.Equal(length, written);
                Assert.Equal(plaintext, opened);
            }
        }
    }

    [Fact]
    public void WriteDirect_Overhead_IsEighty()
    {
        using var key = NewKey(EnvelopeSuite.Aes256Gcm);

        Assert.Equal(80, EnvelopeWriter.DirectOverheadInBytes);
        Assert.Equal(80 + 32, EnvelopeWriter.WriteDirect(key, Id, Context, new byte[32]).Length);
    }

    [Fact]
    public void WriteWrapped_Overhead_IsEightySixAndTheWrappedKey()
    {
        using var key = NewKey(EnvelopeSuite.Aes256Gcm);
        var wrapped = new WrappedDataKey(Id, 7, RandomNumberGenerator.GetBytes(112));

        Assert.Equal(86 + 112 + 10, EnvelopeWriter.WriteWrapped(key, wrapped, Context, new byte[10]).Length);
    }

    [Fact]
    public void TryParse_Direct_TellsItsFields()
    {
        using var key = NewKey(EnvelopeSuite.Aes256Gcm);
        var envelope = EnvelopeWriter.WriteDirect(key, Id, Context, "text"u8);

        Assert.Equal("4B010101" + "00112233445566778899AABBCCDDEEFF", Convert.ToHexString(envelope.AsSpan(0, 20)));
        Assert.True(EnvelopeHeader.TryParse(envelope, out var header));
        Assert.Equal(EnvelopeMode.Direct, header.Mode);
        Assert.Equal(EnvelopeSuite.Aes256Gcm, header.Suite);
        Assert.Equal(Id, header.UniqueIdentifier);
        Assert.Equal(20, header.LengthInBytes);
        Assert.Equal(1, header.Version);
        Assert.True(header.WrappedKeyIn(envelope).IsEmpty);
    }

    [Fact]
    public void TryParse_Wrapped_TellsItsFields()
    {
        using var key = NewKey(EnvelopeSuite.Aes256Gcm);
        var wrapped = new WrappedDataKey(Id, 0x01020304, new byte[] { 9, 8, 7 });
        var envelope = EnvelopeWriter.WriteWrapped(key, wrapped, Context, "text"u8);

        Assert.Equal(
            "4B020201" + "00112233445566778899AABBCCDDEEFF" + "01020304" + "0003" + "090807", Convert.ToHexString(envelope.AsSpan(0, 29)));
        Assert.True(EnvelopeHeader.TryParse(envelope, out var header));
        Assert.Equal(EnvelopeMode.WrappedKey, header.Mode);
        Assert.Equal(Id, header.UniqueIdentifier);
        Assert.Equal(0x01020304u, header.KeyVersion);
        Assert.Equal(29, header.LengthInBytes);
        Assert.Equal("090807", Convert.ToHexString(header.WrappedKeyIn(envelope)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("4B010101" + "00112233445566778899AABBCCDDEE")] // one byte short
    [InlineData("4C010101" + "00112233445566778899AABBCCDDEEFF")] // magic
    [InlineData("4B000101" + "00112233445566778899AABBCCDDEEFF")] // version
    [InlineData("4B020101" + "00112233445566778899AABBCCDDEEFF")]
    [InlineData("4B010001" + "00112233445566778899AABBCCDDEEFF")] // mode
    [InlineData("4B010401" + "00112233445566778899AABBCCDDEEFF" + "00000001" + "0001" + "00")]
    [InlineData("4B010100" + "00112233445566778899AABBCCDDEEFF")] // suite
    [InlineData("4B010103" + "00112233445566778899AABBCCDDEEFF")]
    [InlineData("4B010302" + "00112233445566778899AABBCCDDEEFF" + "00000001" + "0001" + "00")] // chunks are AES only
    [InlineData("4B010201" + "00112233445566778899AABBCCDDEEFF" + "00000001" + "0000")] // no wrapped key
    [InlineData("4B010201" + "00112233445566778899AABBCCDDEEFF" + "00000001" + "0002" + "00")] // wrapped key cut short
    [InlineData("4B010201" + "00112233445566778899AABBCCDDEEFF" + "00000001" + "00")]
    public void TryParse_NoEnvelope_IsFalse(string hex)
    {
        Assert.False(EnvelopeHeader.TryParse(Convert.FromHexString(hex), out var header));
        Assert.Equal(default, header);
    }

    [Theory]
    [MemberData(nameof(SmallKinds))]
    [Trait("Attack", "37")]
    public void TryOpen_AnyBitFlipped_IsFalseWithZeroedPlaintext(EnvelopeMode mode, EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        var envelope = Write(mode, key, Context, "the plaintext"u8);
        Assert.True(EnvelopeHeader.TryParse(envelope, out var header));
        for (var bit = 0; bit < envelope.Length * 8; bit++)
        {
            // Which key wrapped the data key, and how, is authenticated by whoever unwraps it; see EnvelopeEncryptorTests.
            if (header.CanReWrap && bit / 8 >= 4 && bit / 8 < header.LengthInBytes)
                continue;
            envelope[bit / 8] ^= (byte)(1 << bit % 8);
            AssertRefused(envelope, key, Context);
            envelope[bit / 8] ^= (byte)(1 << bit % 8);
        }

        AssertOpens(envelope, key, Context);
    }

    [Theory]
    [MemberData(nameof(SmallKinds))]
    [Trait("Attack", "37")]
    public void TryOpen_HeadersSwappedBetweenMessages_IsFalse(EnvelopeMode mode, EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        var one = Write(mode, key, Context, "the plaintext"u8);
        var other = Write(mode, key, Context, "the plaintext"u8, Guid.NewGuid());
        Assert.True(EnvelopeHeader.TryParse(one, out var header));

        if (mode == EnvelopeMode.Direct)
        {
            AssertRefused([.. other[..header.LengthInBytes], .. one[header.LengthInBytes..]], key, Context);
            AssertRefused([.. one[..header.LengthInBytes], .. other[header.LengthInBytes..]], key, Context);
            return;
        }

        // With a data key of its own, each header leads to another key.
        using var otherKey = NewKey(suite);
        AssertRefused([.. other[..header.LengthInBytes], .. one[header.LengthInBytes..]], otherKey, Context);
    }

    [Theory]
    [InlineData(EnvelopeSuite.Aes256Gcm)]
    [InlineData(EnvelopeSuite.XChaCha20Poly1305)]
    public void ReplaceWrappedKey_OtherLength_KeepsTheBodyAndOpens(EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        var envelope = Write(EnvelopeMode.WrappedKey, key, Context, "the plaintext"u8);
        var wrapped = new WrappedDataKey(Guid.NewGuid(), 9, RandomNumberGenerator.GetBytes(200));

        var replaced = EnvelopeWriter.ReplaceWrappedKey(envelope, wrapped);

        Assert.True(EnvelopeHeader.TryParse(envelope, out var before));
        Assert.True(EnvelopeHeader.TryParse(replaced, out var after));
        Assert.Equal((wrapped.KeyId, 9u), (after.UniqueIdentifier, after.KeyVersion));
        Assert.Equal(wrapped.Wrapped, after.WrappedKeyIn(replaced));
        Assert.Equal(envelope[before.LengthInBytes..], replaced[after.LengthInBytes..]);
        AssertOpens(replaced, key, Context);
    }

    [Fact]
    public void ReplaceWrappedKey_WhatCannotBeReWrapped_Throws()
    {
        using var key = NewKey(EnvelopeSuite.Aes256Gcm);
        var wrapped = new WrappedDataKey(Id, 1, [1]);
        var first = Write(EnvelopeMode.WrappedKey, key, Context, "the plaintext"u8);
        first[1] = 1;

        Assert.Throws<ArgumentException>(() => EnvelopeWriter.ReplaceWrappedKey(Write(EnvelopeMode.Direct, key, Context, "x"u8), wrapped));
        Assert.Throws<ArgumentException>(() => EnvelopeWriter.ReplaceWrappedKey(first, wrapped));
        Assert.Throws<ArgumentException>(() => EnvelopeWriter.ReplaceWrappedKey("no envelope"u8, wrapped));
    }

    [Theory]
    [MemberData(nameof(SmallKinds))]
    [Trait("Attack", "37")]
    public void TryOpen_VersionChanged_IsFalse(EnvelopeMode mode, EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        var envelope = Write(mode, key, Context, "the plaintext"u8);
        envelope[1] ^= 3;

        AssertRefused(envelope, key, Context);
    }

    [Fact]
    [Trait("Attack", "37")]
    public void TryOpen_ModeOrSuiteChanged_IsFalse()
    {
        using var secret = SecretBytes.Random(32);
        Assert.SkipUnless(AeadAlgorithm.XChaCha20Poly1305.IsAvailable, "libsodium is not installed");
        using var gcm = new CommittingAead(secret);
        using var xchacha = new CommittingAead(secret, EnvelopeSuite.XChaCha20Poly1305);
        var direct = Write(EnvelopeMode.Direct, gcm, Context, "the plaintext"u8);
        var otherSuite = direct.ToArray();
        otherSuite[3] = (byte)EnvelopeSuite.XChaCha20Poly1305;
        var asWrapped = direct.ToArray();
        asWrapped[2] = (byte)EnvelopeMode.WrappedKey;
        var asChunked = direct.ToArray();
        asChunked[2] = (byte)EnvelopeMode.Chunked;

        foreach (var altered in new[] { otherSuite, asWrapped, asChunked })
        {
            AssertRefused(altered, gcm, Context);
            AssertRefused(altered, xchacha, Context);
        }

        AssertRefused(direct, xchacha, Context);
    }

    [Theory]
    [MemberData(nameof(SmallKinds))]
    [Trait("Attack", "38")]
    public void TryOpen_OtherKey_IsFalse(EnvelopeMode mode, EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        using var other = NewKey(suite);

        AssertRefused(Write(mode, key, Context, "the plaintext"u8), other, Context);
    }

    [Theory]
    [MemberData(nameof(SmallKinds))]
    [Trait("Attack", "39")]
    public void TryOpen_WrongOrMissingContext_IsFalse(EnvelopeMode mode, EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        var envelope = Write(mode, key, Context, "the plaintext"u8);

        AssertRefused(envelope, key, EncryptionContext.Empty);
        AssertRefused(envelope, key, EncryptionContext.Of(("tenant", "other"), ("table", "users")));
        AssertRefused(envelope, key, EncryptionContext.Of(("tenant", "acme")));
        AssertRefused(envelope, key, EncryptionContext.Of(("tenant", "acme"), ("table", "users"), ("row", "1")));
        AssertRefused(envelope, key, EncryptionContext.Of(("tenant", "users"), ("table", "acme")));
        AssertRefused(Write(mode, key, EncryptionContext.Empty, "the plaintext"u8), key, Context);
    }

    [Theory]
    [MemberData(nameof(SmallKinds))]
    public void TryOpen_CutAnywhere_IsFalse(EnvelopeMode mode, EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        var envelope = Write(mode, key, Context, "the plaintext"u8);
        for (var length = 0; length < envelope.Length; length++)
            AssertRefused(envelope[..length], key, Context);
        AssertRefused([.. envelope, 0], key, Context);
    }

    [Fact]
    public void TryOpenSecret_WrappedKeyInAnEnvelope_ComesOutInLockedMemory()
    {
        // The way of a data key: the server wraps it in a direct envelope, which travels in the message's envelope.
        using var keyEncryptionKey = NewKey(EnvelopeSuite.Aes256Gcm);
        using var dataKey = SecretBytes.Random(32);
        byte[] wrapped;
        using (var lease = dataKey.Reveal())
            wrapped = EnvelopeWriter.WriteDirect(keyEncryptionKey, Id, EncryptionContext.Empty, lease.Span);
        Assert.Equal(112, wrapped.Length);
        using var dataAead = new CommittingAead(dataKey);
        var envelope = EnvelopeWriter.WriteWrapped(dataAead, new WrappedDataKey(Id, 1, wrapped), Context, "text"u8);

        Assert.True(EnvelopeHeader.TryParse(envelope, out var header));
        Assert.True(EnvelopeReader.TryOpenSecret(
            header.WrappedKeyIn(envelope), keyEncryptionKey, EncryptionContext.Empty, out var unwrapped));
        using (unwrapped)
        {
            Assert.Equal(dataKey, unwrapped);
            using var opened = new CommittingAead(unwrapped, header.Suite);
            var text = new byte[4];
            Assert.True(EnvelopeReader.TryOpen(envelope, opened, Context, text, out _));
            Assert.Equal("text"u8, text);
        }

        wrapped[^1] ^= 1;
        Assert.False(EnvelopeReader.TryOpenSecret(wrapped, keyEncryptionKey, EncryptionContext.Empty, out var none));
        Assert.Null(none);
        Assert.False(EnvelopeReader.TryOpenSecret(wrapped.AsSpan(0, 30), keyEncryptionKey, EncryptionContext.Empty, out _));
    }

    [Fact]
    public void WrappedDataKey_SizeOutOfRange_Throws()
    {
        Assert.Throws<ArgumentException>(() => new WrappedDataKey(Id, 1, []));
        Assert.Throws<ArgumentException>(() => new WrappedDataKey(Id, 1, new byte[65536]));
        Assert.Equal(65535, new WrappedDataKey(Id, 1, new byte[65535]).Wrapped.Length);
    }

    private static CommittingAead NewKey(EnvelopeSuite suite)
    {
        Assert.SkipUnless(suite != EnvelopeSuite.XChaCha20Poly1305 || AeadAlgorithm.XChaCha20Poly1305.IsAvailable, "libsodium is not installed");
        using var secret = SecretBytes.Random(32);
        return new CommittingAead(secret, suite);
    }

    private static byte[] Write(
        EnvelopeMode mode, CommittingAead key, EncryptionContext context, ReadOnlySpan<byte> plaintext, Guid? id = null) =>
        mode == EnvelopeMode.Direct
            ? EnvelopeWriter.WriteDirect(key, id ?? Id, context, plaintext)
            : EnvelopeWriter.WriteWrapped(key, new WrappedDataKey(id ?? Id, 3, "an opaque wrapped key"u8), context, plaintext);

    private static void AssertOpens(byte[] envelope, CommittingAead key, EncryptionContext context)
    {
        var plaintext = new byte[envelope.Length];
        Assert.True(EnvelopeReader.TryOpen(envelope, key, context, plaintext, out var written));
        Assert.Equal("the plaintext"u8, plaintext.AsSpan(0, written));
    }

    private static void AssertRefused(byte[] envelope, CommittingAead key, EncryptionContext context)
    {
        var plaintext = new byte[envelope.Length];
        Assert.False(EnvelopeReader.TryOpen(envelope, key, context, plaintext, out var written));
        Assert.Equal(0, written);
        Assert.Equal(-1, plaintext.AsSpan().IndexOfAnyExcept((byte)0));
    }
}
