using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Benchmarks;

/// <summary>What the kernel keeps of files in memory.</summary>
internal static partial class FileCache
{
    // <fcntl.h>: POSIX_FADV_DONTNEED.
    private const int DontNeed = 4;

    /// <summary>Writes a file to the disk and has the kernel forget its content, so that who reads it next waits for the disk.</summary>
    /// <exception cref="Win32Exception">The kernel would not.</exception>
    public static void Forget(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(file);
        if (PosixAdvise(file, 0, 0, DontNeed) is var error and not 0) throw new Win32Exception(error);
    }

    // Gives the error itself, not through errno.
    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int PosixAdvise(SafeFileHandle file, long offset, long length, int advice);
}
