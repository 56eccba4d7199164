using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Keyreeve.Server.Hosting;

/// <summary>
/// The server's log on its standard error: one line an event, time first, nothing in it that could pass for another line.
/// </summary>
internal sealed class PlainLines(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    private const string FormatterName = "plain-lines";

    /// <summary>Makes the log.</summary>
    /// <param name="isSaid">Whether a message of that category and level is said.</param>
    /// <param name="others">Get every message as well. Disposed of with the factory.</param>
    /// <param name="time">The clock.</param>
    public static ILoggerFactory CreateFactory(Func<string, LogLevel, bool> isSaid, IEnumerable<ILoggerProvider> others, TimeProvider time) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(LogLevel.Trace);
        logging.AddFilter((category, level) => isSaid(category ?? "", level));
        foreach (var other in others) logging.AddProvider(other);
        logging.Services.AddSingleton(time);
        logging.AddConsoleFormatter<PlainLines, ConsoleFormatterOptions>();
        logging.AddConsole(console =>
        {
            console.FormatterName = FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
    });

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var line = new StringBuilder(256)
            .Append(time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
            .Append(' ').Append(WordOf(logEntry.LogLevel)).Append(' ');
        AppendEscaped(line, logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.Exception is { } exception)
        {
            line.Append(" | ");
            AppendEscaped(line, exception.ToString());
        }

        textWriter.WriteLine(line.ToString());
    }

    private static string WordOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "WARN ",
        _ => "ERROR",
    };

    private static void AppendEscaped(StringBuilder line, string text)
    {
        foreach (var c in text)
        {
            if (c is '\n') line.Append("\\n");
            else if (c is '\r') line.Append("\\r");
            else if (char.IsControl(c) || c is '\u2028' or '\u2029') line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else line.Append(c);
        }
    }
}
