using Keyreeve.Core.Audit;
using System.Globalization;
using System.Text;

namespace Keyreeve.Server.Forwarding.Formats;

/// <summary>
/// The audit trail as a table for people: RFC 4180, which every spreadsheet opens. A value that a spreadsheet would take for a
/// formula gets an apostrophe before it.
/// </summary>
internal static class CsvFormat
{
    /// <summary>What a file begins with, so that spreadsheets read it as UTF-8.</summary>
    public const string ByteOrderMark = "\uFEFF";

    /// <summary>What ends a row.</summary>
    public const string RowEnd = "\r\n";

    private static readonly (string Name, Func<AuditRecord, RecordSource, string?> Value)[] Columns =
    [
        ("Serial", static (r, _) => r.Serial.ToString(CultureInfo.InvariantCulture)),
        ("Date", static (r, _) => r.Time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        ("Time (UTC)", static (r, _) => r.Time.ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture)),
        ("User", static (r, _) => r["principal"]),
        ("Operation", static (r, _) => r["operation"]),
        ("Result", static (r, _) => r["result"] is "Success" ? "success" : "failure"),
        ("Reason", static (r, _) => r["reason"]),
        ("Key", static (r, _) => r["keyName"]),
        ("Key version", static (r, _) => r["keyVersion"]),
        ("Key group", static (r, _) => r["group"]),
        ("Resource", static (r, _) => r["objectId"]),
        ("Purpose", static (r, _) => r["purpose"]),
        ("IP address", static (r, _) => r["sourceAddress"]),
        ("Port", static (r, _) => r["sourcePort"]),
        ("Protocol", static (r, _) => r["protocol"]),
        ("Key server", static (r, s) => r["server"] ?? s.Host),
        ("Key server address", static (r, s) => r["serverAddress"] ?? s.Address),
        ("Request id", static (r, _) => r["correlationId"]),
        ("Caller's request id", static (r, _) => r["requestId"]),
        ("Decision", static (r, _) => r["decision"]),
        ("Rule", static (r, _) => r["rule"]),
        ("Credential", static (r, _) => r["credential"]),
        ("Tenant", static (r, _) => r["tenant"]),
        ("Algorithm", static (r, _) => r["algorithm"]),
        ("Context", static (r, _) => r["contextNames"]),
        ("Context values", static (r, _) => r["contextValues"]),
        ("Latency (µs)", static (r, _) => r["latencyMicros"]),
        ("Node", static (r, _) => r["node"]),
        ("Bytes", static (r, _) => r["bytes"]),
        ("Detail", static (r, _) => r["detail"]),
        ("Hash", static (r, _) => r.Hash),
    ];

    /// <summary>The names of the columns, without the row's end.</summary>
    public static string Header { get; } = string.Join(',', Columns.Select(static c => c.Name));

    /// <summary>The record as a row, without the row's end.</summary>
    public static string Write(AuditRecord record, RecordSource source)
    {
        var row = new StringBuilder(384);
        foreach (var (_, value) in Columns)
        {
            if (row.Length > 0) row.Append(',');
            if (value(record, source) is { Length: > 0 } text) AppendField(row, text);
        }

        return row.ToString();
    }

    private static void AppendField(StringBuilder row, string text)
    {
        var safe = Array.TrueForAll([.. text], static c => !RecordFormat.IsLineBreaking(c) && c is not ('"' or ',' or ';'));
        var isFormula = text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '|' or '%' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20';
        if (safe && !isFormula)
        {
            row.Append(text);
            return;
        }

        row.Append('"');
        if (isFormula) row.Append('\'');
        foreach (var c in text)
        {
            if (c == '"') row.Append("\"\"");
            else row.Append(RecordFormat.IsLineBreaking(c) ? ' ' : c);
        }

        row.Append('"');
    }
}
