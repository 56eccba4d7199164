using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Integration.Forwarding;

/// <summary>
/// A file system that answers nothing: FUSE with nobody behind it, so that whoever looks into it hangs in the kernel, as with a network
/// file system whose server is gone.
/// </summary>
internal sealed partial class HungFileSystem : IDisposable
{
    private const int Detach = 2;

    private readonly SafeFileHandle _device;

    private HungFileSystem(string path, SafeFileHandle device)
    {
        Path = path;
        _device = device;
    }

    public string Path { get; }

    /// <summary>Mounts one; null where this process may not.</summary>
    public static HungFileSystem? TryMount(string path)
    {
        Directory.CreateDirectory(path);
        SafeFileHandle device;
        try
        {
            device = File.OpenHandle("/dev/fuse", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        var options = string.Create(CultureInfo.InvariantCulture, $"fd={device.DangerousGetHandle()},rootmode=40000,user_id=0,group_id=0");
        if (Mount("hung", path, "fuse", 0, options) == 0) return new HungFileSystem(path, device);
        device.Dispose();
        return null;
    }

    /// <summary>Ends it: whoever hangs in it is told that it is gone.</summary>
    public void Dispose()
    {
        Unmount(Path, Detach);
        _device.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Mount(string source, string target, string type, nuint flags, string options);

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmount(string target, int flags);
}
