using System.Security.Cryptography;

namespace Keyreeve.Crypto.Files;

/// <summary>
/// A file that comes into being whole or not at all: until <see cref="Commit"/> there is nothing under its name, and where the
/// file system allows it (O_TMPFILE) nothing under any name, so that even a killed process leaves nothing behind.
/// </summary>
/// <remarks>Only the owner may read it, from its first byte on. Not thread safe.</remarks>
public sealed class PendingFile : IDisposable
{
    private const int BufferSizeInBytes = 0;

    private readonly string _path;
    private readonly string _directory;
    private string? _temporary;
    private bool _isCommitted;

    private PendingFile(string path, string directory, FileStream stream, string? temporary)
    {
        _path = path;
        _directory = directory;
        Stream = stream;
        _temporary = temporary;
    }

    /// <summary>Takes the contents; unbuffered. Belongs to this object.</summary>
    public FileStream Stream { get; }

    /// <summary>Begins a file.</summary>
    /// <param name="path">What it will be called; its directory exists. A symbolic link is followed.</param>
    /// <exception cref="IOException">The directory cannot be written, or what stands at the path is not a regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written.</exception>
    public static PendingFile Create(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = UnixFile.Resolve(path);
        if (Path.Exists(full) && !UnixFile.Describe(full).IsRegularFile)
            throw new IOException($"'{path}' is not a regular file.");
        var directory = Path.GetDirectoryName(full) ?? throw new IOException($"'{path}' is not the path of a file.");

        if (!Directory.Exists(directory))
            throw new DirectoryNotFoundException($"There is no folder '{directory}'.");

        if (UnixFile.TryOpenUnnamed(directory, PrivateFile.Mode) is { } unnamed)
            return new PendingFile(full, directory, new FileStream(unnamed, FileAccess.Write, BufferSizeInBytes), null);

        var temporary = TemporaryName(full, directory);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = BufferSizeInBytes,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = PrivateFile.Mode;
        return new PendingFile(full, directory, new FileStream(temporary, options), temporary);
    }

    /// <summary>Makes the contents durable and gives the file its name.</summary>
    /// <param name="overwrite">Whether a file that stands there is replaced.</param>
    /// <exception cref="IOException">A file stands there and is not to be replaced, or the disk failed.</exception>
    public void Commit(bool overwrite)
    {
        Stream.Flush(flushToDisk: true);
        if (_temporary is null && !overwrite)
        {
            UnixFile.Link(Stream.SafeFileHandle, _path);
        }
        else
        {
            // Only a file with a name can take the place of another.
            if (_temporary is null)
            {
                var temporary = TemporaryName(_path, _directory);
                UnixFile.Link(Stream.SafeFileHandle, temporary);
                _temporary = temporary;
            }

            File.Move(_temporary, _path, overwrite);
        }

        _isCommitted = true;
        UnixFile.FlushDirectory(_directory);
    }

    /// <summary>Closes the file; without a <see cref="Commit"/> it is gone.</summary>
    public void Dispose()
    {
        Stream.Dispose();
        if (!_isCommitted && _temporary is not null)
            File.Delete(_temporary);
        _temporary = null;
    }

    private static string TemporaryName(string path, string directory) =>
        Path.Combine(directory, $".{Path.GetFileName(path)}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}.part");
}
