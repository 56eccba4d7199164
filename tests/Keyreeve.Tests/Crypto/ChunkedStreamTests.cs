using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class ChunkedStreamTests
{
    private const int Chunk = 16384;
    private static readonly WrappedDataKey Wrapped = new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), 5, "an opaque wrapped key"u8);
    private static readonly EncryptionContext Context = EncryptionContext.Of(("file", "report.pdf"));

    public static TheoryData<int> Lengths =>
        [0, 1, 100, Chunk - 1, Chunk, Chunk + 1, 2 * Chunk, 31 * Chunk, 31 * Chunk + 5, 70 * Chunk + 1234];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Read_WhatWasWritten_GivesThePlaintextBack(int length)
    {
        using var key = SecretBytes.Random(32);
        var plaintext = RandomNumberGenerator.GetBytes(length);
        foreach (var step in new[] { 1000, Chunk, Chunk + 1, 100_000, int.MaxValue })
        {
            var envelope = Encrypt(key, Context, plaintext, step);
            Assert.Equal(26 + 21 + ChunkedEncryption.CiphertextLength(length), envelope.Length);
            foreach (var readStep in new[] { 999, Chunk, 81920, 2_000_000 })
            {
                Assert.Equal(plaintext, Decrypt(key, Context, new MemoryStream(envelope), readStep));
                Assert.Equal(plaintext, Decrypt(key, Context, new DribblingStream(envelope), readStep));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task ReadAsync_WhatWasWrittenAsync_GivesThePlaintextBack(int length)
    {
        using var key = SecretBytes.Random(32);
        var plaintext = RandomNumberGenerator.GetBytes(length);
        var envelope = new MemoryStream();
        await using (var encrypting = new ChunkedEncryptingStream(envelope, key, Wrapped, Context, leaveOpen: true))
        {
            foreach (var part in plaintext.Chunk(70_000))
                await encrypting.WriteAsync(part);
            await encrypting.FlushAsync();
            await encrypting.CompleteAsync();
        }

        envelope.Position = 0;
        var header = await ChunkedEnvelopeHeader.ReadAsync(envelope);
        Assert.NotNull(header);
        Assert.Equal(Wrapped.KeyId, header.WrappedKey.KeyId);
        Assert.Equal(Wrapped.KeyVersion, header.WrappedKey.KeyVersion);
        Assert.Equal(Wrapped.Wrapped, header.WrappedKey.Wrapped);
        await using var decrypting = new ChunkedDecryptingStream(envelope, header, key, Context);
        var opened = new MemoryStream();
        await decrypting.CopyToAsync(opened);
        Assert.Equal(plaintext, opened.ToArray());
        Assert.Equal(0, await decrypting.ReadAsync(new byte[10]));
    }

    [Fact]
    public void Encrypting_Message_IsTheC2spConstructionBoundToWhatStaysOfTheHeaderAndContext()
    {
        using var key = SecretBytes.Random(32);
        var plaintext = RandomNumberGenerator.GetBytes(3 * Chunk + 5);
        var envelope = Encrypt(key, Context, plaintext, int.MaxValue);
        byte[] context = [.. envelope[..4], .. Context.ToBytes()];

        var opened = new byte[plaintext.Length];
        Assert.True(ChunkedEncryption.TryDecrypt(AeadAlgorithm.Aes256Gcm, key, context, envelope.AsSpan(47), opened, out _));
        Assert.Equal(plaintext, opened);
    }

    [Fact]
    public void Dispose_WithoutComplete_LeavesNothingThatOpens()
    {
        using var key = SecretBytes.Random(32);
        foreach (var length in new[] { 0, 10, Chunk, 40 * Chunk })
        {
            var envelope = new MemoryStream();
            using (var encrypting = new ChunkedEncryptingStream(envelope, key, Wrapped, Context, leaveOpen: true))
            {
                encrypting.Write(new byte[length]);
                encrypting.Flush();
            }

            envelope.Position = 0;
            Assert.Throws<CryptographicException>(() => Decrypt(key, Context, envelope, 1_000_000));
        }
    }

    [Fact]
    [Trait("Attack", "41")]
    public void Read_ChunksCutMovedRepeatedAppended_FailsAndGivesOutVerifiedBytesAlone()
    {
        using var key = SecretBytes.Random(32);
        var count = 0;
        foreach (var altered in ChunkAlterations.Of(key, []))
        {
            foreach (var source in new Stream[] { new MemoryStream(altered.Message), new DribblingStream(altered.Message) })
            {
                foreach (var step in new[] { 1000, Chunk, 1_000_000 })
                {
                    source.Position = 0;
                    using var decrypting = new ChunkedDecryptingStream(source, AeadAlgorithm.Aes256Gcm, key, [], leaveOpen: true);
                    AssertFailsAfterAPrefix(decrypting, step, altered.Name);
                    count++;
                }
            }
        }

        Assert.True(count > 150);
    }

    [Fact]
    [Trait("Attack", "41")]
    public void Length_EndCutOrReplaced_Fails()
    {
        using var key = SecretBytes.Random(32);
        var plaintext = new byte[3 * Chunk + 500];
        var message = ChunkedEncryption.Encrypt(AeadAlgorithm.Aes256Gcm, key, [], plaintext);
        foreach (var cut in new[] { 1, 16, 499, 500, 516, 517, Chunk, message.Length - 56 })
        {
            using var decrypting = new ChunkedDecryptingStream(
                new MemoryStream(message[..^cut]), AeadAlgorithm.Aes256Gcm, key, [], leaveOpen: false);
            Assert.Throws<CryptographicException>(() => decrypting.Length);
            Assert.Throws<CryptographicException>(() => decrypting.Seek(-1, SeekOrigin.End));
            Assert.Throws<CryptographicException>(() => decrypting.ReadByte());
        }

        // A reader that goes behind the end of a file that was cut must not be told that there the file ends.
        using var cutShort = new ChunkedDecryptingStream(
            new MemoryStream(message[..^100]), AeadAlgorithm.Aes256Gcm, key, [], leaveOpen: false);
        cutShort.Position = plaintext.Length - 1;
        Assert.Throws<CryptographicException>(() => cutShort.ReadByte());
    }

    [Fact]
    [Trait("Attack", "37")]
    public void Read_AnyByteOfHeaderAndPrefixAltered_Fails()
    {
        using var key = SecretBytes.Random(32);
        var envelope = Encrypt(key, Context, new byte[100], int.MaxValue);
        for (var i = 0; i < envelope.Length; i++)
        {
            // Which key wrapped the data key, and how, is authenticated by whoever unwraps it; see EnvelopeEncryptorTests.
            if (i is >= 4 and < 47 and not (24 or 25))
                continue;
            envelope[i] ^= 0x04;
            var source = new MemoryStream(envelope);
            var header = ChunkedEnvelopeHeader.Read(source);
            if (header is not null)
            {
                using var decrypting = new ChunkedDecryptingStream(source, header, key, Context);
                Assert.Throws<CryptographicException>(() => decrypting.ReadByte());
                Assert.Throws<CryptographicException>(() => decrypting.ReadByte());
            }
            else
            {
                Assert.True(i is < 4 or 24 or 25);
            }

            envelope[i] ^= 0x04;
        }
    }

    [Fact]
    [Trait("Attack", "39")]
    public void Read_OtherContextOrKey_Fails()
    {
        using var key = SecretBytes.Random(32);
        using var other = SecretBytes.Random(32);
        var envelope = Encrypt(key, Context, new byte[100], int.MaxValue);

        Assert.Throws<CryptographicException>(() => Decrypt(key, EncryptionContext.Empty, new MemoryStream(envelope), 100));
        Assert.Throws<CryptographicException>(() => Decrypt(key, EncryptionContext.Of(("file", "other.pdf")), new MemoryStream(envelope), 100));
        Assert.Throws<CryptographicException>(() => Decrypt(other, Context, new MemoryStream(envelope), 100));
        Assert.Equal(new byte[100], Decrypt(key, Context, new MemoryStream(envelope), 100));
    }

    [Fact]
    [Trait("Attack", "37")]
    public void Read_HeadersSwappedBetweenFiles_Fails()
    {
        using var key = SecretBytes.Random(32);
        using var otherKey = SecretBytes.Random(32);
        var one = Encrypt(key, Context, new byte[100], int.MaxValue);
        var other = Encrypt(otherKey, Context, new byte[100], int.MaxValue, new WrappedDataKey(Guid.NewGuid(), 5, "an opaque wrapped key"u8));

        // The header leads to its own data key, and the body commits to another.
        Assert.Throws<CryptographicException>(() => Decrypt(key, Context, new MemoryStream([.. one[..47], .. other[47..]]), 100));
    }

    [Fact]
    public void ReplaceWrappedKey_StartOfAFile_LeavesTheChunksReadable()
    {
        using var key = SecretBytes.Random(32);
        var envelope = Encrypt(key, Context, new byte[40_000], int.MaxValue);

        var start = EnvelopeWriter.ReplaceWrappedKey(envelope.AsSpan(0, 47), new WrappedDataKey(Guid.NewGuid(), 2, new byte[300]));

        Assert.Equal(new byte[40_000], Decrypt(key, Context, new MemoryStream([.. start, .. envelope[47..]]), 40_000));
    }

    [Fact]
    public void Seek_RandomPlaces_ReadsWhatIsThere()
    {
        using var key = SecretBytes.Random(32);
        var plaintext = RandomNumberGenerator.GetBytes(80 * Chunk + 777);
        var envelope = new MemoryStream(Encrypt(key, Context, plaintext, int.MaxValue));
        var header = ChunkedEnvelopeHeader.Read(envelope);
        using var decrypting = new ChunkedDecryptingStream(envelope, header!, key, Context);
        var buffer = new byte[200_000];

        for (var i = 0; i < 500; i++)
        {
            var position = RandomNumberGenerator.GetInt32(plaintext.Length + 1000);
            var wanted = RandomNumberGenerator.GetInt32(1, i % 2 == 0 ? 3000 : buffer.Length);
            Assert.Equal(position, decrypting.Seek(position, SeekOrigin.Begin));
            var read = decrypting.ReadAtLeast(buffer.AsSpan(0, wanted), wanted, throwOnEndOfStream: false);
            var expected = plaintext.AsSpan(Math.Min(position, plaintext.Length));
            expected = expected[..Math.Min(wanted, expected.Length)];
            Assert.True(expected.SequenceEqual(buffer.AsSpan(0, read)), $"{wanted} bytes at {position}");
            Assert.Equal(position + read, decrypting.Position);
        }

        Assert.Equal(plaintext.Length, decrypting.Length);
        decrypting.Seek(-3, SeekOrigin.End);
        Assert.Equal(plaintext[^3], decrypting.ReadByte());
        decrypting.Seek(1, SeekOrigin.Current);
        Assert.Equal(plaintext[^1], decrypting.ReadByte());
        Assert.Equal(-1, decrypting.ReadByte());
        Assert.Throws<IOException>(() => decrypting.Seek(-1, SeekOrigin.Begin));
    }

    [Fact]
    public async Task Seek_MiddleOfTenGibibytes_FetchesTwoChunksAndNoMore()
    {
        using var source = new SimulatedMessage(10L << 30);
        await using var decrypting = new ChunkedDecryptingStream(source, AeadAlgorithm.Aes256Gcm, source.Key, [], leaveOpen: true);
        var buffer = new byte[1024];

        // Across a chunk's border, then within one chunk.
        decrypting.Position = (5L << 30) - 512;
        await decrypting.ReadExactlyAsync(buffer);
        Assert.Equal(SimulatedMessage.PlaintextAt((5L << 30) - 512, 1024), buffer);
        Assert.Equal([(5L << 30) / Chunk - 1, (5L << 30) / Chunk], source.ChunksRead);
        Assert.True(source.BytesRead <= 56 + 2 * (Chunk + 16));

        source.ChunksRead.Clear();
        decrypting.Position = (7L << 30) + 100;
        await decrypting.ReadExactlyAsync(buffer);
        Assert.Equal(SimulatedMessage.PlaintextAt((7L << 30) + 100, 1024), buffer);
        Assert.Single(source.ChunksRead);

        source.ChunksRead.Clear();
        Assert.Equal(10L << 30, decrypting.Length);
        Assert.Equal([(10L << 30) / Chunk], source.ChunksRead);
        decrypting.Position = 11L << 30;
        Assert.Equal(0, await decrypting.ReadAsync(buffer));
    }

    [Fact]
    public void Read_StraightOn_FetchesAheadAndReadsNothingTwice()
    {
        using var source = new SimulatedMessage(200 * Chunk);
        using var decrypting = new ChunkedDecryptingStream(source, AeadAlgorithm.Aes256Gcm, source.Key, [], leaveOpen: true);
        var buffer = new byte[5000];
        while (decrypting.Read(buffer) > 0)
        {
        }

        Assert.Equal(Enumerable.Range(0, 201).Select(static i => (long)i), source.ChunksRead);
        Assert.True(source.Reads < 20, $"{source.Reads} reads");
    }

    [Fact]
    public void Write_DestinationThrows_StreamRefusesFurtherUse()
    {
        using var key = SecretBytes.Random(32);
        using var encrypting = new ChunkedEncryptingStream(new FullDisk(), key, Wrapped, Context);
        encrypting.Write(new byte[10]);

        Assert.Throws<IOException>(encrypting.Complete);
        Assert.Throws<InvalidOperationException>(encrypting.Complete);
        Assert.Throws<InvalidOperationException>(() => encrypting.Write(new byte[10]));
    }

    [Fact]
    public void Members_Misused_Throw()
    {
        using var key = SecretBytes.Random(32);
        using var shortKey = SecretBytes.Random(16);
        Assert.Throws<ArgumentException>(() => new ChunkedEncryptingStream(new MemoryStream(), shortKey, Wrapped, Context));
        Assert.Throws<ArgumentException>(() => new ChunkedEncryptingStream(new MemoryStream([], writable: false), key, Wrapped, Context));
        var envelope = Encrypt(key, Context, new byte[10], 10);
        var header = ChunkedEnvelopeHeader.Read(new MemoryStream(envelope))!;
        Assert.Throws<ArgumentException>(() => new ChunkedDecryptingStream(new MemoryStream(), header, shortKey, Context));

        var encrypting = new ChunkedEncryptingStream(new MemoryStream(), key, Wrapped, Context);
        Assert.Throws<NotSupportedException>(() => encrypting.ReadByte());
        Assert.Throws<NotSupportedException>(() => encrypting.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => encrypting.SetLength(0));
        encrypting.Complete();
        Assert.Throws<InvalidOperationException>(() => encrypting.WriteByte(0));
        encrypting.Dispose();
        encrypting.Dispose();
        Assert.Throws<ObjectDisposedException>(() => encrypting.WriteByte(0));

        var decrypting = new ChunkedDecryptingStream(new DribblingStream(envelope), AeadAlgorithm.Aes256Gcm, key, [], leaveOpen: false);
        Assert.Throws<NotSupportedException>(() => decrypting.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => decrypting.Length);
        Assert.Throws<NotSupportedException>(() => decrypting.WriteByte(0));
        decrypting.Dispose();
        decrypting.Dispose();
        Assert.Throws<ObjectDisposedException>(() => decrypting.ReadByte());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(25)]
    [InlineData(46)]
    public void ReadHeader_CutShort_IsNull(int length)
    {
        using var key = SecretBytes.Random(32);
        var envelope = Encrypt(key, Context, new byte[10], 10);

        Assert.Null(ChunkedEnvelopeHeader.Read(new MemoryStream(envelope[..length])));
        Assert.NotNull(ChunkedEnvelopeHeader.Read(new DribblingStream(envelope[..47])));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(25)]
    [InlineData(46)]
    public async Task ReadHeaderAsync_CutShort_IsNull(int length)
    {
        using var key = SecretBytes.Random(32);
        var envelope = Encrypt(key, Context, new byte[10], 10);

        Assert.Null(await ChunkedEnvelopeHeader.ReadAsync(new MemoryStream(envelope[..length])));
        Assert.NotNull(await ChunkedEnvelopeHeader.ReadAsync(new DribblingStream(envelope[..47])));
    }

    private static void AssertFailsAfterAPrefix(ChunkedDecryptingStream decrypting, int step, string name)
    {
        var buffer = new byte[step];
        var total = 0L;
        var wrong = 0;
        var failed = false;
        for (var rounds = 0; rounds < 1000 && !failed; rounds++)
        {
            try
            {
                var read = decrypting.Read(buffer);
                Assert.True(read > 0, $"{name}: taken for whole after {total} bytes");
                for (var i = 0; i < read; i++, total++)
                    wrong |= buffer[i] ^ (int)(total / Chunk + 1);
            }
            catch (CryptographicException)
            {
                failed = true;
            }
        }

        Assert.True(failed, name);
        Assert.Equal(0, wrong);
        Assert.Throws<CryptographicException>(() => decrypting.Read(buffer));
        Assert.Throws<CryptographicException>(() => decrypting.Read(buffer));
    }

    private static byte[] Encrypt(SecretBytes key, EncryptionContext context, byte[] plaintext, int step, WrappedDataKey? wrapped = null)
    {
        var envelope = new MemoryStream();
        using var encrypting = new ChunkedEncryptingStream(envelope, key, wrapped ?? Wrapped, context);
        for (var at = 0; at < plaintext.Length; at += Math.Min(step, plaintext.Length - at))
            encrypting.Write(plaintext.AsSpan(at, Math.Min(step, plaintext.Length - at)));
        Assert.Equal(plaintext.Length, encrypting.Position);
        encrypting.Complete();
        return envelope.ToArray();
    }

    private static byte[] Decrypt(SecretBytes key, EncryptionContext context, Stream source, int step)
    {
        var header = ChunkedEnvelopeHeader.Read(source);
        Assert.NotNull(header);
        using var decrypting = new ChunkedDecryptingStream(source, header, key, context);
        var opened = new MemoryStream();
        decrypting.CopyTo(opened, step);
        return opened.ToArray();
    }
}
