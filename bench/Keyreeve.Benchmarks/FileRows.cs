using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using Keyreeve.Client;
using Keyreeve.Crypto;

namespace Keyreeve.Benchmarks;

/// <summary>A program that encrypts files: its name, and its arguments for one file.</summary>
internal sealed record FileTool(string Name, string Shown, Func<FileWork, IReadOnlyList<string>> Arguments);

/// <summary>A file from disk to disk through the SDK, one data key wrapped by the server included, against other programs.</summary>
internal static class FileRows
{
    /// <summary>Against what: each reads the same file, and encrypts it as we do with AES-256 or its own cipher.</summary>
    public static IReadOnlyList<FileTool> Tools { get; } =
    [
        new("openssl", "openssl enc -aes-256-ctr", static f =>
            ["enc", "-aes-256-ctr", "-pbkdf2", "-pass", $"file:{f.Passphrase}", "-in", f.Plaintext, "-out", f.Output]),
        new("age", "age -r", static f => ["-r", f.AgeRecipient, "-o", f.Output, f.Plaintext]),
        // The count is given and no agent started: gpg would ask one how many iterations suit the machine, and leave it running.
        new("gpg", "gpg --symmetric, uncompressed", static f =>
            ["--batch", "--yes", "--quiet", "--no-options", "--homedir", f.GpgHome, "--no-autostart", "--pinentry-mode", "loopback",
             "--passphrase-file", f.Passphrase, "--s2k-count", "65011712", "--cipher-algo", "AES256", "--compress-algo", "none",
             "-o", f.Output, "--symmetric", f.Plaintext]),
    ];

    public static async Task<Comparison> EncryptAsync(Stage stage, FileTool tool)
    {
        var program = FileWork.Find(tool.Name) ?? throw new NotInstalledException($"{tool.Name} is not installed");
        var server = await stage.ServerAsync();
        var files = await stage.FilesAsync();
        if (tool.Name is "age") await files.MakeAgeRecipientAsync();
        var encryptor = new EnvelopeEncryptor(server.Client);
        return new Comparison
        {
            Name = $"file-{tool.Name}",
            Unit = "MB/s",
            Ours = _ => TimeAsync(files, () => encryptor.EncryptFileAsync(ServerUnderTest.KeyName, files.Plaintext, files.Output, EncryptionContext.Empty)),
            Reference = _ => TimeAsync(files, () => ChildProcess.RunAsync(program, tool.Arguments(files))),
            ReferenceName = tool.Shown,
            Owned = [new Closing(encryptor)],
        };
    }

    /// <summary>From file to file, against AesGcm over as many bytes from memory to memory, in pieces of 64 KiB.</summary>
    public static async Task<Comparison> AgainstMemoryAsync(Stage stage)
    {
        var server = await stage.ServerAsync();
        var files = await stage.FilesAsync();
        var encryptor = new EnvelopeEncryptor(server.Client);
        return new Comparison
        {
            Name = "file-memory",
            Unit = "MB/s",
            Ours = _ => TimeAsync(files, () => encryptor.EncryptFileAsync(ServerUnderTest.KeyName, files.Plaintext, files.Output, EncryptionContext.Empty)),
            Reference = _ => Task.Run(() => MemoryToMemory(files.SizeInBytes)),
            ReferenceName = "AesGcm, memory to memory",
            Owned = [new Closing(encryptor)],
        };
    }

    private static double MemoryToMemory(long sizeInBytes)
    {
        const int piece = 64 * 1024;
        using var aes = new AesGcm(RandomNumberGenerator.GetBytes(32), 16);
        var (nonce, tag, from, to) = (new byte[12], new byte[16], new byte[1 << 24], new byte[1 << 24]);
        var started = Stopwatch.GetTimestamp();
        for (var done = 0L; done < sizeInBytes; done += piece)
        {
            var at = (int)(done & ((1 << 24) - 1));
            BinaryPrimitives.WriteInt64LittleEndian(nonce, done);
            aes.Encrypt(nonce, from.AsSpan(at, piece), to.AsSpan(at, piece), tag);
        }

        return sizeInBytes / 1e6 / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Encrypts the file once, however long it takes.</summary>
    private static async Task<double> TimeAsync(FileWork files, Func<Task> encryptAsync)
    {
        File.Delete(files.Output);
        var started = Stopwatch.GetTimestamp();
        await encryptAsync();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new FileInfo(files.Output).Length >= files.SizeInBytes
            ? files.SizeInBytes / 1e6 / seconds
            : throw new InvalidOperationException($"{files.Output} is shorter than what was encrypted.");
    }

    private sealed class Closing(IDisposable resource) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            resource.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
