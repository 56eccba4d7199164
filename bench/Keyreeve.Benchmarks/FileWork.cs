using System.Security.Cryptography;

namespace Keyreeve.Benchmarks;

/// <summary>
/// A large file of random bytes, and what its encryption needs.
/// </summary>
internal sealed class FileWork : IAsyncDisposable
{
    private const string MemoryFolder = "/dev/shm";
    private const int StepInBytes = 1 << 20;

    private readonly DirectoryInfo _folder;

    private FileWork(DirectoryInfo folder, long sizeInBytes)
    {
        _folder = folder;
        SizeInBytes = sizeInBytes;
        AgeRecipient = "";
    }

    public long SizeInBytes { get; }

    public string Plaintext => Path.Combine(_folder.FullName, "plaintext");

    public string Output => Path.Combine(_folder.FullName, "output");

    public string Passphrase => Path.Combine(_folder.FullName, "passphrase");

    public string GpgHome => _folder.FullName;

    /// <summary>Whom age encrypts to, once there is one.</summary>
    public string AgeRecipient { get; private set; }

    /// <summary>Makes the file: on a disk, or in memory where there is room, so that no disk is measured.</summary>
    public static async Task<FileWork> PrepareAsync(int sizeInMebibytes, bool onDisk)
    {
        var size = (long)sizeInMebibytes << 20;
        // A folder of this kind is its owner's alone; gpg wants it so.
        var folder = !onDisk && HasRoom(MemoryFolder, size * 3)
            ? Directory.CreateDirectory(Path.Combine(MemoryFolder, $"keyreeve-bench-{Path.GetRandomFileName()}"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
            : Directory.CreateTempSubdirectory("keyreeve-bench-files-");
        var work = new FileWork(folder, size);
        await File.WriteAllTextAsync(work.Passphrase, RandomNumberGenerator.GetHexString(32));
        await using var file = File.Create(work.Plaintext);
        for (var i = 0; i < sizeInMebibytes; i++) await file.WriteAsync(RandomNumberGenerator.GetBytes(StepInBytes));
        return work;
    }

    /// <summary>Where a program is; null if it is not there.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>Makes a key pair for age, which comes with its own program for that.</summary>
    public async Task MakeAgeRecipientAsync()
    {
        var keygen = Find("age-keygen") ?? throw new NotInstalledException("age-keygen is not installed");
        var identity = Path.Combine(_folder.FullName, "age-identity");
        if (!File.Exists(identity)) await ChildProcess.RunAsync(keygen, "-o", identity);
        AgeRecipient = (await ChildProcess.RunAsync(keygen, "-y", identity)).Trim();
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private static bool HasRoom(string folder, long bytes) => Directory.Exists(folder) && new DriveInfo(folder).AvailableFreeSpace > bytes;
}
