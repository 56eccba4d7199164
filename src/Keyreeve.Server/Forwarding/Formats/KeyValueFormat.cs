using Keyreeve.Core.Audit;
using System.Globalization;
using System.Text;

namespace Keyreeve.Server.Forwarding.Formats;

/// <summary>
/// <c>serial=42 hash=4f1c… host=… time=… operation=Encrypt …</c>: values with anything but plain characters stand in quotation
/// marks, in which <c>"</c> and <c>\</c> have a backslash before them.
/// </summary>
internal static class KeyValueFormat
{
    public static string Write(AuditRecord record, RecordSource source)
    {
        var text = new StringBuilder(512);
        Append(text, "serial", record.Serial.ToString(CultureInfo.InvariantCulture));
        Append(text, "hash", record.Hash);
        if (record["server"] is null) Append(text, "server", source.Host);
        if (record["serverAddress"] is null) Append(text, "serverAddress", source.Address);
        foreach (var (name, value) in record.Fields) Append(text, name, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, string value)
    {
        if (text.Length > 0) text.Append(' ');
        text.Append(name).Append('=');
        if (value.Length > 0 && value.All(IsPlain))
        {
            text.Append(value);
            return;
        }

        text.Append('"');
        RecordFormat.AppendEscaped(text, value, "\"\\");
        text.Append('"');
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || "-_.:/@+,".Contains(c, StringComparison.Ordinal);
}
