using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Core.Audit.Interop;

/// <summary>
/// What the audit trail needs of the kernel and .NET has no words for: names resolved within an open directory without
/// following links, space set aside, data flushed without the file's times, and a file's identity.
/// </summary>
internal static partial class LibC
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int CloseOnExec = 0x80000;

    public const int NoSuchFile = 2;
    public const int FileExists = 17;

    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int LockRelease = 8;

    // FUTEX_WAIT and FUTEX_WAKE, each with FUTEX_PRIVATE_FLAG.
    private const int FutexWaitPrivate = 128;
    private const int FutexWakePrivate = 129;

    private const int EmptyPath = 0x1000;
    private const int SymbolicLinkNoFollow = 0x100;
    // STATX_BASIC_STATS | STATX_BTIME
    private const uint StatBasic = 0xFFF;

    // The two flags have other values on ARM than on x64.
    public static int DirectoryOnly { get; } = IsArm ? 0x4000 : 0x10000;

    public static int NoFollow { get; } = IsArm ? 0x8000 : 0x20000;

    // The number of the system call, for which the C library has no function.
    private static nint FutexCall { get; } = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm => 240,
        _ => 98,
    };

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle OpenAt(SafeHandle directory, string name, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeDirectory(string path, int mode);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RenameAt(SafeHandle fromDirectory, string from, SafeHandle toDirectory, string to);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UnlinkAt(SafeHandle directory, string name, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeHandle file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(SafeHandle file);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(SafeHandle file, int mode);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    /// <summary>Sets space aside. Returns the error itself, not by errno.</summary>
    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    public static partial int Allocate(SafeHandle file, long offset, long lengthInBytes);

    /// <summary>What an open file is now.</summary>
    public static bool TryStat(SafeHandle file, out FileStatus status) =>
        Stat(file, "", EmptyPath, StatBasic, out status) == 0;

    /// <summary>What a name in a directory stands for now; a link stands for itself.</summary>
    public static bool TryStat(SafeHandle directory, string name, out FileStatus status) =>
        Stat(directory, name, SymbolicLinkNoFollow, StatBasic, out status) == 0;

    /// <summary>Sleeps while there is that value at the address; until it is woken there, for so long at most, or for less.</summary>
    public static unsafe void FutexWait(int* address, int value, TimeSpan longest)
    {
        var time = stackalloc nint[2];
        time[0] = (nint)(longest.Ticks / TimeSpan.TicksPerSecond);
        time[1] = (nint)(longest.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick);
        _ = SystemCall(FutexCall, address, FutexWaitPrivate, value, time);
    }

    /// <summary>Wakes one who sleeps there.</summary>
    public static unsafe void FutexWake(int* address) => _ = SystemCall(FutexCall, address, FutexWakePrivate, 1, null);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static unsafe partial nint SystemCall(nint number, int* address, nint operation, nint value, nint* time);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(SafeHandle directory, string name, int flags, uint mask, out FileStatus status);
}

/// <summary>The parts of <c>struct statx</c> that are looked at; its layout is the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    [FieldOffset(16)]
    public uint Links;

    [FieldOffset(20)]
    public uint Owner;

    [FieldOffset(28)]
    public ushort Mode;

    [FieldOffset(32)]
    public ulong Inode;

    [FieldOffset(40)]
    public ulong SizeInBytes;

    [FieldOffset(80)]
    public long BirthSeconds;

    [FieldOffset(88)]
    public uint BirthNanoseconds;

    [FieldOffset(136)]
    public uint DeviceMajor;

    [FieldOffset(140)]
    public uint DeviceMinor;

    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;

    public readonly bool IsRegularFile => (Mode & TypeMask) == RegularFile;

    public readonly int Permissions => Mode & 0xFFF;

    public readonly bool IsSameFileAs(in FileStatus other) =>
        Inode == other.Inode && DeviceMajor == other.DeviceMajor && DeviceMinor == other.DeviceMinor;
}
