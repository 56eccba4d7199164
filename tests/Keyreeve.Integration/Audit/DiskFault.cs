using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Keyreeve.Integration.Audit;

/// <summary>Lets flushes of one file fail or hang: strace, attached to this very process, answers in the kernel's place.</summary>
internal sealed class DiskFault : IAsyncDisposable
{
    private readonly Process? _tracer;
    private int _isDisposed;

    private DiskFault(Process? tracer) => _tracer = tracer;

    public bool IsActive => _tracer is not null;

    public static async Task<DiskFault> InjectAsync(string file, string fault)
    {
        var process = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}");
        string[] arguments = ["-f", "-p", process, "-P", file, "-e", "trace=fdatasync", "-e", "inject=fdatasync:" + fault, "-o", "/dev/null"];
        try
        {
            var tracer = Process.Start(new ProcessStartInfo("strace", arguments) { UseShellExecute = false, RedirectStandardError = true })!;
            // Says that it has attached, or why it has not.
            var said = await tracer.StandardError.ReadLineAsync();
            if (said?.Contains("attached", StringComparison.Ordinal) == true) return new DiskFault(tracer);
            tracer.Dispose();
            return new DiskFault(null);
        }
        catch (Win32Exception)
        {
            return new DiskFault(null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_tracer is null || Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        using (_tracer)
        {
            using var interrupt = Process.Start("kill", ["-INT", _tracer.Id.ToString(CultureInfo.InvariantCulture)]);
            await interrupt.WaitForExitAsync();
            await _tracer.WaitForExitAsync();
        }
    }
}
