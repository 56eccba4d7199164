using System.Net;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Hosting;
using Keyreeve.Server.Rest.Handlers;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Logs;

/// <summary>The system log of a process: standard error, and a file if one is configured; loud levels are said, again and again.</summary>
public sealed class SystemLog : IDisposable
{
    private static readonly TimeSpan ReminderInterval = TimeSpan.FromHours(1);

    private readonly ITimer _reminder;
    private readonly ILogger _logger;

    private SystemLog(LogLevels levels, ILoggerFactory factory, TimeProvider time)
    {
        Levels = levels;
        Factory = factory;
        _logger = factory.CreateLogger<SystemLog>();
        _reminder = time.CreateTimer(static log => ((SystemLog)log!).Remind(), this, TimeSpan.Zero, ReminderInterval);
    }

    /// <summary>Makes loggers.</summary>
    public ILoggerFactory Factory { get; }

    /// <summary>How much is said; may be exchanged at any time.</summary>
    public LogLevels Levels { get; }

    /// <summary>Opens the log.</summary>
    /// <exception cref="IOException">The file's folder is not there.</exception>
    public static SystemLog Open(LogOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        var levels = new LogLevels(options);
        LogFile? file = null;
        if (options.File is { } path)
        {
            if (!Directory.Exists(Path.GetDirectoryName(path)))
                throw new IOException($"There is no directory for the log '{path}': mkdir -m 0750 {Path.GetDirectoryName(path)}");
            file = new LogFile(path, options.Format, new RecordSource(Dns.GetHostName(), "", ServerRoutes.Version.Version), time);
        }

        return new SystemLog(levels, PlainLines.CreateFactory(levels.IsSaid, file, time), time);
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
        Factory.Dispose();
    }
}
