using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keyreeve.Integration;

/// <summary>Keeps what a server under test logs; defects are printed, since no test expects one.</summary>
public sealed class TestLog : ILogger, ILoggerFactory, ILoggerProvider
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = $"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : " | " + exception)}";
        Lines.Enqueue(line);
        if (logLevel >= LogLevel.Error) Console.Error.WriteLine(line);
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    // The web server's host shouts of a busy port, which tests provoke.
    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal) ? NullLogger.Instance : this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}
