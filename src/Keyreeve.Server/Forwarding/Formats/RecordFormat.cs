using Keyreeve.Core.Audit;
using System.Text;

namespace Keyreeve.Server.Forwarding.Formats;

/// <summary>How a record is written. Every format gives one line: nothing in a record can begin another.</summary>
internal enum RecordFormatName
{
    /// <summary>None chosen.</summary>
    None = 0,

    /// <summary><c>name=value</c> pairs.</summary>
    KeyValue,

    /// <summary>ArcSight's Common Event Format.</summary>
    Cef,

    /// <summary>QRadar's Log Event Extended Format 1.0.</summary>
    Leef1,

    /// <summary>The same, 2.0.</summary>
    Leef2,

    /// <summary>The trail's own JSON, one object a line.</summary>
    Json,

    /// <summary>A row of a table.</summary>
    Csv,
}

/// <summary>Writes records in one of the formats. Stateless.</summary>
internal static class RecordFormat
{
    /// <summary>The record as one line, without a newline.</summary>
    /// <param name="format">The format.</param>
    /// <param name="record">The record.</param>
    /// <param name="source">Which server speaks.</param>
    public static string Write(RecordFormatName format, AuditRecord record, RecordSource source) => format switch
    {
        RecordFormatName.KeyValue => KeyValueFormat.Write(record, source),
        RecordFormatName.Cef => CefFormat.Write(record, source),
        RecordFormatName.Leef1 => LeefFormat.Write(record, source, isVersion2: false),
        RecordFormatName.Leef2 => LeefFormat.Write(record, source, isVersion2: true),
        RecordFormatName.Json => JsonFormat.Write(record, source),
        RecordFormatName.Csv => CsvFormat.Write(record, source),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    /// <summary>Appends a value with the characters escaped that its format or a line gives a meaning to.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="value">The value.</param>
    /// <param name="escaped">Characters that get a backslash before them.</param>
    public static void AppendEscaped(StringBuilder text, string value, ReadOnlySpan<char> escaped)
    {
        foreach (var c in value)
        {
            if (c == '\n') text.Append("\\n");
            else if (c == '\r') text.Append("\\r");
            else if (IsLineBreaking(c)) text.Append('?');
            else if (escaped.Contains(c)) text.Append('\\').Append(c);
            else text.Append(c);
        }
    }

    /// <summary>Whether some reader would take the character for more than itself: controls, and Unicode's own line ends.</summary>
    public static bool IsLineBreaking(char c) => char.IsControl(c) || c is '\u2028' or '\u2029' or '\u0085';
}

/// <summary>Which server a record comes from.</summary>
/// <param name="Host">Its host name.</param>
/// <param name="Address">The address it listens on.</param>
/// <param name="Version">Its version.</param>
internal sealed record RecordSource(string Host, string Address, string Version)
{
    /// <summary>The product's name, as it stands in each format.</summary>
    public const string Product = "Keyreeve";
}
