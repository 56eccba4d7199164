using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Keyreeve.Integration.Cli;
using Keyreeve.Integration.Frameworks;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Keyreeve.Integration.Client;

/// <summary>Large files go from file to file on several processors: what comes out is what the streams make and read.</summary>
public sealed partial class WholeFileTests : IDisposable
{
    private const int Chunk = ChunkedEncryption.ChunkSizeInBytes;
    private const int SealedChunk = Chunk + 16;
    private const int Mebibyte = 1024 * 1024;
    private const int LastChunk = 70;
    private const int ManyChunks = (LastChunk * Chunk) + 100;
    private const int WriteOnlyAppend = 0x1 | 0x400;

    private static readonly EncryptionContext Context = EncryptionContext.Of(("file", "backup"));

    private readonly Scratch _scratch = new();
    private readonly LocalKeyProvider _provider = new();
    private readonly EnvelopeEncryptor _encryptor;

    public WholeFileTests() => _encryptor = new EnvelopeEncryptor(_provider);

    public static TheoryData<int> Lengths => [Mebibyte - 1, Mebibyte, Mebibyte + 1, (32 * 4 * Chunk) - 1, 32 * 4 * Chunk, (32 * 4 * Chunk) + 1, 5_000_007];

    public void Dispose()
    {
        _encryptor.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task EncryptFile_AnyLength_IsWhatStreamsMakeAndRead(int length)
    {
        var contents = RandomNumberGenerator.GetBytes(length);
        var seen = new Seen();

        var made = await _encryptor.EncryptFileAsync("orders", _scratch.Write("in", contents), _scratch["out"], Context, progress: seen);
        var envelope = await File.ReadAllBytesAsync(_scratch["out"]);
        var ofStream = await EncryptStreamAsync(contents);

        Assert.Equal(new EnvelopeOutcome(length, _provider.Id, 1), made);
        Assert.Equal(ofStream.Length, envelope.Length);
        Assert.Equal(contents, await DecryptStreamAsync(envelope));
        seen.AssertWentUpTo(length);

        seen = new Seen();
        var read = await _encryptor.DecryptFileAsync(_scratch.Write("of-stream", ofStream), _scratch["again"], Context, progress: seen);

        Assert.Equal(made, read);
        Assert.Equal(contents, await File.ReadAllBytesAsync(_scratch["again"]));
        seen.AssertWentUpTo(length);
    }

    [Fact]
    [Trait("Attack", "37")]
    [Trait("Attack", "41")]
    public async Task DecryptFile_AlteredAnywhere_SaysTheSameAndLeavesNothing()
    {
        var envelope = await EncryptStreamAsync(RandomNumberGenerator.GetBytes(ManyChunks));
        var messages = new HashSet<string>(StringComparer.Ordinal);
        var count = 0;
        foreach (var altered in Alterations(envelope))
        {
            var path = _scratch.Write("in.kre", altered);
            var failure = await Assert.ThrowsAsync<KeyreeveClientException>(() => _encryptor.DecryptFileAsync(path, _scratch["out"], Context));

            Assert.Equal(ClientError.CryptographicFailure, failure.Error);
            messages.Add(failure.Message);
            Assert.Equal([path], Directory.EnumerateFileSystemEntries(_scratch.Folder));
            count++;
        }

        Assert.Single(messages);
        Assert.True(count > 50);
    }

    [Fact]
    [Trait("Attack", "39")]
    public async Task DecryptFile_AnotherContext_LeavesNothing()
    {
        var path = _scratch.Write("in.kre", await EncryptStreamAsync(new byte[2 * Mebibyte]));

        var failure = await Assert.ThrowsAsync<KeyreeveClientException>(
            () => _encryptor.DecryptFileAsync(path, _scratch["out"], EncryptionContext.Of(("file", "another"))));

        Assert.Equal(ClientError.CryptographicFailure, failure.Error);
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(_scratch.Folder));
    }

    [Fact]
    public async Task Encrypt_OpenFiles_BeginsWhereTheyStandAndLeavesThemBehind()
    {
        var contents = RandomNumberGenerator.GetBytes(3 * Mebibyte);
        var path = _scratch.Write("in", contents);
        await using (var source = new FileStream(path, FileMode.Open))
        await using (var destination = new FileStream(_scratch["out"], FileMode.CreateNew))
        {
            Assert.Equal(contents[0], source.ReadByte());
            destination.Write("before"u8);
            await _encryptor.EncryptAsync("orders", source, destination, Context);

            Assert.Equal((source.Length, destination.Length), (source.Position, destination.Position));
            destination.Write("behind"u8);
        }

        var written = await File.ReadAllBytesAsync(_scratch["out"]);
        Assert.Equal("before"u8, written.AsSpan(0, 6));
        Assert.Equal("behind"u8, written.AsSpan(written.Length - 6));
        Assert.Equal(contents[1..], await DecryptStreamAsync(written[6..^6]));
    }

    [Fact]
    public async Task Encrypt_FileOpenedForAppending_IsWrittenInOrder()
    {
        var contents = RandomNumberGenerator.GetBytes(4 * Mebibyte);
        var path = _scratch.Write("in", contents);
        _scratch.Write("out", "before"u8.ToArray());
        await using (var source = File.OpenRead(path))
        await using (var destination = new FileStream(new SafeFileHandle(Open(_scratch["out"], WriteOnlyAppend), ownsHandle: true), FileAccess.Write, 0))
            await _encryptor.EncryptAsync("orders", source, destination, Context);

        var written = await File.ReadAllBytesAsync(_scratch["out"]);
        Assert.Equal(contents, await DecryptStreamAsync(written[6..]));
    }

    [Fact]
    public async Task EncryptFile_SourceGetsShorterMeanwhile_LeavesNothing()
    {
        var path = _scratch.Write("in", new byte[64 * Mebibyte]);
        var cut = new Once(() =>
        {
            using var truncating = Process.Start("truncate", ["-s", "1000", path]);
            truncating.WaitForExit();
        });

        await Assert.ThrowsAsync<IOException>(() => _encryptor.EncryptFileAsync("orders", path, _scratch["out"], Context, progress: cut));

        Assert.Equal([path], Directory.EnumerateFileSystemEntries(_scratch.Folder));
    }

    [Fact]
    public async Task EncryptFile_Cancelled_LeavesNothing()
    {
        using var cancellation = new CancellationTokenSource();
        var path = _scratch.Write("in", new byte[64 * Mebibyte]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _encryptor.EncryptFileAsync(
            "orders", path, _scratch["out"], Context, progress: new Once(cancellation.Cancel), cancellationToken: cancellation.Token));

        Assert.Equal([path], Directory.EnumerateFileSystemEntries(_scratch.Folder));
    }

    private static IEnumerable<byte[]> Alterations(byte[] envelope)
    {
        var body = envelope.Length - (int)ChunkedEncryption.CiphertextLength(ManyChunks);
        var chunks = body + ChunkedEncryption.PrefixSizeInBytes;

        // Header (but for the name of the key, which this provider does not check), wrapped key, salt, commitment; then a byte of some
        // chunks, among them some of each piece and the last.
        int[] places = [0, 1, 2, 3, .. Enumerable.Range(0, (chunks - 24) / 3).Select(static i => 24 + (i * 3)), .. new[] { 0, 1, 15, 16, 31, 32, 63, 64, 69, LastChunk }.Select(i => chunks + (i * SealedChunk)), envelope.Length - 1];
        foreach (var place in places)
        {
            var altered = (byte[])envelope.Clone();
            altered[place] ^= 0x10;
            yield return altered;
        }

        byte[] ChunkAt(int index) => envelope[(chunks + (index * SealedChunk))..(chunks + ((index + 1) * SealedChunk))];
        foreach (var cut in (int[])[body, chunks, chunks + 16, chunks + SealedChunk, chunks + (32 * SealedChunk), chunks + (LastChunk * SealedChunk), envelope.Length - 1])
            yield return envelope[..cut];
        foreach (var (from, to) in ((int, int)[])[(0, 1), (0, 69), (31, 32), (69, 0)])
        {
            var moved = (byte[])envelope.Clone();
            ChunkAt(from).CopyTo(moved, chunks + (to * SealedChunk));
            yield return moved;
        }

        yield return [.. envelope, 0];
        yield return [.. envelope, .. ChunkAt(0)];
        yield return [.. envelope[..(chunks + SealedChunk)], .. envelope[(chunks + (2 * SealedChunk))..]];
        yield return [.. envelope[..(chunks + SealedChunk)], .. ChunkAt(0), .. envelope[(chunks + SealedChunk)..]];
    }

    private async Task<byte[]> EncryptStreamAsync(byte[] contents)
    {
        using var envelope = new MemoryStream();
        await _encryptor.EncryptAsync("orders", new MemoryStream(contents), envelope, Context);
        return envelope.ToArray();
    }

    private async Task<byte[]> DecryptStreamAsync(byte[] envelope)
    {
        using var plaintext = new MemoryStream();
        await _encryptor.DecryptAsync(new MemoryStream(envelope), plaintext, Context);
        return plaintext.ToArray();
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    private sealed class Seen : IProgress<FileProgress>
    {
        private readonly List<FileProgress> _values = [];

        public void Report(FileProgress value) => _values.Add(value);

        public void AssertWentUpTo(long total)
        {
            Assert.Equal(new FileProgress(total, total), _values[^1]);
            Assert.Equal(_values.OrderBy(static v => v.DoneInBytes), _values);
        }
    }

    private sealed class Once(Action action) : IProgress<FileProgress>
    {
        private Action? _action = action;

        public void Report(FileProgress value) => Interlocked.Exchange(ref _action, null)?.Invoke();
    }
}
