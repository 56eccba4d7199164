using System.Diagnostics;
using System.Globalization;

namespace Keyreeve.Integration.Audit;

/// <summary>A disk of a few MiB, in memory; needs root.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string path, bool isMounted)
    {
        Path = path;
        IsMounted = isMounted;
    }

    public string Path { get; }

    public bool IsMounted { get; }

    public static async Task<SmallDisk> MountAsync(int sizeInMiB)
    {
        var path = Directory.CreateTempSubdirectory("keyreeve-disk-").FullName;
        var options = string.Create(CultureInfo.InvariantCulture, $"size={sizeInMiB}m,mode=0700");
        return new SmallDisk(path, await RunAsync("mount", "-t", "tmpfs", "-o", options, "tmpfs", path) == 0);
    }

    public async ValueTask DisposeAsync()
    {
        if (IsMounted) await RunAsync("umount", "-l", Path);
        Directory.Delete(Path, recursive: true);
    }

    private static async Task<int> RunAsync(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
