using System.Text;
using System.Text.RegularExpressions;
using Keyreeve.Core.Audit;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Tests.Audit;
using Xunit;

namespace Keyreeve.Tests.Server.Forwarding;

public sealed class RecordFormatTests
{
    // Everything that some reader gives a meaning to.
    private const string Nasty = "a\nb\r\0c|d=e]f\"g\\h\ti\u2028j\u0085k,=1+1 ü😀";

    private static readonly RecordSource Source = new("kms-1", "192.0.2.1", "1.2.3");

    public static TheoryData<int> Formats => [.. Enum.GetValues<RecordFormatName>().Where(f => f != RecordFormatName.None).Select(f => (int)f)];

    [Theory]
    [Trait("Attack", "51")]
    [MemberData(nameof(Formats))]
    public void Write_NastyValues_GivesOneLineWithoutControls(int format)
    {
        var text = RecordFormat.Write((RecordFormatName)format, Record(Nasty), Source);

        // In JSON it is the line feed alone that ends a line; what else there is stands as in the trail.
        if (format == (int)RecordFormatName.Json) Assert.DoesNotContain(text, static c => c < ' ');
        else Assert.DoesNotContain(text, static c => c != '\t' && RecordFormat.IsLineBreaking(c));
        Assert.Contains("ü😀", text, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "51")]
    public void Cef_NastyValues_HeaderHasSevenPipesAndExtensionsReadBack()
    {
        var text = RecordFormat.Write(RecordFormatName.Cef, Record(Nasty), Source);

        var header = Regex.Match(text, @"^CEF:0\|Keyreeve\|Keyreeve\|1\.2\.3\|Encrypt\|Encrypt Denied\|6\|", RegexOptions.None, TimeSpan.FromSeconds(1));
        Assert.True(header.Success, text);
        var extensions = Regex.Matches(text[header.Length..], @"(^| )(?<key>\w+)=(?<value>([^\\=]|\\[\\=nr])*?)(?= \w+=|$)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))
            .ToDictionary(m => m.Groups["key"].Value, m => m.Groups["value"].Value, StringComparer.Ordinal);
        Assert.Equal("a\\nb\\r?c|d\\=e]f\"g\\\\h?i?j?k,\\=1+1 ü😀", extensions["suser"]);
        Assert.Equal("192.0.2.7", extensions["src"]);
        Assert.Equal("keyName", extensions["cs1Label"]);
        Assert.Equal("7", extensions["externalId"]);
    }

    [Theory]
    [InlineData(false, "LEEF:1.0|Keyreeve|Keyreeve|1.2.3|Encrypt|")]
    [InlineData(true, "LEEF:2.0|Keyreeve|Keyreeve|1.2.3|Encrypt|x09|")]
    [Trait("Attack", "51")]
    public void Leef_NastyValues_PairsReadBackByTheDelimiter(bool isVersion2, string header)
    {
        var text = RecordFormat.Write(isVersion2 ? RecordFormatName.Leef2 : RecordFormatName.Leef1, Record(Nasty), Source);

        Assert.StartsWith(header, text, StringComparison.Ordinal);
        var pairs = text[header.Length..].Split('\t').Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
        Assert.Equal("a b  c d=e]f\"g\\h i j k,=1+1 ü😀", pairs["usrName"]);
        Assert.Equal("Nov 22 2025 01:04:05.123 UTC", pairs["devTime"]);
        Assert.Equal("Denied", pairs["cat"]);
    }

    [Fact]
    [Trait("Attack", "51")]
    public void KeyValue_NastyValues_ReadBack()
    {
        var text = RecordFormat.Write(RecordFormatName.KeyValue, Record(Nasty), Source);

        var pairs = Regex.Matches(text, "(?<key>\\w+)=(?<value>\"([^\"\\\\]|\\\\.)*\"|[^ ]+)( |$)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        Assert.Equal(text.Length, pairs.Sum(p => p.Length));
        var values = pairs.ToDictionary(p => p.Groups["key"].Value, p => p.Groups["value"].Value, StringComparer.Ordinal);
        Assert.Equal("7", values["serial"]);
        Assert.Equal("payments/cards", values["group"]);
        Assert.Equal("\"a\\nb\\r?c|d=e]f\\\"g\\\\h?i?j?k,=1+1 ü😀\"", values["principal"]);
    }

    [Fact]
    public void Json_AnyRecord_HoldsTheLineByteForByte()
    {
        var line = Line(Nasty);

        var text = RecordFormat.Write(RecordFormatName.Json, AuditRecord.Parse(line), Source);

        Assert.Contains($"\"record\":{Encoding.UTF8.GetString(line)}}}", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Rfc5424_Record_HasItsHeaderAndSequenceId()
    {
        var record = Record("app");

        var text = Encoding.UTF8.GetString(SyslogHeader.Write(SyslogVersion.Rfc5424, record, "text", Source));

        Assert.Matches(@"^<108>1 2025-11-22T01:04:05\.123456Z kms-1 keyreeve \d+ Encrypt \[meta sequenceId=""7""\] text$", text);
    }

    [Fact]
    public void Rfc3164_LongText_IsCutAtTheLimitBetweenCharacters()
    {
        var message = SyslogHeader.Write(SyslogVersion.Rfc3164, Record("app"), string.Concat(Enumerable.Repeat("€", 600)), Source);

        Assert.InRange(message.Length, 1021, 1024);
        Assert.EndsWith("€...", new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(message), StringComparison.Ordinal);
        Assert.StartsWith("<108>Nov 22 01:04:05 kms-1 keyreeve[", Encoding.UTF8.GetString(message), StringComparison.Ordinal);
    }

    private static AuditRecord Record(string text) => AuditRecord.Parse(Line(text));

    private static byte[] Line(string text)
    {
        var @event = AuditJson.Encode(AuditEvents.With(text));
        var line = new byte[@event.Length + AuditLine.FrameSizeInBytes];
        var length = AuditLine.Write(line, @event, new byte[32], 7);
        return line[..(length - 1)];
    }
}
