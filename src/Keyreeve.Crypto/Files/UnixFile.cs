using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Crypto.Files;

/// <summary>What .NET does not tell of a file: its owner; and what it does not do: flush a directory.</summary>
internal static partial class UnixFile
{
    private const int AtCurrentDirectory = -100;
    private const int AtEmptyPath = 0x1000;
    private const uint ModeTypeAndOwners = 0x1 | 0x2 | 0x8 | 0x10;
    private const int OpenReadOnlyCloseOnExec = 0x80000;
    private const int OpenWriteOnlyCloseOnExec = 0x1 | 0x80000;
    private const int OpenUnnamed = 0x410000;
    private const int OpenUnnamedOnArm = 0x404000;
    private const int FollowSymbolicLink = 0x400;
    private const int FileExists = 17;
    private const int GetStatusFlags = 3;
    private const int AppendOnLinux = 0x400;
    private const int AppendOnMacOS = 0x8;
    private const int FileTypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int PermissionMask = 0xFFF;

    /// <summary>The user as whom this process acts.</summary>
    public static uint CurrentUser => GetEffectiveUser();

    public static UnixFileFacts Describe(SafeFileHandle file, string path) => Describe((int)file.DangerousGetHandle(), "", AtEmptyPath, path);

    public static UnixFileFacts Describe(string path) => Describe(AtCurrentDirectory, path, 0, path);

    /// <summary>The path with every symbolic link followed; of what does not exist, as far as it does.</summary>
    public static string Resolve(string path)
    {
        var full = Path.GetFullPath(path);
        var real = RealPath(full, 0);
        if (real != 0)
        {
            var text = Marshal.PtrToStringUTF8(real)!;
            Free(real);
            return text;
        }

        var parent = Path.GetDirectoryName(full);
        return parent is null ? full : Path.Combine(Resolve(parent), Path.GetFileName(full));
    }

    /// <summary>Makes the directory's entries durable; a rename is not before that.</summary>
    public static void FlushDirectory(string path)
    {
        var descriptor = Open(path, OpenReadOnlyCloseOnExec);
        if (descriptor < 0) throw Failed("open", path);
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (FlushDescriptor(descriptor) != 0) throw Failed("fsync", path);
    }

    /// <summary>Opens a new file that has no name yet. Null where the file system has no such files.</summary>
    public static SafeFileHandle? TryOpenUnnamed(string directory, UnixFileMode mode)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var unnamed = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? OpenUnnamedOnArm : OpenUnnamed;
        var descriptor = OpenNew(directory, unnamed | OpenWriteOnlyCloseOnExec, (uint)mode);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Gives an open file without a name the name <paramref name="path"/>, at which nothing may stand.</summary>
    /// <exception cref="IOException">Something stands there, or it cannot be done.</exception>
    public static void Link(SafeFileHandle file, string path)
    {
        var source = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{(int)file.DangerousGetHandle()}");
        if (LinkAt(AtCurrentDirectory, source, AtCurrentDirectory, path, FollowSymbolicLink) == 0) return;
        if (Marshal.GetLastPInvokeError() == FileExists) throw new IOException($"'{path}' exists already.");
        throw Failed("linkat", path);
    }

    /// <summary>Whether whatever is written to an open file goes to its end, wherever it was meant to go.</summary>
    public static bool IsForAppending(SafeFileHandle file) =>
        !OperatingSystem.IsWindows()
        && (Control((int)file.DangerousGetHandle(), GetStatusFlags) & (OperatingSystem.IsMacOS() ? AppendOnMacOS : AppendOnLinux)) != 0;

    private static UnixFileFacts Describe(int directory, string relativePath, int flags, string path)
    {
        if (Statx(directory, relativePath, flags, ModeTypeAndOwners, out var result) != 0)
        {
            if (!Path.Exists(path)) throw new FileNotFoundException($"'{path}' does not exist.", path);
            throw Failed("statx", path);
        }

        return new UnixFileFacts(result.Owner, result.Group, (UnixFileMode)(result.Mode & PermissionMask), (result.Mode & FileTypeMask) == RegularFile);
    }

    private static IOException Failed(string call, string path) =>
        new($"{call} of '{path}' failed: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");

    // statx, other than stat, has one layout on every architecture.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxResult
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, out StatxResult result);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenNew(string directory, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkAt(int fromDirectory, string from, int toDirectory, string to, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FlushDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint RealPath(string path, nint resolved);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(nint pointer);
}

/// <summary>What the kernel says of a file.</summary>
internal readonly record struct UnixFileFacts(uint Owner, uint Group, UnixFileMode Mode, bool IsRegularFile);
