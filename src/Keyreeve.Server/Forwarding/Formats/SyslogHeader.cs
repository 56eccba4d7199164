using Keyreeve.Core.Audit;
using System.Globalization;
using System.Text;

namespace Keyreeve.Server.Forwarding.Formats;

/// <summary>What stands around a record on its way through syslog.</summary>
internal enum SyslogVersion
{
    /// <summary>None: the record alone.</summary>
    None = 0,

    /// <summary><c>&lt;PRI&gt;Mmm dd hh:mm:ss host tag: text</c>, at most 1024 bytes.</summary>
    Rfc3164,

    /// <summary><c>&lt;PRI&gt;1 time host app procid msgid [structured data] text</c>.</summary>
    Rfc5424,
}

/// <summary>Writes syslog messages. Stateless.</summary>
internal static class SyslogHeader
{
    // spec: RFC 3164 §4.1 "The total length of the packet MUST be 1024 bytes or less."
    private const int LongestRfc3164InBytes = 1024;

    // spec: RFC 5424 §6.2.1, table 1: 13 is "log audit".
    private const int AuditFacility = 13;

    private const string ApplicationName = "keyreeve";

    // spec: RFC 5424 §7.3.1 "sequenceId … between 1 and 2147483647. If the value overflows, it … wraps to 1".
    private const long LargestSequenceId = int.MaxValue;

    /// <summary>The record as one message.</summary>
    public static byte[] Write(SyslogVersion version, AuditRecord record, string text, RecordSource source) =>
        Write(version, new SyslogNote(record.Time, SeverityOf(record), AuditFacility, record["operation"] ?? "-", record.Serial), text, source);

    /// <summary>Any text as one message.</summary>
    public static byte[] Write(SyslogVersion version, SyslogNote note, string text, RecordSource source) => version switch
    {
        SyslogVersion.None => Encoding.UTF8.GetBytes(text),
        SyslogVersion.Rfc3164 => Shorten(WriteRfc3164(note, text, source)),
        SyslogVersion.Rfc5424 => Encoding.UTF8.GetBytes(WriteRfc5424(note, text, source)),
        _ => throw new ArgumentOutOfRangeException(nameof(version)),
    };

    private static string WriteRfc3164(SyslogNote note, string text, RecordSource source)
    {
        // The day is padded with a blank, the time is the host's own: UTC here, as everywhere.
        var time = note.Time.UtcDateTime;
        var stamp = string.Create(CultureInfo.InvariantCulture, $"{time:MMM} {time.Day,2} {time:HH:mm:ss}");
        return $"<{PriorityOf(note)}>{stamp} {source.Host} {ApplicationName}[{Environment.ProcessId}]: {text}";
    }

    private static string WriteRfc5424(SyslogNote note, string text, RecordSource source)
    {
        var sequenceId = ((note.Serial - 1) % LargestSequenceId) + 1;
        var time = note.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"<{PriorityOf(note)}>1 {time} {source.Host} {ApplicationName} {Environment.ProcessId} {note.MessageId} [meta sequenceId=\"{sequenceId}\"] {text}");
    }

    // spec: RFC 5424 §6.2.1: PRI = facility × 8 + severity; 1 alert … 6 informational.
    private static int PriorityOf(SyslogNote note) => (note.Facility * 8) + note.Severity;

    private static int SeverityOf(AuditRecord record) => Severity.Of(record) switch
    {
        >= 9 => 1,
        >= 7 => 3,
        >= 5 => 4,
        >= 3 => 5,
        _ => 6,
    };

    // What is cut off stands in the trail; a cut message says so at its end.
    private static byte[] Shorten(string message)
    {
        var bytes = Encoding.UTF8.GetBytes(message);
        if (bytes.Length <= LongestRfc3164InBytes) return bytes;
        var end = LongestRfc3164InBytes - 3;
        while ((bytes[end] & 0xC0) == 0x80) end--;
        return [.. bytes.AsSpan(0, end), .. "..."u8];
    }
}
