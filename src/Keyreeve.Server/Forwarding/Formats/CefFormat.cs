using Keyreeve.Core.Audit;
using System.Globalization;
using System.Text;

namespace Keyreeve.Server.Forwarding.Formats;

/// <summary>
/// <c>CEF:0|vendor|product|version|event class|name|severity|extension</c>. In the header <c>\</c> and <c>|</c> are escaped, in
/// the extension <c>\</c> and <c>=</c>. Extension names are ArcSight's where it has one.
/// </summary>
internal static class CefFormat
{
    // What has no name of its own goes into the numbered fields, each with its label.
    private static readonly (string Field, string Key)[] Numbered =
    [
        ("keyName", "cs1"), ("group", "cs2"), ("purpose", "cs3"), ("rule", "cs4"), ("objectId", "cs5"), ("contextNames", "cs6"),
        ("keyVersion", "cn1"), ("latencyMicros", "cn2"), ("tenant", "cn3"),
        ("requestId", "flexString1"), ("contextValues", "flexString2"),
    ];

    private static readonly (string Field, string Key)[] Named =
    [
        ("operation", "act"), ("result", "outcome"), ("reason", "reason"), ("sourceAddress", "src"), ("sourcePort", "spt"),
        ("principal", "suser"), ("credential", "suid"), ("protocol", "app"), ("bytes", "in"), ("count", "cnt"), ("detail", "msg"),
        ("correlationId", "requestContext"), ("algorithm", "deviceCustomAlgorithm"), ("id", "deviceExternalId"),
        ("decision", "decision"), ("node", "deviceFacility"),
    ];

    public static string Write(AuditRecord record, RecordSource source)
    {
        var text = new StringBuilder(640).Append("CEF:0");
        AppendHeader(text, RecordSource.Product);
        AppendHeader(text, RecordSource.Product);
        AppendHeader(text, source.Version);
        AppendHeader(text, record["operation"] ?? "");
        AppendHeader(text, $"{record["operation"]} {record["result"]}");
        AppendHeader(text, Severity.Of(record).ToString(CultureInfo.InvariantCulture));
        text.Append('|');
        Append(text, "rt", record.Time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), isFirst: true);
        Append(text, "externalId", record.Serial.ToString(CultureInfo.InvariantCulture));
        Append(text, "fileHash", record.Hash);
        Append(text, "dvchost", record["server"] ?? source.Host);
        Append(text, "dvc", record["serverAddress"] ?? source.Address);
        foreach (var (field, key) in Named)
            if (record[field] is { } value) Append(text, key, value);
        foreach (var (field, key) in Numbered)
        {
            if (record[field] is not { } value) continue;
            Append(text, key, value);
            Append(text, key + "Label", field);
        }

        return text.ToString();
    }

    private static void AppendHeader(StringBuilder text, string value)
    {
        text.Append('|');
        RecordFormat.AppendEscaped(text, value, "\\|");
    }

    private static void Append(StringBuilder text, string key, string value, bool isFirst = false)
    {
        if (!isFirst) text.Append(' ');
        text.Append(key).Append('=');
        RecordFormat.AppendEscaped(text, value, "\\=");
    }
}
