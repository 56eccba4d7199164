using System.Globalization;
using System.Text;
using System.Text.Json;
using Keyreeve.Core.Audit;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Forwarding.Transports;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Forwarding;

/// <summary>
/// Exports the signed heads of the trail that are kept for good, so that whoever holds them can tell when the trail was put back
/// to an older copy. The file of heads is its queue: a target that is away for a week gets all of them.
/// </summary>
internal sealed class CheckpointExporter : IAsyncDisposable
{
    private const string MessageId = "Checkpoint";
    private const int NoticeSeverity = 5;
    private const int AuditFacility = 13;
    private const int MostBytes = 64 * 1024;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DrainTimeLimit = TimeSpan.FromSeconds(1);

    private readonly string _name;
    private readonly SinkOptions _options;
    private readonly SinkParts _parts;
    private readonly string _history;
    private readonly ISinkTransport _transport;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _exporting;
    private long _offset;
    private bool _isOpen;
    private bool _isFailing;

    /// <param name="name">The target's name.</param>
    /// <param name="options">Where it is.</param>
    /// <param name="parts">What exporters and sinks share.</param>
    /// <param name="trail">The trail's directory.</param>
    /// <exception cref="IOException">How far it has come cannot be read.</exception>
    public CheckpointExporter(string name, SinkOptions options, SinkParts parts, string trail)
    {
        _name = name;
        _options = options;
        _parts = parts;
        _history = Path.Combine(trail, AuditCheckpoint.HistoryFileName);
        _transport = SinkTransport.For(options);
        _offset = ReadCursor();
        _exporting = Task.Run(() => ExportAsync(_stop.Token));
    }

    private string CursorPath => Path.Combine(_parts.CursorDirectory, $"checkpoints-{_name}.cursor");

    /// <summary>Stops; the last heads go too if the target takes them in short time.</summary>
    public async ValueTask DisposeAsync()
    {
        var started = _parts.Time.GetTimestamp();
        while (!Volatile.Read(ref _isFailing) && HasMore() && _parts.Time.GetElapsedTime(started) < DrainTimeLimit) await Task.Delay(Poll / 10, _parts.Time);
        await _stop.CancelAsync();
        if (!await SinkParts.EndsInTimeAsync(_exporting)) return;
        if (_isOpen) await _transport.CloseAsync();
        await _transport.DisposeAsync();
        _stop.Dispose();
    }

    private bool HasMore() => File.Exists(_history) && new FileInfo(_history).Length > Volatile.Read(ref _offset);

    private async Task ExportAsync(CancellationToken stop)
    {
        var pause = Poll;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var wait = await TryStepAsync(stop) ? TimeSpan.Zero : Poll;
                pause = Poll;
                if (wait > TimeSpan.Zero) await Task.Delay(wait, _parts.Time, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                Fail(failure);
                await Task.Delay(pause, _parts.Time, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private async ValueTask<bool> TryStepAsync(CancellationToken stop)
    {
        var (notes, end) = ReadNotes();
        if (notes.Count == 0) return false;
        if (!_isOpen)
        {
            await _transport.OpenAsync(stop);
            _isOpen = true;
        }

        await _transport.SendAsync([.. notes.Select(MessageOf)], stop);
        Volatile.Write(ref _offset, end);
        WriteCursor();
        if (_isFailing) _parts.Logger.LogInformation("Audit: checkpoints reach '{Target}' again.", _options.Target);
        Volatile.Write(ref _isFailing, false);
        return true;
    }

    // Whole notes alone: the last may be being written.
    private (List<string> Notes, long End) ReadNotes()
    {
        if (!File.Exists(_history)) return ([], _offset);
        using var file = new FileStream(_history, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        // Another trail's, or one that was put back: everything there is goes out again.
        if (file.Length < _offset) _offset = 0;
        file.Seek(_offset, SeekOrigin.Begin);
        var bytes = new byte[Math.Min(MostBytes, file.Length - _offset)];
        file.ReadExactly(bytes);
        var notes = new List<string>();
        var end = 0;
        for (var start = 0; NextEnd(bytes, start) is { } next; start = end = next) notes.Add(Encoding.UTF8.GetString(bytes.AsSpan(start..next)));
        return (notes, _offset + end);
    }

    // A note: its text, an empty line, one line of signature.
    private static int? NextEnd(byte[] bytes, int start)
    {
        var empty = bytes.AsSpan(start).IndexOf("\n\n"u8);
        if (empty < 0) return null;
        var signature = start + empty + 2;
        var end = bytes.AsSpan(signature).IndexOf((byte)'\n');
        return end < 0 ? null : signature + end + 1;
    }

    private SinkMessage MessageOf(string note)
    {
        var now = _parts.Time.GetUtcNow();
        // A file holds the notes themselves, as 'audit verify --checkpoint' takes them; a line elsewhere holds one as JSON.
        if (_options.Scheme == SinkScheme.File) return new SinkMessage(now, Encoding.UTF8.GetBytes(note.TrimEnd('\n')));
        var size = note.Split('\n')[1];
        var text = $"{{\"server\":{JsonSerializer.Serialize(_parts.Source.Host)},\"records\":{size},\"checkpoint\":{JsonSerializer.Serialize(note)}}}";
        var serial = long.Parse(size, NumberStyles.None, CultureInfo.InvariantCulture);
        return new SinkMessage(now, SyslogHeader.Write(_options.Syslog, new SyslogNote(now, NoticeSeverity, AuditFacility, MessageId, Math.Max(serial, 1)), text, _parts.Source));
    }

    private void Fail(Exception failure)
    {
        _isOpen = false;
        if (_isFailing) return;
        Volatile.Write(ref _isFailing, true);
        _parts.Logger.LogError("Audit: checkpoints do not reach '{Target}' ({Failure}); they follow when they can.", _options.Target, failure.Message);
    }

    private long ReadCursor()
    {
        if (!File.Exists(CursorPath)) return 0;
        return long.TryParse(Encoding.ASCII.GetString(PrivateFile.Read(CursorPath)).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw new IOException($"'{CursorPath}' is not a cursor; delete it to export all checkpoints again.");
    }

    private void WriteCursor()
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Private files need Unix modes.");
        Directory.CreateDirectory(_parts.CursorDirectory, PrivateFile.DirectoryMode);
        PrivateFile.Write(CursorPath, Encoding.ASCII.GetBytes(_offset.ToString(CultureInfo.InvariantCulture) + "\n"));
    }
}
