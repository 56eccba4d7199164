using System.Diagnostics;
using System.Globalization;
using Keyreeve.Client;

namespace Keyreeve.Cli.Terminal;

/// <summary>A bar that fills while a file is worked on, on a terminal; elsewhere nothing, so that logs stay readable.</summary>
/// <remarks>Told from several threads; draws at once, and then ten times a second at most.</remarks>
internal sealed class ProgressBar : IProgress<FileProgress>, IDisposable
{
    private const int WidthInCharacters = 28;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly string _label;
    private readonly TextWriter? _terminal;
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly Lock _gate = new();
    private TimeSpan? _drawnAt;
    private readonly bool _countsFiles;
    private bool _isDrawn;

    private ProgressBar(string label, TextWriter? terminal, bool countsFiles)
    {
        _countsFiles = countsFiles;
        _label = label;
        _terminal = terminal;
    }

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_startedAt);

    /// <summary>Begins a bar on standard error, if that is a terminal.</summary>
    /// <param name="label">What is done.</param>
    /// <param name="countsFiles">Whether progress is told in files, not in bytes.</param>
    public static ProgressBar Start(string label, bool countsFiles = false) => new(label, Console.IsErrorRedirected ? null : Console.Error, countsFiles);

    public void Report(FileProgress value)
    {
        if (_terminal is null)
            return;
        lock (_gate)
        {
            var now = Elapsed;
            if (now - _drawnAt < Interval)
                return;
            _drawnAt = now;
            _isDrawn = true;
            _terminal.Write($"\r{Line(value, now)}\e[K");
        }
    }

    /// <summary>A stream through which what goes is told of.</summary>
    /// <param name="stream">Where it goes, or comes from; stays open.</param>
    /// <param name="total">How many bytes there will be.</param>
    public Stream Watch(Stream stream, long total) => new WatchedStream(stream, done => Report(new FileProgress(Math.Min(done, total), total)));

    /// <summary>Takes the bar away.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDrawn)
                _terminal?.Write("\r\e[K");
            _isDrawn = false;
        }
    }

    private string Line(FileProgress value, TimeSpan elapsed)
    {
        if (_countsFiles)
            return string.Create(CultureInfo.InvariantCulture, $"{_label}  {value.DoneInBytes} of {value.TotalInBytes} files");
        var speed = Size.Speed(value.DoneInBytes, elapsed);
        if (value.TotalInBytes is not { } total || total <= 0 || value.DoneInBytes > total)
            return $"{_label}  {Size.Of(value.DoneInBytes)}  {speed}";
        var part = (double)value.DoneInBytes / total;
        var filled = (int)(part * WidthInCharacters);
        var left = TimeSpan.FromSeconds(elapsed.TotalSeconds / part * (1 - part));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{_label}  [{new string('#', filled)}{new string('-', WidthInCharacters - filled)}] {part,4:P0}  {Size.Of(value.DoneInBytes)} of {Size.Of(total)}  {speed}  {(int)left.TotalMinutes}:{left.Seconds:00} left");
    }
}
