using System.Diagnostics;
using Keyreeve.Core.Audit.Interop;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Benchmarks;

/// <summary>
/// What it takes the disk to make a kilobyte durable, in space that is set aside and filled, as the audit trail's is: no answer that
/// waits for its record can come sooner.
/// </summary>
internal sealed class FlushTimes : IDisposable
{
    private const int PieceSizeInBytes = 1024;
    private const int Pieces = 256;
    private const int Flushes = 9;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly byte[] _piece = new byte[PieceSizeInBytes];
    private int _next;

    public FlushTimes(string folder)
    {
        _path = Path.Combine(folder, "flush-times");
        _file = File.OpenHandle(_path, FileMode.Create, FileAccess.ReadWrite);
        for (var i = 0; i < Pieces; i++) RandomAccess.Write(_file, _piece, i * PieceSizeInBytes);
        Flush();
    }

    /// <summary>The median of some.</summary>
    public double MeasureMicroseconds()
    {
        var times = new List<double>();
        for (var i = 0; i < Flushes; i++)
        {
            RandomAccess.Write(_file, _piece, _next++ % Pieces * PieceSizeInBytes);
            var started = Stopwatch.GetTimestamp();
            Flush();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds);
        }

        return Measurement.Median(times);
    }

    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    private void Flush()
    {
        if (LibC.SyncData(_file) != 0) throw new IOException("The disk cannot be flushed.");
    }
}
