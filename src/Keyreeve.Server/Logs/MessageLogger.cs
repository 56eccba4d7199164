using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Logs;

/// <summary>Makes messages of what a component says, and hands them on at once.</summary>
internal sealed class MessageLogger(string component, TimeProvider time, Action<LogMessage> add) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var text = formatter(state, exception);
        if (exception is not null) text = $"{text} | {exception}";
        add(new LogMessage(time.GetUtcNow(), logLevel, component, text));
    }
}
