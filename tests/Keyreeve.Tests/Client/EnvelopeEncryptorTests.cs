using System.Security.Cryptography;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Client;

public sealed class EnvelopeEncryptorTests
{
    private static readonly EncryptionContext Context = EncryptionContext.Of(("customer", "4711"));
    private static readonly EncryptionContext Other = EncryptionContext.Of(("customer", "4712"));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Encrypt_SmallValue_DecryptsToIt(int length)
    {
        using var rig = new Rig();
        var value = RandomNumberGenerator.GetBytes(length);

        var envelope = await rig.Encryptor.EncryptAsync("orders", value, Context);

        Assert.Equal(value, await rig.Encryptor.DecryptAsync(envelope, Context));
    }

    [Fact]
    public async Task Encrypt_XChaCha20Chosen_IsTheEnvelopesCipherAndEachReadsTheOther()
    {
        Assert.SkipUnless(AeadAlgorithm.XChaCha20Poly1305.IsAvailable, "libsodium is not installed");
        using var chacha = new Rig(static options => options with { Suite = EnvelopeSuite.XChaCha20Poly1305 });
        var value = RandomNumberGenerator.GetBytes(1000);

        var envelope = await chacha.Encryptor.EncryptAsync("orders", value, Context);
        using var gcm = new EnvelopeEncryptor(chacha.Encryptor.Provider);
        var other = await gcm.EncryptAsync("orders", value, Context);

        Assert.True(EnvelopeHeader.TryParse(envelope, out var header));
        Assert.Equal(EnvelopeSuite.XChaCha20Poly1305, header.Suite);
        Assert.Equal(value, await chacha.Encryptor.DecryptAsync(envelope, Context));
        Assert.Equal(value, await gcm.DecryptAsync(envelope, Context));
        Assert.Equal(value, await chacha.Encryptor.DecryptAsync(other, Context));
        envelope[^1] ^= 1;
        await Assert.ThrowsAsync<KeyreeveClientException>(() => chacha.Encryptor.DecryptAsync(envelope, Context).AsTask());
    }

    [Fact]
    public async Task Encrypt_ManySmallValues_AsksTheServerOnce()
    {
        using var rig = new Rig();

        for (var i = 0; i < 100; i++)
        {
            var envelope = await rig.Encryptor.EncryptAsync("orders", new byte[] { 1, 2, 3 }, EncryptionContext.Of(("row", $"{i}")));
            await rig.Encryptor.DecryptAsync(envelope, EncryptionContext.Of(("row", $"{i}")));
        }

        Assert.Single(rig.Server.Requests);
    }

    [Fact]
    public async Task Encrypt_ManyCallersAtOnce_AskTheServerOnce()
    {
        using var rig = new Rig();

        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () => await rig.Encryptor.EncryptAsync("orders", new byte[9], Context))));

        Assert.Single(rig.Server.Requests);
    }

    [Fact]
    public async Task Encrypt_AfterLifetime_TakesANewDataKey()
    {
        using var rig = new Rig(options => options with { DataKeyLifetime = TimeSpan.FromMinutes(5) });
        var first = await rig.Encryptor.EncryptAsync("orders", new byte[9], Context);

        rig.Time.Advance(TimeSpan.FromMinutes(5));
        await rig.Encryptor.EncryptAsync("orders", new byte[9], Context);
        await rig.Encryptor.DecryptAsync(first, Context);

        Assert.Equal(3, rig.Server.Requests.Count);
    }

    [Fact]
    public async Task Encrypt_AfterMaxUses_TakesANewDataKey()
    {
        using var rig = new Rig(static options => options with { DataKeyMaxUses = 2 });

        for (var i = 0; i < 5; i++)
            await rig.Encryptor.EncryptAsync("orders", new byte[9], Context);

        Assert.Equal(3, rig.Server.Requests.Count);
    }

    [Fact]
    public async Task Decrypt_MoreDataKeysThanCapacity_StillDecrypts()
    {
        using var rig = new Rig(static options => options with { DataKeyMaxUses = 1, DataKeyCapacity = 2 });
        var envelopes = new List<byte[]>();
        for (byte i = 0; i < 6; i++)
            envelopes.Add(await rig.Encryptor.EncryptAsync("orders", new[] { i }, Context));

        for (byte i = 0; i < 6; i++)
            Assert.Equal([i], await rig.Encryptor.DecryptAsync(envelopes[i], Context));
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(10, 0)]
    public async Task Encrypt_CacheTurnedOff_AsksTheServerEachTime(int capacity, int minutes)
    {
        using var rig = new Rig(options => options with { DataKeyCapacity = capacity, DataKeyLifetime = TimeSpan.FromMinutes(minutes) });

        var envelope = await rig.Encryptor.EncryptAsync("orders", new byte[9], Context);
        await rig.Encryptor.DecryptAsync(envelope, Context);
        await rig.Encryptor.DecryptAsync(envelope, Context);

        Assert.Equal(3, rig.Server.Requests.Count);
    }

    [Fact]
    [Trait("Attack", "39")]
    public async Task Decrypt_OtherContext_Fails()
    {
        using var rig = new Rig();
        var envelope = await rig.Encryptor.EncryptAsync("orders", new byte[9], Context);

        await AssertFailsAsync(() => rig.Encryptor.DecryptAsync(envelope, Other).AsTask());
        await AssertFailsAsync(() => rig.Encryptor.DecryptAsync(envelope, EncryptionContext.Empty).AsTask());
    }

    [Fact]
    [Trait("Attack", "37")]
    public async Task Decrypt_AnyByteOfASmallEnvelopeFlipped_IsTheSameError()
    {
        using var rig = new Rig();
        var envelope = await rig.Encryptor.EncryptAsync("orders", "secret"u8.ToArray(), Context);
        var messages = new HashSet<string>(StringComparer.Ordinal);

        for (var i = 0; i < envelope.Length; i++)
        {
            var altered = (byte[])envelope.Clone();
            altered[i] ^= 0x40;
            messages.Add((await AssertFailsAsync(() => rig.Encryptor.DecryptAsync(altered, Context).AsTask())).Message);
        }

        Assert.Single(messages);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    [InlineData((16 * 1024) + 1)]
    [InlineData((3 * 1024 * 1024) + 5)]
    public async Task EncryptStream_AnyLength_DecryptsToIt(int length)
    {
        using var rig = new Rig();
        var contents = RandomNumberGenerator.GetBytes(length);

        var envelope = await rig.EncryptStreamAsync(contents, Context);

        Assert.Equal(contents, await rig.DecryptStreamAsync(envelope, Context, canSeek: true));
        Assert.Equal(contents, await rig.DecryptStreamAsync(envelope, Context, canSeek: false));
    }

    [Fact]
    public async Task EncryptStream_Progress_EndsAtTheTotal()
    {
        using var rig = new Rig();
        var seen = new Seen();

        var outcome = await rig.Encryptor.EncryptAsync("orders", new MemoryStream(new byte[2_500_000]), new MemoryStream(), Context, seen);

        Assert.Equal(new FileProgress(2_500_000, 2_500_000), seen.Values[^1]);
        Assert.Equal(new EnvelopeOutcome(2_500_000, FakeServer.KeyId, 3), outcome);
    }

    [Fact]
    [Trait("Attack", "37")]
    public async Task DecryptStream_BytesFlipped_IsTheSameErrorAndNothingComesOut()
    {
        using var rig = new Rig();
        var envelope = await rig.EncryptStreamAsync(RandomNumberGenerator.GetBytes(40_000), Context);
        var messages = new HashSet<string>(StringComparer.Ordinal);

        // Every byte of the header, the salt and the commitment; then some of each chunk.
        foreach (var i in Enumerable.Range(0, 400).Concat([5_000, 20_000, 33_000, envelope.Length - 1]))
        {
            var altered = (byte[])envelope.Clone();
            altered[i] ^= 0x10;
            var output = new MemoryStream();
            messages.Add((await AssertFailsAsync(() => rig.Encryptor.DecryptAsync(new MemoryStream(altered), output, Context))).Message);
            Assert.Equal(0, output.Length);
        }

        Assert.Single(messages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Attack", "41")]
    public async Task DecryptStream_CutAnywhere_Fails(bool canSeek)
    {
        using var rig = new Rig();
        var envelope = await rig.EncryptStreamAsync(RandomNumberGenerator.GetBytes(70_000), Context);

        foreach (var length in (int[])[0, 1, 19, 25, 100, 200, 300, 16_000, 17_000, 33_000, 50_000, envelope.Length - 17, envelope.Length - 16, envelope.Length - 1])
            await AssertFailsAsync(() => rig.DecryptStreamAsync(envelope[..length], Context, canSeek));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Attack", "41")]
    public async Task DecryptStream_ChunksSwappedRepeatedOrAppended_Fails(bool canSeek)
    {
        using var rig = new Rig();
        var envelope = await rig.EncryptStreamAsync(RandomNumberGenerator.GetBytes(70_000), Context);
        const int sealedChunk = (16 * 1024) + 16;
        var lastLength = (70_000 % (16 * 1024)) + 16;
        var body = envelope.Length - lastLength - (4 * sealedChunk);
        byte[] Chunk(int index) => envelope[(body + (index * sealedChunk))..(body + ((index + 1) * sealedChunk))];
        var head = envelope[..body];
        var last = envelope[^lastLength..];

        byte[][] altered =
        [
            [.. head, .. Chunk(1), .. Chunk(0), .. Chunk(2), .. Chunk(3), .. last],
            [.. head, .. Chunk(0), .. Chunk(0), .. Chunk(2), .. Chunk(3), .. last],
            [.. head, .. Chunk(0), .. Chunk(1), .. Chunk(2), .. last],
            [.. envelope, .. last],
            [.. envelope, 0],
        ];
        foreach (var envelopeAltered in altered)
            await AssertFailsAsync(() => rig.DecryptStreamAsync(envelopeAltered, Context, canSeek));
    }

    [Fact]
    [Trait("Attack", "39")]
    public async Task DecryptStream_OtherContext_Fails()
    {
        using var rig = new Rig();
        var envelope = await rig.EncryptStreamAsync(new byte[100], Context);

        await AssertFailsAsync(() => rig.DecryptStreamAsync(envelope, Other, canSeek: true));
    }

    [Fact]
    [Trait("Attack", "37")]
    public async Task DecryptStream_HeadersSwapped_Fails()
    {
        using var rig = new Rig();
        var one = await rig.EncryptStreamAsync(new byte[100], Context);
        var two = await rig.EncryptStreamAsync(new byte[100], Context);
        var header = 26 + WrappedLength(one);

        await AssertFailsAsync(() => rig.DecryptStreamAsync([.. two[..header], .. one[header..]], Context, canSeek: true));
    }

    [Fact]
    public async Task DecryptStream_SmallEnvelope_IsReadToo()
    {
        using var rig = new Rig();
        var envelope = await rig.Encryptor.EncryptAsync("orders", "value"u8.ToArray(), Context);

        Assert.Equal("value"u8.ToArray(), await rig.DecryptStreamAsync(envelope, Context, canSeek: false));
    }

    [Fact]
    public async Task OpenRead_Seek_ReadsFromThere()
    {
        using var rig = new Rig();
        var contents = RandomNumberGenerator.GetBytes(200_000);
        var envelope = await rig.EncryptStreamAsync(contents, Context);

        await using var stream = await rig.Encryptor.OpenReadAsync(new MemoryStream(envelope), Context);
        stream.Position = 123_456;
        var piece = new byte[1024];
        await stream.ReadExactlyAsync(piece);

        Assert.Equal(200_000, stream.Length);
        Assert.Equal(contents[123_456..(123_456 + 1024)], piece);
    }

    private static int WrappedLength(byte[] envelope) =>
        EnvelopeHeader.TryParse(envelope, out var header) ? header.WrappedKeyLengthInBytes : throw new InvalidOperationException();

    private static async Task<KeyreeveClientException> AssertFailsAsync(Func<Task> decrypt)
    {
        var failure = await Assert.ThrowsAsync<KeyreeveClientException>(decrypt);
        Assert.Equal(ClientError.CryptographicFailure, failure.Error);
        return failure;
    }

    private sealed class Seen : IProgress<FileProgress>
    {
        public List<FileProgress> Values { get; } = [];

        public void Report(FileProgress value) => Values.Add(value);
    }

    private sealed class Rig(Func<EnvelopeEncryptorOptions, EnvelopeEncryptorOptions>? change = null) : EncryptorRig(change)
    {
        public async Task<byte[]> EncryptStreamAsync(byte[] contents, EncryptionContext context)
        {
            var envelope = new MemoryStream();
            await Encryptor.EncryptAsync("orders", new MemoryStream(contents), envelope, context);
            return envelope.ToArray();
        }

        public async Task<byte[]> DecryptStreamAsync(byte[] envelope, EncryptionContext context, bool canSeek)
        {
            var output = new MemoryStream();
            Stream source = new MemoryStream(envelope);
            await Encryptor.DecryptAsync(canSeek ? source : new ForwardOnly(source), output, context);
            return output.ToArray();
        }
    }

    /// <summary>A pipe: reads onward, in small pieces.</summary>
    private sealed class ForwardOnly(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(count, 777));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer[..Math.Min(buffer.Length, 777)], cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
