using System.ComponentModel;
using System.Runtime.InteropServices;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Hosting;

/// <summary>
/// Keeps the process's memory to itself: no core file, nothing in one that somebody has written all the same, nothing for a debugger
/// or a diagnostic tool of the same user, and no start with a runtime that is told to write dumps, which contain what is kept out of the kernel's.
/// </summary>
internal static partial class ProcessHardening
{
    private const string CoreContents = "/proc/self/coredump_filter";
    private const int SetDumpable = 4;
    private const int CoreFileSize = 4;
    private const int FillOnFree = -6;
    private const int Filling = 0x5A;

    /// <exception cref="ConfigurationException">The environment asks for dumps.</exception>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static void Apply()
    {
        if (ProcessEnvironment.DumpSwitch is { } name)
        {
            throw new ConfigurationException([new ConfigurationFault(
                "environment", $"{name} makes the runtime write its memory, and with it keys, to disk when it fails. Start the server without it.")]);
        }

        RemoveDiagnosticPorts();
        LeaveMemoryOutOfCores();
        OverwriteWhatIsFreed();
        var none = default(ResourceLimit);
        if (SetResourceLimit(CoreFileSize, in none) != 0) throw Failed("setrlimit(RLIMIT_CORE)");
        if (ProcessControl(SetDumpable, 0, 0, 0, 0) != 0) throw Failed("prctl(PR_SET_DUMPABLE)");
    }

    // The runtime listens there for tools of the same user, who may have it write its memory or load their code. Only the environment
    // could keep it from listening; without a name nobody finds it.
    private static void RemoveDiagnosticPorts()
    {
        foreach (var port in (ReadOnlySpan<string>)[$"dotnet-diagnostic-{Environment.ProcessId}-*", $"clr-debug-pipe-{Environment.ProcessId}-*"])
        {
            foreach (var file in Directory.EnumerateFiles(Path.GetTempPath(), port)) File.Delete(file);
        }
    }

    // Of all memory, not of the locked alone: OpenSSL expands keys in memory of its own. Kernel and debuggers honour it; it has to be
    // said while the process still owns its files in /proc.
    private static void LeaveMemoryOutOfCores()
    {
        try
        {
            if (File.Exists(CoreContents)) File.WriteAllText(CoreContents, "0");
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            // A container whose /proc is read-only. No core is written in any case, as the kernel is told below or the start fails.
        }
    }

    // OpenSSL deciphers what it receives in buffers that it frees as they are.
    private static void OverwriteWhatIsFreed()
    {
        try
        {
            _ = SetAllocator(FillOnFree, Filling);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library other than glibc, which has no such switch.
        }
    }

    private static Win32Exception Failed(string call) => new(Marshal.GetLastPInvokeError(), $"{call} failed: {Marshal.GetLastPInvokeErrorMessage()}");

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public nuint Current;
        public nuint Maximum;
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocator(int option, int value);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ProcessControl(int option, nuint value, nuint unused3, nuint unused4, nuint unused5);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetResourceLimit(int resource, in ResourceLimit limit);
}
