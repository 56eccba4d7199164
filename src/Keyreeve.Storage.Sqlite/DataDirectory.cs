using Keyreeve.Core;

namespace Keyreeve.Storage.Sqlite;

/// <summary>The directory, held by this process until it is disposed or dies.</summary>
internal sealed class DataDirectory : IDisposable
{
    private const string DatabaseName = "keyreeve.db";
    private const string LockName = "keyreeve.lock";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly FileStream _lock;

    private DataDirectory(string databasePath, FileStream @lock)
    {
        DatabasePath = databasePath;
        _lock = @lock;
    }

    /// <summary>The database file; exists, is the owner's alone.</summary>
    public string DatabasePath { get; }

    /// <summary>Makes the directory if need be, and takes hold of it.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.StoreUnavailable"/>: another process holds it, or its mode lets others in.</exception>
    public static DataDirectory Take(string path)
    {
        FileStream? held = null;
        try
        {
            var directory = Path.GetFullPath(path);
            Prepare(directory);
            held = Lock(directory);
            var database = Path.Combine(directory, DatabaseName);
            PrepareDatabase(database);
            return new DataDirectory(database, held);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            throw new KeyreeveException(KeyreeveError.StoreUnavailable, $"The data directory {path} cannot be used: {e.Message}", e);
        }
        catch (KeyreeveException)
        {
            held?.Dispose();
            throw;
        }
    }

    public void Dispose() => _lock.Dispose();

    private static void Prepare(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
            return;
        }

        if (!Directory.Exists(directory)) Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        if ((File.GetUnixFileMode(directory) & OthersWrite) != UnixFileMode.None)
            throw new KeyreeveException(
                KeyreeveError.StoreUnavailable, $"Others may write to the data directory {directory}. Run: chmod 700 '{directory}'");
    }

    // The lock is the kernel's (flock): it ends with the process, however that ends, so the file itself stays.
    private static FileStream Lock(string directory)
    {
        var path = Path.Combine(directory, LockName);
        try
        {
            return OpenOwnerOnly(path, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new KeyreeveException(
                KeyreeveError.StoreUnavailable,
                $"Another process is using the data directory {directory}. Stop it first, or choose another directory; one process owns a data directory.",
                e);
        }
    }

    // SQLite gives the write-ahead log and its index the mode of the database file.
    private static void PrepareDatabase(string path)
    {
        if (!File.Exists(path)) OpenOwnerOnly(path, FileShare.ReadWrite).Dispose();
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != UnixFileMode.None)
            throw new KeyreeveException(KeyreeveError.StoreUnavailable, $"Others may read or write the store. Run: chmod 600 '{path}'");
    }

    private static FileStream OpenOwnerOnly(string path, FileShare share)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }
}
