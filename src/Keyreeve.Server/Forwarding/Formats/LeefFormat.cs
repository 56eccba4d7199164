using Keyreeve.Core.Audit;
using System.Globalization;
using System.Text;

namespace Keyreeve.Server.Forwarding.Formats;

/// <summary>
/// <c>LEEF:1.0|vendor|product|version|event id|</c> and pairs separated by tabs; 2.0 names its delimiter, <c>x09</c>. LEEF has no
/// escapes: tabs, pipes and line ends are taken out of values.
/// </summary>
internal static class LeefFormat
{
    private static readonly (string Field, string Key)[] Named =
    [
        ("sourceAddress", "src"), ("sourcePort", "srcPort"), ("principal", "usrName"), ("tenant", "domain"), ("protocol", "proto"),
        ("keyName", "resource"), ("detail", "msg"),
    ];

    private static readonly string[] Unnamed =
    [
        "operation", "result", "reason", "objectId", "keyVersion", "group", "algorithm", "purpose", "rule", "contextNames", "credential",
        "bytes", "count", "latencyMicros", "correlationId", "id", "decision", "requestId", "contextValues", "node",
    ];

    /// <summary>How <see cref="TimeText"/> is read, as Java's SimpleDateFormat says it: a time in another shape is one that QRadar reads wrong, or not at all.</summary>
    public const string TimeFormat = "MMM dd yyyy HH:mm:ss.SSS z";

    /// <summary>A time as <c>devTime</c>.</summary>
    public static string TimeText(DateTimeOffset time) => time.UtcDateTime.ToString("MMM dd yyyy HH:mm:ss.fff 'UTC'", CultureInfo.InvariantCulture);

    public static string Write(AuditRecord record, RecordSource source, bool isVersion2)
    {
        var text = new StringBuilder(640).Append(isVersion2 ? "LEEF:2.0" : "LEEF:1.0");
        foreach (var part in new[] { RecordSource.Product, RecordSource.Product, source.Version, record["operation"] ?? "" })
            text.Append('|').Append(Clean(part));
        text.Append(isVersion2 ? "|x09|" : "|");
        Append(text, "devTime", TimeText(record.Time), isFirst: true);
        Append(text, "devTimeFormat", TimeFormat);
        Append(text, "sev", Math.Max(1, Severity.Of(record)).ToString(CultureInfo.InvariantCulture));
        Append(text, "cat", record["result"] ?? "");
        Append(text, "serial", record.Serial.ToString(CultureInfo.InvariantCulture));
        Append(text, "hash", record.Hash);
        Append(text, "identHostName", record["server"] ?? source.Host);
        Append(text, "dst", record["serverAddress"] ?? source.Address);
        foreach (var (field, key) in Named)
            if (record[field] is { } value) Append(text, key, value);
        foreach (var field in Unnamed)
            if (record[field] is { } value) Append(text, field, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string key, string value, bool isFirst = false)
    {
        if (!isFirst) text.Append('\t');
        text.Append(key).Append('=').Append(Clean(value));
    }

    private static string Clean(string value) => string.Create(value.Length, value, static (span, from) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = from[i] == '|' || RecordFormat.IsLineBreaking(from[i]) ? ' ' : from[i];
    });
}
