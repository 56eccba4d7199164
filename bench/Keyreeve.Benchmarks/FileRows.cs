using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using Keyreeve.Client;
using Keyreeve.Crypto;

namespace Keyreeve.Benchmarks;

/// <summary>A program that encrypts files: its name, and its arguments for one file.</summary>
internal sealed record FileTool(string Name, string Shown, Func<FileWork, IReadOnlyList<string>> Arguments);

/// <summary>Where the files lie, and who waits until what was written is on the disk.</summary>
internal sealed record FileCase(string Prefix, bool IsOnDisk, bool FlushesOurs, bool FlushesReference)
{
    /// <summary>In memory, where there is no disk to wait for: ours as <c>keyreeve encrypt</c> does it.</summary>
    public static FileCase Memory { get; } = new("file", IsOnDisk: false, FlushesOurs: true, FlushesReference: false);

    /// <summary>On a disk's file system, and nobody waits: the other programs never do, ours between files that the caller opened.</summary>
    public static FileCase Disk { get; } = new("file-disk", IsOnDisk: true, FlushesOurs: false, FlushesReference: false);

    /// <summary>Until it is on the disk: ours as <c>keyreeve encrypt</c> does it, of the other what it wrote is flushed.</summary>
    public static FileCase Durable { get; } = new("file-durable", IsOnDisk: true, FlushesOurs: true, FlushesReference: true);

    public string NameOf(string reference) => $"{Prefix}-{reference}";
}

/// <summary>A file through the SDK, one data key wrapped by the server included, against other programs.</summary>
internal static class FileRows
{
    /// <summary>Against what: each reads the same file, and encrypts it as we do with AES-256 or its own cipher.</summary>
    public static IReadOnlyList<FileTool> Tools { get; } =
    [
        // Encrypts nothing: what reading and writing alone cost one thread.
        new("cp", "cp", static f => [f.Plaintext, f.Output]),
        new("openssl", "openssl enc -aes-256-ctr", static f =>
            ["enc", "-aes-256-ctr", "-pbkdf2", "-pass", $"file:{f.Passphrase}", "-in", f.Plaintext, "-out", f.Output]),
        new("age", "age -r", static f => ["-r", f.AgeRecipient, "-o", f.Output, f.Plaintext]),
        // The count is given and no agent started: gpg would ask one how many iterations suit the machine, and leave it running.
        new("gpg", "gpg --symmetric, uncompressed", static f =>
            ["--batch", "--yes", "--quiet", "--no-options", "--homedir", f.GpgHome, "--no-autostart", "--pinentry-mode", "loopback",
             "--passphrase-file", f.Passphrase, "--s2k-count", "65011712", "--cipher-algo", "AES256", "--compress-algo", "none",
             "-o", f.Output, "--symmetric", f.Plaintext]),
    ];

    /// <summary>From file to file, against a program that does the same.</summary>
    public static async Task<Comparison> EncryptAsync(Stage stage, FileTool tool, FileCase place)
    {
        var program = FileWork.Find(tool.Name) ?? throw new NotInstalledException($"{tool.Name} is not installed");
        var files = await stage.FilesAsync(place.IsOnDisk);
        if (tool.Name is "age") await files.MakeAgeRecipientAsync();
        return await CompareAsync(stage, place, files, place.NameOf(tool.Name), place.FlushesReference ? tool.Shown + ", and fsync" : tool.Shown, () => TimeAsync(files, async () =>
        {
            await ChildProcess.RunAsync(program, tool.Arguments(files));
            if (!place.FlushesReference) return;
            await using var output = new FileStream(files.Output, FileMode.Open, FileAccess.ReadWrite);
            output.Flush(flushToDisk: true);
        }));
    }

    /// <summary>From file to file, against AesGcm over as many bytes from memory to memory, in pieces of 64 KiB on one thread.</summary>
    public static async Task<Comparison> AgainstMemoryAsync(Stage stage, FileCase place)
    {
        var files = await stage.FilesAsync(place.IsOnDisk);
        return await CompareAsync(stage, place, files, place.NameOf("memory"), "AesGcm, memory to memory", () => Task.Run(() => MemoryToMemory(files.SizeInBytes)));
    }

    private static async Task<Comparison> CompareAsync(Stage stage, FileCase place, FileWork files, string name, string shown, Func<Task<double>> measureReference)
    {
        var server = await stage.ServerAsync();
        var encryptor = new EnvelopeEncryptor(server.Client);
        return new Comparison
        {
            Name = name,
            Unit = "MB/s",
            Ours = _ => TimeAsync(files, () => place.FlushesOurs
                ? encryptor.EncryptFileAsync(ServerUnderTest.KeyName, files.Plaintext, files.Output, EncryptionContext.Empty)
                : EncryptOpenFilesAsync(encryptor, files)),
            Reference = _ => measureReference(),
            ReferenceName = shown,
            Owned = [new Closing(encryptor)],
        };
    }

    private static async Task EncryptOpenFilesAsync(EnvelopeEncryptor encryptor, FileWork files)
    {
        await using var from = File.OpenRead(files.Plaintext);
        await using var to = new FileStream(files.Output, FileMode.CreateNew, FileAccess.Write);
        await encryptor.EncryptAsync(ServerUnderTest.KeyName, from, to, EncryptionContext.Empty);
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
