using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>The few calls to the C library that managed code has no words for: mapping and locking pages.</summary>
internal static partial class LibC
{
    public const int ProtNone = 0x0;
    public const int ProtReadWrite = 0x1 | 0x2;
    public const int MapPrivateAnonymous = 0x02 | 0x20;
    public const int MadvDontDump = 16;
    public const int MadvWipeOnFork = 18;

    /// <summary>What mmap returns on failure: (void*)-1.</summary>
    public const nint MapFailed = -1;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(nint address, nuint lengthInBytes, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(nint address, nuint lengthInBytes);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    public static partial int Protect(nint address, nuint lengthInBytes, int protection);

    [LibraryImport("libc", EntryPoint = "mlock", SetLastError = true)]
    public static partial int Lock(nint address, nuint lengthInBytes);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(nint address, nuint lengthInBytes, int advice);
}
