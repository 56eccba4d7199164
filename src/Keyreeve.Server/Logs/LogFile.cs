using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Forwarding.Formats;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Logs;

/// <summary>
/// The system log as a file: each message with a serial number that grows by one, across restarts, and with its SHA-256. Whoever
/// logs never waits: messages are queued and written by one thread, and if the disk takes none, they are counted and the count is
/// written when it does. The file may be renamed or cut by <c>logrotate</c> at any time.
/// </summary>
internal sealed class LogFile : ILoggerProvider
{
    private const int QueueLength = 8192;
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    private readonly BlockingCollection<LogMessage> _queue = new(QueueLength);
    private readonly ManualResetEventSlim _ending = new();
    private readonly Thread _writing;
    private readonly string _path;
    private readonly RecordFormatName _format;
    private readonly RecordSource _source;
    private readonly TimeProvider _time;
    private long _serial;
    private long _lost;
    private bool _isToldToFail;
    private int _isDisposed;

    /// <param name="path">The file. Its folder is made if it can be; while there is none, messages wait and are counted.</param>
    /// <param name="format">How messages are written.</param>
    /// <param name="source">Which server speaks.</param>
    /// <param name="time">The clock.</param>
    public LogFile(string path, RecordFormatName format, RecordSource source, TimeProvider time)
    {
        _path = path;
        _format = format;
        _source = source;
        _time = time;
        MakeFolder();
        _serial = LastSerial();
        _writing = new Thread(Write) { IsBackground = true, Name = "system log" };
        _writing.Start();
    }

    /// <summary>Looks at what is there already: whoever may change the folder or the file may put words into the server's mouth.</summary>
    /// <exception cref="PrivateFileException">Folder or file are open to others, or belong to somebody else; the message says what mends it.</exception>
    public static void Check(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (Directory.Exists(folder)) PrivateFile.CheckShared(folder, FolderMode);
        if (File.Exists(path)) PrivateFile.CheckShared(path, Mode);
    }

    /// <summary>What is wrong with it since the start, in words; null if nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>Told once when the file takes nothing, with the reason, and once when it does again; from the thread that writes.</summary>
    public Action<LogLevel, string>? Tell { get; set; }

    /// <summary>Where the last serial number is kept besides, for when the log has just been rotated.</summary>
    private string SerialPath => _path + ".serial";

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new MessageLogger(LogLevels.ComponentOf(categoryName), _time, Add);

    /// <inheritdoc/>
    public void Dispose()
    {
        // By the log, and by the factory of its loggers once more.
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        _queue.CompleteAdding();
        if (!_writing.Join(EndLimit))
        {
            // The disk takes nothing, and the server ends all the same.
            _ending.Set();
            if (!_writing.Join(EndLimit)) return;
        }

        _queue.Dispose();
        _ending.Dispose();
    }

    private void Add(LogMessage message)
    {
        if (_queue.IsAddingCompleted || !_queue.TryAdd(message)) Interlocked.Increment(ref _lost);
    }

    private void Write()
    {
        var batch = new List<LogMessage>();
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            batch.Add(first);
            while (batch.Count < 256 && _queue.TryTake(out var next)) batch.Add(next);
            while (!TryAppend(batch))
                if (_ending.Wait(Retry)) return;
            batch.Clear();
        }
    }

    // Serial numbers are given only to what is written: a line that could not be leaves no gap.
    private bool TryAppend(List<LogMessage> batch)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Log files need Unix modes.");
        var serial = _serial;
        var lines = new StringBuilder();
        var lost = Volatile.Read(ref _lost);
        if (lost > 0) Append(new LogMessage(_time.GetUtcNow(), LogLevel.Error, "logs", $"{lost} messages were not written: the log could not take them."));
        foreach (var message in batch) Append(message);
        try
        {
            if (new FileInfo(_path).LinkTarget is not null || (File.Exists(_path) && !PrivateFile.IsRegular(_path))) return Fails("it is a link, or no file");
            using var file = new FileStream(_path, new FileStreamOptions
            {
                Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, UnixCreateMode = Mode, BufferSize = 0,
            });
            Write(file, Encoding.UTF8.GetBytes(lines.ToString()));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Fails(failure.Message);
        }

        if (_isToldToFail) Tell?.Invoke(LogLevel.Information, $"The log '{_path}' is written again.");
        _isToldToFail = false;
        _serial = serial;
        Interlocked.Add(ref _lost, -lost);
        KeepSerial();
        return true;

        void Append(LogMessage message) => lines.Append(LogLine.Write(_format, ++serial, message, _source)).Append('\n');
    }

    // A disk that fills up takes a part. It is taken back, since all of it is written again: else half a line and lines that stand twice would look like a forgery.
    private static void Write(FileStream file, byte[] lines)
    {
        var whole = file.Length;
        try
        {
            file.Write(lines);
        }
        catch (IOException)
        {
            if (file.Length > whole) file.SetLength(whole);
            throw;
        }
    }

    private bool Fails(string reason)
    {
        if (!_isToldToFail && Tell is { } tell)
        {
            _isToldToFail = true;
            tell(LogLevel.Error, $"The log '{_path}' cannot be written: {reason.TrimEnd('.')}. Messages wait in memory, at most {QueueLength} of them.");
        }

        return false;
    }

    private void KeepSerial()
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Log files need Unix modes.");
        try
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(bytes, _serial);
            using var file = new FileStream(SerialPath, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = Mode, BufferSize = 0,
            });
            file.Write(bytes);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The log itself has the number too, until it is rotated.
        }
    }

    // A log that cannot be written is no reason not to serve; that it cannot is told on standard error.
    private void MakeFolder()
    {
        var folder = Path.GetDirectoryName(_path)!;
        if (OperatingSystem.IsWindows() || Directory.Exists(folder)) return;
        try
        {
            Directory.CreateDirectory(folder, FolderMode);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Fault = $"There is no directory for the log '{_path}', and it cannot be made ({failure.Message}): mkdir -m 0750 {folder}";
        }
    }

    private long LastSerial()
    {
        var kept = 0L;
        try
        {
            if (PrivateFile.IsRegular(SerialPath) && File.ReadAllBytes(SerialPath) is { Length: sizeof(long) } bytes) kept = BinaryPrimitives.ReadInt64BigEndian(bytes);
            return PrivateFile.IsRegular(_path) ? Math.Max(kept, LastSerialInFile()) : kept;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Fault = $"The log '{_path}' cannot be read to go on with its serial numbers: {failure.Message}";
            return kept;
        }
    }

    private long LastSerialInFile()
    {
        var kept = 0L;
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Seek(-Math.Min(file.Length, 256 * 1024), SeekOrigin.End);
        using var reader = new StreamReader(file);
        while (reader.ReadLine() is { } line)
            if (LogLine.TryRead(line, out var serial, out _)) kept = Math.Max(kept, serial);
        return kept;
    }
}
