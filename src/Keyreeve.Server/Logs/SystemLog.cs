using System.Net;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Hosting;
using Keyreeve.Server.Rest.Handlers;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Logs;

/// <summary>The system log of a process: standard error, a file and collectors if they are configured; loud levels are said, again and again.</summary>
public sealed class SystemLog : IDisposable
{
    private static readonly TimeSpan ReminderInterval = TimeSpan.FromHours(1);

    private readonly ITimer _reminder;
    private readonly ILogger _logger;
    private readonly List<ILoggerProvider> _files;

    private SystemLog(LogLevels levels, List<ILoggerProvider> files, ILoggerFactory factory, TimeProvider time)
    {
        Levels = levels;
        _files = files;
        Factory = factory;
        _logger = factory.CreateLogger<SystemLog>();
        _reminder = time.CreateTimer(static log => ((SystemLog)log!).Remind(), this, TimeSpan.Zero, ReminderInterval);
    }

    /// <summary>Makes loggers.</summary>
    public ILoggerFactory Factory { get; }

    /// <summary>How much is said; may be exchanged at any time.</summary>
    public LogLevels Levels { get; }

    /// <summary>Opens the log.</summary>
    /// <exception cref="PrivateFileException">The log's folder or file is open to others, or belongs to somebody else.</exception>
    /// <remarks>A file that cannot be written and a collector that cannot be reached keep no server from starting.</remarks>
    public static SystemLog Open(KeyreeveOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Log.File is { } existing) LogFile.Check(existing);
        var levels = new LogLevels(options.Log);
        var source = new RecordSource(options.Server.Name ?? Dns.GetHostName(), "", ServerRoutes.Version.Version);
        var providers = new List<ILoggerProvider>();
        var file = options.Log.File is { } path ? new LogFile(path, options.Log.Format, source, time) : null;
        if (file is not null) providers.Add(file);
        var folder = Path.Combine(options.Server.DataDirectory, AuditForwarding.DirectoryName);
        providers.AddRange(options.LogSinks.Select(sink => new LogSink(sink.Key, sink.Value, folder, source, time)));
        var log = new SystemLog(levels, providers, PlainLines.CreateFactory(levels.IsSaid, providers, time), time);
        if (file?.Fault is { } fault) log._logger.LogError("{Fault}", fault);
        // On standard error at once, and in the file when it can be.
        if (file is not null) file.Tell = (level, text) => log._logger.Log(level, "{Text}", text);
        return log;
    }

    /// <summary>Says it, if the log tells more than an operator needs.</summary>
    public void Remind()
    {
        if (Levels.Loud is { } loud)
            _logger.LogWarning("The log is loud ({Levels}): it tells who does what in detail, and fills disks. Set [log] level = basic when you have seen enough.", loud);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reminder.Dispose();
        // All at once: one that hangs ends by a bound of its own, and those do not add up.
        Parallel.ForEach(_files, static file => file.Dispose());
        Factory.Dispose();
    }
}
