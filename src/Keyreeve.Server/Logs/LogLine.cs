using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Keyreeve.Server.Forwarding.Formats;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Logs;

/// <summary>A message of the system log.</summary>
/// <param name="Time">When.</param>
/// <param name="Level">How serious.</param>
/// <param name="Component">Who says it.</param>
/// <param name="Text">What.</param>
internal sealed record LogMessage(DateTimeOffset Time, LogLevel Level, string Component, string Text);

/// <summary>
/// A line of the system log. Its last field is the SHA-256 of all that stands before it, in every format; its first tells the
/// message's serial number, which grows by one with each.
/// </summary>
internal static class LogLine
{
    private const string EventId = "log";
    private static readonly string[] SerialNames = ["serial=", "externalId=", "{\"serial\":"];

    private const int HashLength = 2 * SHA256.HashSizeInBytes;

    /// <summary>Writes a line, without its newline.</summary>
    public static string Write(RecordFormatName format, long serial, LogMessage message, RecordSource source)
    {
        var text = new StringBuilder(256);
        var number = serial.ToString(CultureInfo.InvariantCulture);
        switch (format)
        {
            case RecordFormatName.Cef:
                text.Append("CEF:0|").Append(RecordSource.Product).Append('|').Append(RecordSource.Product).Append('|').Append(source.Version)
                    .Append('|').Append(EventId).Append('|').Append(message.Component).Append('|').Append(SeverityOf(message.Level)).Append('|');
                text.Append("externalId=").Append(number).Append(" rt=").Append(message.Time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
                text.Append(" dvchost=").Append(source.Host).Append(" cat=").Append(message.Component).Append(" msg=");
                RecordFormat.AppendEscaped(text, message.Text, "\\=");
                return Ended(text, " fileHash=", "");
            case RecordFormatName.Leef1 or RecordFormatName.Leef2:
                text.Append(format == RecordFormatName.Leef2 ? "LEEF:2.0|" : "LEEF:1.0|").Append(RecordSource.Product).Append('|').Append(RecordSource.Product)
                    .Append('|').Append(source.Version).Append('|').Append(EventId).Append(format == RecordFormatName.Leef2 ? "|x09|" : "|");
                text.Append("serial=").Append(number).Append("\tdevTime=").Append(LeefFormat.TimeText(message.Time)).Append("\tdevTimeFormat=").Append(LeefFormat.TimeFormat).Append("\tsev=").Append(SeverityOf(message.Level));
                text.Append("\tcat=").Append(message.Component).Append("\tidentHostName=").Append(source.Host).Append("\tmsg=");
                foreach (var c in message.Text) text.Append(c == '|' || RecordFormat.IsLineBreaking(c) ? ' ' : c);
                return Ended(text, "\thash=", "");
            case RecordFormatName.Json:
                text.Append("{\"serial\":").Append(number).Append(",\"time\":\"").Append(TimeText(message.Time)).Append("\",\"level\":\"").Append(WordOf(message.Level));
                text.Append("\",\"component\":").Append(JsonSerializer.Serialize(message.Component)).Append(",\"server\":").Append(JsonSerializer.Serialize(source.Host));
                text.Append(",\"message\":").Append(JsonSerializer.Serialize(message.Text));
                return Ended(text, ",\"hash\":\"", "\"}");
            default:
                text.Append("serial=").Append(number).Append(" time=").Append(TimeText(message.Time)).Append(" level=").Append(WordOf(message.Level));
                text.Append(" component=").Append(message.Component).Append(" server=").Append(source.Host).Append(" message=\"");
                RecordFormat.AppendEscaped(text, message.Text, "\"\\");
                return Ended(text.Append('"'), " hash=", "");
        }
    }

    /// <summary>Reads the serial number of a line and whether its hash holds; false if it is no line of a log.</summary>
    public static bool TryRead(string line, out long serial, out bool isIntact)
    {
        serial = 0;
        isIntact = false;
        var body = line.EndsWith("\"}", StringComparison.Ordinal) ? line[..^2] : line;
        if (body.Length < HashLength + 8) return false;
        var hash = body[^HashLength..];
        var before = body[..^HashLength];
        foreach (var separator in new[] { " hash=", " fileHash=", "\thash=", ",\"hash\":\"" })
        {
            if (!before.EndsWith(separator, StringComparison.Ordinal)) continue;
            isIntact = string.Equals(hash, HashOf(before[..^separator.Length]), StringComparison.Ordinal);
            return TryReadSerial(before, out serial);
        }

        return false;
    }

    // The serial number stands before everything that somebody else may have written.
    private static bool TryReadSerial(string line, out long serial)
    {
        serial = 0;
        var first = SerialNames
            .Select(name => (Start: line.IndexOf(name, StringComparison.Ordinal), name.Length))
            .Where(static found => found.Start >= 0)
            .DefaultIfEmpty((Start: -1, Length: 0)).MinBy(static found => found.Start);
        if (first.Start < 0) return false;
        var digits = line.AsSpan(first.Start + first.Length);
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return long.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out serial);
    }

    private static string Ended(StringBuilder text, string separator, string end)
    {
        var hash = HashOf(text.ToString());
        return text.Append(separator).Append(hash).Append(end).ToString();
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string TimeText(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static string WordOf(LogLevel level) => level.ToString().ToLowerInvariant();

    private static int SeverityOf(LogLevel level) => level switch
    {
        LogLevel.Critical => 9,
        LogLevel.Error => 7,
        LogLevel.Warning => 5,
        LogLevel.Information => 2,
        _ => 1,
    };
}
