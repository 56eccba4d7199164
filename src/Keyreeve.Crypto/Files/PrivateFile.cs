using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Crypto.Files;

/// <summary>
/// Files that nobody else may read: configuration, passphrases, private keys, the sealed root key. They are checked when
/// read, on the opened file, so that nothing can be put in its place between check and use.
/// </summary>
public static class PrivateFile
{
    /// <summary>What a private file's mode is: read and write for the owner alone.</summary>
    public const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>What a private directory's mode is.</summary>
    public const UnixFileMode DirectoryMode = Mode | UnixFileMode.UserExecute;

    /// <summary>Where systemd puts the credentials that it hands to a service; root alone makes folders there.</summary>
    private const string CredentialsFolder = "/run/credentials/";

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads a file whose content is no secret.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxLengthInBytes">A longer file is refused.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="PrivateFileException">Others may read or change it, it belongs to somebody else, or it is too long.</exception>
    public static byte[] Read(string path, int maxLengthInBytes = 1 << 20)
    {
        using var file = OpenChecked(path, maxLengthInBytes, out var length);
        var content = new byte[length];
        ReadExactly(file, content, path);
        return content;
    }

    /// <summary>Reads a file whose content is a secret; no copy of it stays in managed memory.</summary>
    /// <inheritdoc cref="Read"/>
    public static SecretBytes ReadSecret(string path, int maxLengthInBytes = 1 << 16)
    {
        using var file = OpenChecked(path, maxLengthInBytes, out var length);
        return SecretBytes.Create(length, (file, path), static (bytes, from) => ReadExactly(from.file, bytes, from.path));
    }

    /// <summary>
    /// Writes a file so that after a crash either the old content is there or the new one, whole; only the owner may read
    /// it from its first byte on.
    /// </summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Private files need Unix modes.");
        var full = Path.GetFullPath(path);
        var directory = Path.GetDirectoryName(full) ?? throw new ArgumentException("A file's path is needed.", nameof(path));
        var temporary = Path.Combine(directory, $".{Path.GetFileName(full)}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Mode, BufferSize = 0,
            };
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        UnixFile.FlushDirectory(directory);
    }

    /// <summary>The user as whom this process acts.</summary>
    public static uint CurrentUser => UnixFile.CurrentUser;

    /// <summary>Checks a directory that must be closed to others, such as the data directory.</summary>
    /// <exception cref="PrivateFileException">Others may enter or change it, or it belongs to somebody else.</exception>
    public static void CheckDirectory(string path)
    {
        var facts = UnixFile.Describe(path);
        CheckOwner(path, facts.Owner);
        if ((facts.Mode & Others) != UnixFileMode.None)
            throw new PrivateFileException(path, $"Others may look into '{path}'. Mend it with: chmod 700 {Quote(path)}");
    }

    /// <summary>
    /// Checks the folder of a private file: who may write there may put another file in its place. It belongs to this user or to root,
    /// and only they may write, or its files are protected from others as in <c>/tmp</c>.
    /// </summary>
    /// <exception cref="PrivateFileException">Others may change it, or it belongs to somebody else.</exception>
    public static void CheckParent(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        if (!Directory.Exists(folder)) return; // that the file is not there says who reads it
        var facts = UnixFile.Describe(folder);
        if (facts.Owner != 0) CheckOwner(folder, facts.Owner);
        const UnixFileMode others = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        if ((facts.Mode & others) != UnixFileMode.None && (facts.Mode & UnixFileMode.StickyBit) == UnixFileMode.None)
            throw new PrivateFileException(folder, $"Others may put files into '{folder}'. Mend it with: chmod go-w {Quote(folder)}");
    }

    /// <summary>Checks a file or folder that a group may read, such as a log: nobody else may, only its owner may write, and that is this user or root.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="widest">The mode beyond which nothing is allowed.</param>
    /// <exception cref="PrivateFileException">More is allowed to others, or it belongs to somebody else.</exception>
    public static void CheckShared(string path, UnixFileMode widest)
    {
        var facts = UnixFile.Describe(path);
        if (!facts.IsRegularFile && !Directory.Exists(path)) throw new PrivateFileException(path, $"'{path}' is neither a file nor a folder: take it away.");
        if (facts.Owner != 0) CheckOwner(path, facts.Owner);
        if ((facts.Mode & Others & ~widest) != UnixFileMode.None)
            throw new PrivateFileException(path, $"'{path}' is open to others than it should be. Mend it with: chmod {Convert.ToString((int)widest, 8).PadLeft(4, '0')} {Quote(path)}");
    }

    /// <summary>Whether there is a regular file, whoever's: to open anything else, such as a pipe, may wait for ever.</summary>
    public static bool IsRegular(string path) => File.Exists(path) && UnixFile.Describe(path).IsRegularFile;

    /// <summary>Whether a file lies in a directory or below it, symbolic links followed.</summary>
    public static bool IsInside(string path, string directory)
    {
        var inner = UnixFile.Resolve(path);
        var outer = UnixFile.Resolve(directory).TrimEnd('/') + "/";
        return inner.StartsWith(outer, StringComparison.Ordinal);
    }

    /// <summary>
    /// Whether systemd hands the file to this service. Where the file system has access lists it stays root's, and one entry of its list
    /// lets the service's user read it, which shows as the group's right: mode 0440, though the group, root's, has none.
    /// </summary>
    internal static bool IsCredential(string resolved, UnixFileFacts facts) =>
        resolved.StartsWith(CredentialsFolder, StringComparison.Ordinal)
        && facts is { Owner: 0, Group: 0 }
        && (facts.Mode & ~(UnixFileMode.UserRead | UnixFileMode.GroupRead)) == UnixFileMode.None;

    private static SafeFileHandle OpenChecked(string path, int maxLengthInBytes, out int length)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            var facts = UnixFile.Describe(file, path);
            if (!facts.IsRegularFile) throw new PrivateFileException(path, $"'{path}' is not a regular file.");
            if (!IsCredential(UnixFile.Resolve(path), facts))
            {
                CheckOwner(path, facts.Owner);
                if ((facts.Mode & Others) != UnixFileMode.None)
                    throw new PrivateFileException(path, $"Others may read or change '{path}'. Mend it with: chmod 600 {Quote(path)}");
            }

            var size = RandomAccess.GetLength(file);
            if (size > maxLengthInBytes)
                throw new PrivateFileException(path, $"'{path}' has {size} bytes; at most {maxLengthInBytes} are expected.");
            length = (int)size;
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void CheckOwner(string path, uint owner)
    {
        var user = UnixFile.CurrentUser;
        if (owner == user) return;
        throw new PrivateFileException(
            path, $"'{path}' belongs to user {owner}, but this process runs as user {user}. Mend it with: chown {user} {Quote(path)}");
    }

    private static void ReadExactly(SafeFileHandle file, Span<byte> destination, string path)
    {
        for (var done = 0; done < destination.Length;)
        {
            var read = RandomAccess.Read(file, destination[done..], done);
            if (read == 0) throw new PrivateFileException(path, $"'{path}' became shorter while it was read.");
            done += read;
        }
    }

    private static string Quote(string path) => "'" + path.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}

/// <summary>A private file is not private. The message says which command mends it.</summary>
public sealed class PrivateFileException(string path, string message) : Exception(message)
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;
}
