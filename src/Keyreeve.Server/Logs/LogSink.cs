using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Forwarding.Transports;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Logs;

/// <summary>
/// Passes the messages of the system log on to one collector, numbered and hashed like those of the file. Whoever logs never
/// waits: messages are queued up to a bound, and what did not fit is counted, and the count told. Unlike the audit trail this
/// is no evidence: what a broken connection swallows is missing, and the serial numbers show it.
/// </summary>
internal sealed class LogSink : ILoggerProvider
{
    private const int QueueLength = 8192;
    private const int MostAtOnce = 256;

    // spec: RFC 5424 §6.2.1, table 1: 3 is "system daemons".
    private const int DaemonFacility = 3;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    private readonly BlockingCollection<LogMessage> _queue = new(QueueLength);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _passing;
    private readonly string _serialPath;
    private readonly SinkOptions _options;
    private readonly RecordSource _source;
    private readonly TimeProvider _time;
    private readonly ISinkTransport _transport;
    private long _serial;
    private long _lost;
    private int _isDisposed;
    private bool _isOpen;
    private string? _failure;

    /// <param name="name">Its name in the configuration.</param>
    /// <param name="options">Where it is.</param>
    /// <param name="folder">Where its last serial number is kept.</param>
    /// <param name="source">Which server speaks.</param>
    /// <param name="time">The clock.</param>
    public LogSink(string name, SinkOptions options, string folder, RecordSource source, TimeProvider time)
    {
        _options = options;
        _source = source;
        _time = time;
        _serialPath = Path.Combine(folder, $"log-{name}.serial");
        _transport = SinkTransport.For(options);
        _serial = ReadSerial();
        _passing = Task.Run(() => PassOnAsync(_stop.Token));
    }

    /// <summary>Why it takes nothing now; null if it does.</summary>
    public string? Failure => Volatile.Read(ref _failure);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new MessageLogger(LogLevels.ComponentOf(categoryName), _time, Add);

    /// <inheritdoc/>
    public void Dispose()
    {
        // By the log, and by the factory of its loggers once more.
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        _queue.CompleteAdding();
#pragma warning disable VSTHRD002 // the end of the process, with a bound; providers are disposed of synchronously
        if (!_passing.Wait(EndLimit)) _stop.Cancel();
        if (!_passing.Wait(EndLimit)) return;
#pragma warning restore VSTHRD002
        _queue.Dispose();
        _stop.Dispose();
    }

    private void Add(LogMessage message)
    {
        if (_queue.IsAddingCompleted || !_queue.TryAdd(message)) Interlocked.Increment(ref _lost);
    }

    private async Task PassOnAsync(CancellationToken stop)
    {
        var batch = new List<LogMessage>();
        var pause = Poll;
        while (!stop.IsCancellationRequested && !(_queue.IsCompleted && batch.Count == 0))
        {
            while (batch.Count < MostAtOnce && _queue.TryTake(out var next)) batch.Add(next);
            try
            {
                if (batch.Count == 0)
                {
                    await Task.Delay(Poll / 5, _time, stop);
                    continue;
                }

                await SendAsync(batch, stop);
                batch.Clear();
                pause = Poll;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
#pragma warning disable CA1031 // a collector that cannot be reached, or a defect of ours in one format: the server goes on
            catch (Exception failure)
#pragma warning restore CA1031
            {
                _isOpen = false;
                Volatile.Write(ref _failure, failure.Message);
                // While the process ends there is no time for many attempts.
                if (_queue.IsAddingCompleted) break;
                await Task.Delay(pause, _time, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }

        if (_isOpen) await _transport.CloseAsync();
        await _transport.DisposeAsync();
    }

    private async Task SendAsync(List<LogMessage> batch, CancellationToken stop)
    {
        if (!_isOpen)
        {
            await _transport.OpenAsync(stop);
            _isOpen = true;
        }

        var lost = Volatile.Read(ref _lost);
        var serial = _serial;
        var messages = new List<SinkMessage>(batch.Count + 1);
        if (lost > 0) messages.Add(Encode(++serial, new LogMessage(_time.GetUtcNow(), LogLevel.Error, "logs", $"{lost} messages were not passed on: the collector did not take them in time.")));
        foreach (var message in batch) messages.Add(Encode(++serial, message));
        await _transport.SendAsync(messages, stop);
        _serial = serial;
        Interlocked.Add(ref _lost, -lost);
        Volatile.Write(ref _failure, null);
        KeepSerial();
    }

    private SinkMessage Encode(long serial, LogMessage message)
    {
        var note = new SyslogNote(message.Time, SeverityOf(message.Level), DaemonFacility, message.Component, serial);
        return new SinkMessage(message.Time, SyslogHeader.Write(_options.Syslog, note, LogLine.Write(_options.Format, serial, message, _source), _source));
    }

    private static int SeverityOf(LogLevel level) => level switch
    {
        LogLevel.Critical => 2,
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Information => 6,
        _ => 7,
    };

    private long ReadSerial()
    {
        try
        {
            return File.Exists(_serialPath) && long.TryParse(File.ReadAllText(_serialPath), NumberStyles.None, CultureInfo.InvariantCulture, out var serial) ? serial : 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _failure = failure.Message;
            return 0;
        }
    }

    private void KeepSerial()
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Private files need Unix modes.");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_serialPath)!, PrivateFile.DirectoryMode);
            PrivateFile.Write(_serialPath, Encoding.ASCII.GetBytes(_serial.ToString(CultureInfo.InvariantCulture)));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The numbers begin again after a restart, which whoever counts them sees.
            Volatile.Write(ref _failure, failure.Message);
        }
    }
}
