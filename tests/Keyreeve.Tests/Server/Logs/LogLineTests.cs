using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Logs;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Keyreeve.Tests.Server.Logs;

public sealed class LogLineTests
{
    private const string Nasty = "a\nb\r\0c|d=e]f\"g\\h\ti\u2028j hash=0 serial=9";

    private static readonly LogMessage Message = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), LogLevel.Warning, "kmip", Nasty);
    private static readonly RecordSource Source = new("kms-1", "", "1.0");

    public static TheoryData<int> Formats =>
        [(int)RecordFormatName.KeyValue, (int)RecordFormatName.Cef, (int)RecordFormatName.Leef1, (int)RecordFormatName.Leef2, (int)RecordFormatName.Json];

    [Theory]
    [Trait("Attack", "51")]
    [MemberData(nameof(Formats))]
    public void Write_NastyMessage_IsOneLineThatReadsBack(int format)
    {
        var line = LogLine.Write((RecordFormatName)format, 42, Message, Source);

        Assert.DoesNotContain(line, static c => c is '\n' or '\r' or '\0');
        Assert.True(LogLine.TryRead(line, out var serial, out var isIntact));
        Assert.Equal(42, serial);
        Assert.True(isIntact);
    }

    // QRadar reads devTime as devTimeFormat says it; of a time with microseconds it would take these for milliseconds.
    [Theory]
    [InlineData((int)RecordFormatName.Leef1)]
    [InlineData((int)RecordFormatName.Leef2)]
    public void Write_Leef_SaysHowItsTimeIsRead(int format)
    {
        var line = LogLine.Write((RecordFormatName)format, 42, Message, Source);

        Assert.Contains("\tdevTime=Jan 02 2026 03:04:05.000 UTC\tdevTimeFormat=MMM dd yyyy HH:mm:ss.SSS z\t", line, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void TryRead_AnyCharacterChanged_IsNotIntact(int format)
    {
        var line = LogLine.Write((RecordFormatName)format, 42, Message, Source);

        for (var i = 0; i < line.Length; i++)
        {
            var changed = line[..i] + (line[i] == 'x' ? 'y' : 'x') + line[(i + 1)..];
            Assert.False(LogLine.TryRead(changed, out _, out var isIntact) && isIntact, changed);
        }
    }

    [Theory]
    [InlineData("Keyreeve.Kmip", "kmip")]
    [InlineData("Keyreeve.Server.Kmip.KmipListener", "kmip")]
    [InlineData("Keyreeve.Server.Hosting.KeyreeveServer", "hosting")]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", "web")]
    [InlineData("System.Net", "runtime")]
    public void ComponentOf_Category_IsTheWordOfTheConfiguration(string category, string component) =>
        Assert.Equal(component, LogLevels.ComponentOf(category));

    [Fact]
    public void IsSaid_ByLevelAndComponent_FollowsTheConfigurationAtOnce()
    {
        var levels = new LogLevels(OptionsReader.Read("[log]\nlevel = basic\nkmip = debug\nrest = none\n", "test").Log);

        Assert.True(levels.IsSaid("Keyreeve.Kmip", LogLevel.Trace));
        Assert.False(levels.IsSaid("Keyreeve.Rest", LogLevel.Critical));
        Assert.False(levels.IsSaid("Keyreeve.Audit", LogLevel.Debug));
        Assert.True(levels.IsSaid("Keyreeve.Audit", LogLevel.Information));
        Assert.False(levels.IsSaid("Microsoft.AspNetCore.Server", LogLevel.Warning));
        Assert.Equal("kmip = debug", levels.Loud);

        levels.Options = new LogOptions { Detail = LogDetail.None };
        Assert.False(levels.IsSaid("Keyreeve.Kmip", LogLevel.Critical));
        Assert.Null(levels.Loud);
    }
}
