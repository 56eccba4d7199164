using System.ComponentModel;
using System.Runtime.InteropServices;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Hosting;

/// <summary>
/// Keeps the process's memory to itself: no core file, nothing for a debugger of the same user, and no start with a
/// runtime that is told to write dumps, which contain what is kept out of the kernel's.
/// </summary>
internal static partial class ProcessHardening
{
    private const int SetDumpable = 4;
    private const int CoreFileSize = 4;

    /// <exception cref="ConfigurationException">The environment asks for dumps.</exception>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static void Apply()
    {
        if (ProcessEnvironment.DumpSwitch is { } name)
        {
            throw new ConfigurationException([new ConfigurationFault(
                "environment", $"{name} makes the runtime write its memory, and with it keys, to disk when it fails. Start the server without it.")]);
        }

        var none = default(ResourceLimit);
        if (SetResourceLimit(CoreFileSize, in none) != 0) throw Failed("setrlimit(RLIMIT_CORE)");
        if (ProcessControl(SetDumpable, 0, 0, 0, 0) != 0) throw Failed("prctl(PR_SET_DUMPABLE)");
    }

    private static Win32Exception Failed(string call) => new(Marshal.GetLastPInvokeError(), $"{call} failed: {Marshal.GetLastPInvokeErrorMessage()}");

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public nuint Current;
        public nuint Maximum;
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ProcessControl(int option, nuint value, nuint unused3, nuint unused4, nuint unused5);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetResourceLimit(int resource, in ResourceLimit limit);
}
