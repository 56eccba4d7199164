using Keyreeve.Core.Audit;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Tests.Audit;
using Xunit;

namespace Keyreeve.Tests.Server.Forwarding;

public sealed class CsvFormatTests
{
    [Theory]
    [InlineData("=1+1")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData("@SUM(A1)")]
    [InlineData("\t=1+1")]
    [InlineData("＝1+1")]
    [Trait("Attack", "51")]
    public void Write_Formula_BeginsWithAnApostrophe(string formula)
    {
        var user = FieldsOf(Row(formula))[UserColumn];

        Assert.StartsWith("'", user, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "51")]
    public void Write_NastyValue_StaysInOneFieldOfOneRow()
    {
        var row = Row("a\r\nb,c;\"d\"\u2028e");

        Assert.DoesNotContain('\n', row);
        var fields = FieldsOf(row);
        Assert.Equal(CsvFormat.Header.Split(',').Length, fields.Count);
        Assert.Equal("a  b,c;\"d\" e", fields[UserColumn]);
    }

    [Fact]
    public void Write_Record_HasWhatAnAuditorLooksFor()
    {
        var row = CsvFormat.Header.Split(',').Zip(FieldsOf(Row("app"))).ToDictionary(f => f.First, f => f.Second, StringComparer.Ordinal);

        Assert.Equal("2025-11-22", row["Date"]);
        Assert.Equal("01:04:05.123456", row["Time (UTC)"]);
        Assert.Equal("failure", row["Result"]);
        Assert.Equal("PermissionDenied", row["Reason"]);
        Assert.Equal("3", row["Key version"]);
        Assert.Equal("192.0.2.7", row["IP address"]);
        Assert.Equal("kms-1", row["Key server"]);
        Assert.Equal("c-1", row["Request id"]);
    }

    private static int UserColumn => Array.IndexOf(CsvFormat.Header.Split(','), "User");

    private static string Row(string text)
    {
        var @event = AuditJson.Encode(AuditEvents.With(text));
        var line = new byte[@event.Length + AuditLine.FrameSizeInBytes];
        var length = AuditLine.Write(line, @event, new byte[32], 7);
        return CsvFormat.Write(AuditRecord.Parse(line.AsMemory(0, length - 1)), new RecordSource("kms-1", "192.0.2.1", "1.0"));
    }

    // RFC 4180 §2.
    private static List<string> FieldsOf(string row)
    {
        var fields = new List<string> { "" };
        var isQuoted = false;
        for (var i = 0; i < row.Length; i++)
        {
            if (row[i] == '"' && isQuoted && i + 1 < row.Length && row[i + 1] == '"') fields[^1] += row[i++];
            else if (row[i] == '"') isQuoted = !isQuoted;
            else if (row[i] == ',' && !isQuoted) fields.Add("");
            else fields[^1] += row[i];
        }

        return fields;
    }
}
