using System.Text;
using System.Text.Json;
using Keyreeve.Core.Audit;
using Xunit;

namespace Keyreeve.Tests.Audit;

public sealed class EventMembersTests
{
    private static readonly string[] Texts =
        ["", "plain", "with \"quotes\" and \\", "\b\t\n\f\r\u0001\u001f", "ünïcode 鍵 \U0001F511", "{\"event\":{", "],}", "\\u0041", "a\\", "\uFFFD"];

    [Fact]
    public void Read_AnyTexts_AreThoseThatWereWritten()
    {
        var wanted = EventMembers.InOrder(["detail", "group", "keyVersion", "principal", "requestId", "time", "v"]);
        foreach (var detail in Texts)
        {
            foreach (var other in Texts)
            {
                var line = LineOf(Event(detail, other));
                var expected = JsonDocument.Parse(line).RootElement.GetProperty("event");

                var found = Read(line, wanted);

                foreach (var name in wanted.Select(Encoding.UTF8.GetString))
                    Assert.Equal(expected.TryGetProperty(name, out var value) ? value.ToString() : null, found.GetValueOrDefault(name));
            }
        }
    }

    [Fact]
    public void ToTime_AsRecordsStateIt_IsExact()
    {
        var members = new EventMembers(LineOf(Event("", "")), EventMembers.InOrder(["time"]));

        Assert.True(members.Read(out var value, out _));

        // To the microsecond, as it is written.
        Assert.Equal(AuditEvents.Time.UtcTicks / TimeSpan.TicksPerMicrosecond, value.ToTime().UtcTicks / TimeSpan.TicksPerMicrosecond);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"event\":{")]
    [InlineData("{\"event\":{\"a\"")]
    [InlineData("{\"event\":{\"a\":")]
    [InlineData("{\"event\":{\"a\":1")]
    [InlineData("{\"event\":{\"a\":\"x")]
    [InlineData("{\"event\":{\"a\":\"x\\")]
    [InlineData("{\"event\":{\"a\":\"x\\\"")]
    [InlineData("{\"event\":{\"a\":[\"x\",")]
    [InlineData("{\"event\":{\"a\":\"x\";\"b\":1}")]
    public void Read_WhatIsNoLine_IsAnError(string line) =>
        Assert.Throws<JsonException>(() => Read(Encoding.UTF8.GetBytes(line), EventMembers.InOrder(["time"])));

    [Theory]
    [InlineData("\"2025-13-22T01:04:05.123456Z\"")]
    [InlineData("\"2025-11-22T01:04:05.12x456Z\"")]
    [InlineData("\"yesterday\"")]
    public void ToTime_WhatIsNone_IsAnError(string value)
    {
        var line = Encoding.UTF8.GetBytes($$"""{"event":{"time":{{value}},"v":2},"prev":"","seq":1}""");

        Assert.Throws<JsonException>(() =>
        {
            var members = new EventMembers(line, EventMembers.InOrder(["time"]));
            members.Read(out var time, out _);
            time.ToTime();
        });
    }

    private static Dictionary<string, string> Read(byte[] line, IReadOnlyList<byte[]> wanted)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var members = new EventMembers(line, wanted);
        while (members.Read(out var value, out var member)) found.Add(Encoding.UTF8.GetString(wanted[member]), value.ToString());
        return found;
    }

    private static byte[] LineOf(AuditEvent auditEvent)
    {
        var line = new byte[AuditLine.MaxSizeInBytes];
        return line[..(AuditLine.Write(line, AuditJson.Encode(auditEvent), new byte[32], 7) - 1)];
    }

    private static AuditEvent Event(string detail, string other)
    {
        var auditEvent = AuditEvents.With(other);
        auditEvent.Detail = detail;
        auditEvent.ContextNames = [detail, other];
        return auditEvent;
    }
}
