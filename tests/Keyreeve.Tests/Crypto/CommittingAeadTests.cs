using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class CommittingAeadTests
{
    private static readonly byte[] Header = "a header of fixed length"u8.ToArray();
    private static readonly byte[] Context = "and its context"u8.ToArray();

    public static TheoryData<EnvelopeSuite> Suites => [EnvelopeSuite.Aes256Gcm, EnvelopeSuite.XChaCha20Poly1305];

    [Theory]
    [MemberData(nameof(Suites))]
    public void TryOpen_WhatSealMade_GivesThePlaintextBack(EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        foreach (var length in new[] { 0, 1, 32, 64, 1000, 100_000 })
        {
            foreach (var aadLength in new[] { 0, 1, 100, 466, 467, 468, 469, 8192 })
            {
                var plaintext = RandomNumberGenerator.GetBytes(length);
                var associatedData = RandomNumberGenerator.GetBytes(aadLength);
                var body = Seal(key, associatedData, plaintext);
                Assert.Equal(length + 60, body.Length);
                Assert.Equal(plaintext, Open(key, associatedData, body));

                // The two halves of the associated data count as one.
                var opened = new byte[length];
                var cut = aadLength / 3;
                Assert.True(key.TryOpen(associatedData.AsSpan(0, cut), associatedData.AsSpan(cut), body, opened, out var written));
                Assert.Equal(length, written);
                Assert.Equal(plaintext, opened);
            }
        }
    }

    [Fact]
    public void Seal_AesGcm_IsWhatTheSpecificationSays()
    {
        // The body of docs/formats/envelope.md, put together from the framework's own primitives.
        // spec: RFC 5869 §3.3 "one can skip the extract part"
        var keyBytes = RandomNumberGenerator.GetBytes(32);
        using var secret = SecretBytes.CopyFrom(keyBytes);
        using var key = new CommittingAead(secret);
        foreach (var aadLength in new[] { 0, 39, 5000 })
        {
            var associatedData = RandomNumberGenerator.GetBytes(aadLength);
            var body = Seal(key, associatedData, "the plaintext"u8);

            byte[] info = [.. "keyreeve.committing-aead.v1"u8, 1, .. body[..16], .. associatedData, 1];
            var derived = HMACSHA512.HashData(keyBytes, info)[..60];
            Assert.Equal(derived[32..], body[16..44]);
            using var cipher = new AesGcm(derived[..32], 16);
            var plaintext = new byte[body.Length - 60];
            cipher.Decrypt(new byte[12], body.AsSpan()[44..^16], body.AsSpan()[^16..], plaintext, associatedData);
            Assert.Equal("the plaintext"u8, plaintext);
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    [Trait("Attack", "37")]
    public void TryOpen_AnyBitFlipped_IsFalseWithZeroedPlaintext(EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        var body = Seal(key, Header, "the plaintext"u8);
        for (var bit = 0; bit < body.Length * 8; bit++)
        {
            body[bit / 8] ^= (byte)(1 << bit % 8);
            AssertRefused(key, Header, body);
            body[bit / 8] ^= (byte)(1 << bit % 8);
        }

        Assert.Equal("the plaintext"u8, Open(key, Header, body));
    }

    [Theory]
    [MemberData(nameof(Suites))]
    [Trait("Attack", "37")]
    public void TryOpen_AnyLengthButTheRight_IsFalse(EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        var body = Seal(key, Header, "the plaintext"u8);
        for (var length = 0; length < body.Length; length++)
        {
            AssertRefused(key, Header, body[..length]);
            AssertRefused(key, Header, body[^length..]);
        }

        AssertRefused(key, Header, [.. body, 0]);
    }

    [Theory]
    [MemberData(nameof(Suites))]
    [Trait("Attack", "39")]
    public void TryOpen_OtherAssociatedData_IsFalse(EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        var body = new byte[60 + 5];
        key.Seal(Header, Context, "hello"u8, body);

        AssertRefused(key, Header, body);
        AssertRefused(key, [], body);
        AssertRefused(key, Context, body);
        AssertRefused(key, [.. Context, .. Header], body);
        AssertRefused(key, [.. Header, .. Context, 0], body);
        Assert.Equal("hello"u8, Open(key, [.. Header, .. Context], body));
    }

    [Theory]
    [MemberData(nameof(Suites))]
    [Trait("Attack", "38")]
    public void TryOpen_OtherKey_IsFalse(EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        using var other = NewKey(suite);
        var body = Seal(key, Header, "the plaintext"u8);

        AssertRefused(other, Header, body);
    }

    [Fact]
    [Trait("Attack", "38")]
    public void TryOpen_GcmCiphertextThatOpensUnderTwoKeys_OpensUnderOneAtMost()
    {
        // With GCM alone one ciphertext and tag can be made that two keys both accept: GHASH is linear, so one block is
        // solved for. Here the attacker even knows both keys, and still each body commits to one of them.
        byte[][] keys = [RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32)];
        var salt = RandomNumberGenerator.GetBytes(16);
        byte[] info = [.. "keyreeve.committing-aead.v1"u8, 1, .. salt, 1];
        var derived = keys.Select(k => HMACSHA512.HashData(k, info)[..60]).ToArray();
        var collision = GcmCollision.Find(derived[0][..32], derived[1][..32]);

        // The ground for the test: both message keys do accept it when no commitment is asked for.
        foreach (var messageKey in derived)
        {
            using var cipher = new AesGcm(messageKey.AsSpan(0, 32), 16);
            cipher.Decrypt(new byte[12], collision.Ciphertext, collision.Tag, new byte[collision.Ciphertext.Length]);
        }

        foreach (var commitment in derived.Select(static d => d[32..]))
        {
            byte[] body = [.. salt, .. commitment, .. collision.Ciphertext, .. collision.Tag];
            Assert.Equal(1, keys.Count(k => Opens(k, body)));
        }

        static bool Opens(byte[] keyBytes, byte[] body)
        {
            using var secret = SecretBytes.CopyFrom(keyBytes);
            using var key = new CommittingAead(secret);
            return key.TryOpen([], body, new byte[body.Length], out _);
        }
    }

    [Fact]
    [Trait("Attack", "37")]
    public void TryOpen_OtherSuiteUnderTheSameKey_IsFalse()
    {
        using var secret = SecretBytes.Random(32);
        Assert.SkipUnless(AeadAlgorithm.XChaCha20Poly1305.IsAvailable, "libsodium is not installed");
        using var gcm = new CommittingAead(secret);
        using var xchacha = new CommittingAead(secret, EnvelopeSuite.XChaCha20Poly1305);

        AssertRefused(xchacha, Header, Seal(gcm, Header, "text"u8));
        AssertRefused(gcm, Header, Seal(xchacha, Header, "text"u8));
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Seal_SameMessageTwice_GivesDifferentBodies(EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 1000; i++)
            Assert.True(seen.Add(Convert.ToHexString(Seal(key, [], "same"u8).AsSpan(0, 16))));
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void SealAndTryOpen_OnceWarm_AllocateNothing(EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        var plaintext = new byte[64];
        var body = new byte[124];
        RoundTrip(10);

        var before = GC.GetAllocatedBytesForCurrentThread();
        RoundTrip(1000);

        // The smallest object has 24 bytes; the runtime itself may allocate a few while it loads and tunes code.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000 * 24 - 1);

        void RoundTrip(int count)
        {
            for (var i = 0; i < count; i++)
            {
                key.Seal(Header, Context, plaintext, body);
                if (!key.TryOpen(Header, Context, body, plaintext, out _))
                    throw new CryptographicException();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Key_ManyThreads_EveryMessageIsRight(EnvelopeSuite suite)
    {
        using var key = NewKey(suite);
        var wrong = 0;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            var opened = new byte[100];
            for (var i = 0; i < 2000; i++)
            {
                var plaintext = RandomNumberGenerator.GetBytes(i % 100);
                var body = Seal(key, Header, plaintext);
                if (!key.TryOpen(Header, body, opened, out var written) || !opened.AsSpan(0, written).SequenceEqual(plaintext))
                    Interlocked.Increment(ref wrong);
            }
        });

        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Members_Misused_Throw()
    {
        using var secret = SecretBytes.Random(32);
        using var shortSecret = SecretBytes.Random(31);
        var key = new CommittingAead(secret);
        var buffer = new byte[200];

        Assert.Throws<ArgumentException>(() => new CommittingAead(shortSecret));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CommittingAead(secret, EnvelopeSuite.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CommittingAead(secret, (EnvelopeSuite)3));
        Assert.Throws<ArgumentException>(() => key.Seal([], new byte[4], new byte[63]));
        Assert.Throws<ArgumentException>(() => key.Seal([], new byte[4], new byte[65]));
        Assert.Throws<ArgumentException>(() => key.Seal([], buffer.AsSpan(10, 4), buffer.AsSpan(0, 64)));
        Assert.Throws<ArgumentException>(() => key.TryOpen([], buffer, new byte[139], out _));
        Assert.Throws<ArgumentException>(() => key.TryOpen([], buffer, buffer, out _));
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Seal([], [], new byte[60]));
        Assert.Equal("CommittingAead(Aes256Gcm)", key.ToString());
    }

    private static CommittingAead NewKey(EnvelopeSuite suite)
    {
        Assert.SkipUnless(suite != EnvelopeSuite.XChaCha20Poly1305 || AeadAlgorithm.XChaCha20Poly1305.IsAvailable, "libsodium is not installed");
        using var secret = SecretBytes.Random(32);
        return new CommittingAead(secret, suite);
    }

    private static byte[] Seal(CommittingAead key, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext)
    {
        var body = new byte[plaintext.Length + CommittingAead.OverheadInBytes];
        key.Seal(associatedData, plaintext, body);
        return body;
    }

    private static byte[] Open(CommittingAead key, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> body)
    {
        var plaintext = new byte[body.Length];
        Assert.True(key.TryOpen(associatedData, body, plaintext, out var written));
        return plaintext[..written];
    }

    private static void AssertRefused(CommittingAead key, byte[] associatedData, byte[] body)
    {
        var plaintext = new byte[body.Length];
        Assert.False(key.TryOpen(associatedData, body, plaintext, out var written));
        Assert.Equal(0, written);
        Assert.Equal(-1, plaintext.AsSpan().IndexOfAnyExcept((byte)0));
    }
}
