using System.Security.Cryptography;
using Keyreeve.Core.Audit;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Forwarding.Transports;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Forwarding;

/// <summary>
/// Passes the trail's records on to one sink, from where it stopped, in order, each at least once. It reads the trail itself, so
/// a sink that is slow, hangs or is gone for a day costs neither memory nor anybody's time; it catches up by itself.
/// </summary>
internal sealed class SinkForwarder : IAsyncDisposable
{
    private const int MostRecords = 500;
    private const int MostBytes = 256 * 1024;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan DrainTimeLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CursorInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly SinkOptions _options;
    private readonly SinkParts _parts;
    private readonly ISinkTransport _transport;
    private readonly SinkCursor _cursor;
    private readonly ResendWindow _window;
    private readonly SinkHealth _health;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _forwarding;
    private AuditPlace _place;
    private AuditPlace _written;
    private long _toldMissing;
    private long _cursorTime;
    private TimeSpan _pause = ShortestPause;
    private bool _isOpen;

    /// <exception cref="IOException">Its cursor cannot be read.</exception>
    public SinkForwarder(string name, SinkOptions options, SinkParts parts)
    {
        _options = options;
        _parts = parts;
        _transport = SinkTransport.For(options);
        _cursor = new SinkCursor(parts.CursorDirectory, name);
        _window = new ResendWindow(parts.Time);
        var kept = _cursor.Read();
        _place = _written = kept ?? new AuditPlace(0, 0, parts.Feed.BeginsAfter);
        _cursorTime = parts.Time.GetTimestamp();
        _health = new SinkHealth(name, options.Target, parts, _place.Sequence);
        if (_place.Sequence < parts.Feed.BeginsAfter) _health.Missed(_place.Sequence + 1, parts.Feed.BeginsAfter);
        // At once, though nothing was passed on: that it was there is what tells later whether it missed something.
        if (kept is null) TryWriteCursor(_place);
        _forwarding = Task.Run(() => ForwardAsync(_stop.Token));
    }

    /// <summary>How it stands.</summary>
    public SinkStatus Status => _health.Status;

    /// <summary>Stops; what was handed over is let through if the sink takes it in short time.</summary>
    public async ValueTask DisposeAsync()
    {
        await DrainAsync();
        await _stop.CancelAsync();
        if (!await SinkParts.EndsInTimeAsync(_forwarding))
        {
            _parts.Logger.LogError("Audit: sink '{Sink}' ({Target}) hangs, and is left behind; after the next start it goes on where it was.", Status.Name, _options.Target);
            return;
        }

        if (_isOpen && await _transport.CloseAsync()) _window.Clear();
        WriteCursor();
        await _transport.DisposeAsync();
        _stop.Dispose();
    }

    // The last records, that of the stop among them, go too if the sink takes them at once.
    private async ValueTask DrainAsync()
    {
        var started = _parts.Time.GetTimestamp();
        while (Status is { Lag: > 0, FailingSince: null } && _parts.Time.GetElapsedTime(started) < DrainTimeLimit)
            await Task.Delay(Poll / 4, _parts.Time);
    }

    private async Task ForwardAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (!await TryStepAsync(stop)) await Task.Delay(Poll, _parts.Time, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // A defect of ours in one format must not end the evidence: like any failure it is told, and tried again.
                Fail(failure);
                await Task.Delay(NextPause(), _parts.Time, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    // Passes one batch on; false if there is hardly more to come by now.
    private async ValueTask<bool> TryStepAsync(CancellationToken stop)
    {
        if (!_isOpen)
        {
            await _transport.OpenAsync(stop);
            _isOpen = true;
        }

        var next = _place;
        var lines = _parts.Feed.Read(ref next, MostRecords, MostBytes);
        if (lines.Count == 0)
        {
            _transport.ThrowIfClosed();
            _health.CaughtUp();
            if (_written != _place && _parts.Time.GetElapsedTime(_cursorTime) >= CursorInterval) WriteCursor();
            return false;
        }

        TellMissing(next.Sequence - lines.Count);
        var messages = lines.Select(Encode).ToList();
        await _transport.SendAsync(messages, stop);
        if (_transport.Assurance == SinkAssurance.Streamed) _window.Add(_place, messages.Sum(static m => m.Bytes.Length));
        _place = next;
        _pause = ShortestPause;
        _health.Passed(_place.Sequence, _window.AfterBreak(_place).Sequence);
        if (_parts.Time.GetElapsedTime(_cursorTime) >= CursorInterval) WriteCursor();
        return _parts.Feed.Size - _place.Sequence >= MostRecords / 4;
    }

    // What was taken out of the trail is passed over, and said: once, though what comes after may have to be sent more than once.
    private void TellMissing(long last)
    {
        var first = Math.Max(_place.Sequence, _parts.Feed.BeginsAfter) + 1;
        if (last < first || last <= _toldMissing) return;
        _toldMissing = last;
        _health.Lost(first, last);
    }

    private SinkMessage Encode(ReadOnlyMemory<byte> line)
    {
        var record = AuditRecord.Parse(line);
        var text = RecordFormat.Write(_options.Format, record, _parts.Source);
        return new SinkMessage(record.Time, SyslogHeader.Write(_options.Syslog, record, text, _parts.Source));
    }

    private void Fail(Exception failure)
    {
        _isOpen = false;
        _place = failure is SinkClosedException ? _window.AfterOrderlyEnd(_place) : _window.AfterBreak(_place);
        _window.Clear();
        _health.Failed(_place.Sequence, failure.Message);
    }

    // Many servers whose collector comes back do not all call at once.
    private TimeSpan NextPause()
    {
        var pause = _pause * (0.8 + (RandomNumberGenerator.GetInt32(400) / 1000.0));
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        return pause;
    }

    // What may yet be lost with the connection does not count as passed on.
    private void WriteCursor()
    {
        _cursorTime = _parts.Time.GetTimestamp();
        var safe = _window.AfterBreak(_place);
        if (safe == _written) return;
        TryWriteCursor(safe);
    }

    private void TryWriteCursor(AuditPlace place)
    {
        try
        {
            _cursor.Write(place);
            _written = place;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _health.CursorFailed(failure.Message);
        }
    }
}
