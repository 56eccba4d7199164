using System.Diagnostics;
using System.Security.Cryptography;
using Keyreeve.Crypto;

namespace Keyreeve.Benchmarks;

/// <summary>The primitives of the hot paths, each on one thread, against the framework's AES-GCM used as well as it can be.</summary>
internal static class CryptoBench
{
    private const int MessageSizeInBytes = 64;
    private const int FileStepInBytes = 64 * 1024;

    /// <summary>The lines of the table.</summary>
    public static IReadOnlyList<Comparison> Comparisons { get; } =
    [
        new()
        {
            Name = "crypto-aead-64",
            Unit = "messages/s",
            Ours = static d => Task.FromResult(Aead(d)),
            Reference = static d => Task.FromResult(FrameworkMessages(d, MessageSizeInBytes)),
            ReferenceName = "AesGcm, reused",
        },
        new()
        {
            Name = "crypto-seal-64",
            Unit = "messages/s",
            Ours = static d => Task.FromResult(Seal(d)),
            Reference = static d => Task.FromResult(FrameworkMessages(d, MessageSizeInBytes)),
            ReferenceName = "AesGcm, reused, no derived key",
        },
        new()
        {
            Name = "crypto-file-encrypt",
            Unit = "MiB/s",
            Ours = static d => Task.FromResult(EncryptFile(d)),
            Reference = static d => Task.FromResult(FrameworkMessages(d, FileStepInBytes) * FileStepInBytes / (1 << 20)),
            ReferenceName = "AesGcm, 64 KiB",
        },
        new()
        {
            Name = "crypto-file-decrypt",
            Unit = "MiB/s",
            Ours = static d => Task.FromResult(DecryptFile(d)),
            Reference = static d => Task.FromResult(FrameworkMessages(d, FileStepInBytes) * FileStepInBytes / (1 << 20)),
            ReferenceName = "AesGcm, 64 KiB",
        },
    ];

    private static double Aead(TimeSpan duration)
    {
        using var secret = SecretBytes.Random(32);
        using var key = new AeadKey(AeadAlgorithm.Aes256Gcm, secret);
        var (nonce, message, tag) = (new byte[12], new byte[MessageSizeInBytes], new byte[16]);
        return Rate(duration, batch: 1000, () => key.Encrypt(nonce, message, [], message, tag));
    }

    private static double Seal(TimeSpan duration)
    {
        using var secret = SecretBytes.Random(32);
        using var key = new CommittingAead(secret);
        var (header, message, body) = (new byte[20], new byte[MessageSizeInBytes], new byte[MessageSizeInBytes + CommittingAead.OverheadInBytes]);
        return Rate(duration, batch: 1000, () => key.Seal(header, message, body));
    }

    private static double FrameworkMessages(TimeSpan duration, int sizeInBytes)
    {
        using var cipher = new AesGcm(RandomNumberGenerator.GetBytes(32), 16);
        var (nonce, message, ciphertext, tag) = (new byte[12], new byte[sizeInBytes], new byte[sizeInBytes], new byte[16]);
        return Rate(duration, batch: sizeInBytes > 1024 ? 10 : 1000, () => cipher.Encrypt(nonce, message, ciphertext, tag));
    }

    private static double EncryptFile(TimeSpan duration)
    {
        using var secret = SecretBytes.Random(32);
        using var stream = new ChunkedEncryptingStream(Stream.Null, secret, new WrappedDataKey(Guid.Empty, 1, [0]), EncryptionContext.Empty);
        var step = new byte[FileStepInBytes];
        return Rate(duration, batch: 10, () => stream.Write(step)) * FileStepInBytes / (1 << 20);
    }

    private static double DecryptFile(TimeSpan duration)
    {
        using var secret = SecretBytes.Random(32);
        var file = new MemoryStream();
        using (var writing = new ChunkedEncryptingStream(file, secret, new WrappedDataKey(Guid.Empty, 1, [0]), EncryptionContext.Empty, leaveOpen: true))
        {
            writing.Write(new byte[64 << 20]);
            writing.Complete();
        }

        file.Position = 0;
        using var reading = new ChunkedDecryptingStream(file, ChunkedEnvelopeHeader.Read(file)!, secret, EncryptionContext.Empty);
        var step = new byte[FileStepInBytes];
        return Rate(duration, batch: 10, () =>
        {
            if (reading.Read(step) == 0)
                reading.Position = 0;
        }) * FileStepInBytes / (1 << 20);
    }

    private static double Rate(TimeSpan duration, int batch, Action action)
    {
        var count = 0L;
        var clock = Stopwatch.StartNew();
        for (; clock.Elapsed < duration; count += batch)
        {
            for (var i = 0; i < batch; i++)
                action();
        }

        return count / clock.Elapsed.TotalSeconds;
    }
}
