using System.Reflection;
using System.Text;
using System.Text.Json;
using Keyreeve.Core.Audit;
using Xunit;

namespace Keyreeve.Tests.Audit;

public sealed class AuditJsonTests
{
    // Values that try to break out of their place: quotes, newlines, separators of log formats, a formula, half a pair.
    public static TheoryData<string, string> Hostile => new()
    {
        { "plain", "plain" },
        { "a\"b\\c", "a\\\"b\\\\c" },
        { "line\nfeed\r\t\b\f", "line\\nfeed\\r\\t\\b\\f" },
        { "\0\u0001\u001f\u007f", "\\u0000\\u0001\\u001f\u007f" },
        { "=1+1|x]/", "=1+1|x]/" },
        { "Zoë €😀\u2028", "Zoë €😀\u2028" },
        { "half \ud83d pair", "half \ufffd pair" },
        { "\"}\n{\"event\":{}", "\\\"}\\n{\\\"event\\\":{}" },
    };

    [Fact]
    public void Encode_SmallestEvent_IsTheExactCanonicalText()
    {
        var json = Encoding.UTF8.GetString(AuditJson.Encode(AuditEvents.Smallest()));

        Assert.Equal(
            """{"correlationId":"c-1","id":"019aa8a0-0000-7000-8000-000000000001","latencyMicros":0,"operation":"Encrypt","principal":"app","protocol":"Rest","result":"Success","tenant":1,"time":"2025-11-22T01:04:05.123456Z","v":2}""",
            json);
    }

    [Fact]
    public void Encode_EveryField_IsThereOnceAndSorted()
    {
        var json = AuditJson.Encode(AuditEvents.With("x"));

        using var document = JsonDocument.Parse(json);
        var names = document.RootElement.EnumerateObject().Select(member => member.Name).ToArray();
        Assert.Equal(names.Order(StringComparer.Ordinal), names, StringComparer.Ordinal);
        Assert.Equal(names.Length, names.ToHashSet(StringComparer.Ordinal).Count);
        // Every property of an event has its member, those of its origin one each, and v comes on top.
        Assert.Equal(typeof(AuditEvent).GetProperties().Length - 1 + typeof(AuditOrigin).GetProperties(BindingFlags.Public | BindingFlags.Instance).Length + 1, names.Length);
        Assert.Equal(["table", "x"], document.RootElement.GetProperty("contextNames").EnumerateArray().Select(n => n.GetString()!), StringComparer.Ordinal);
        Assert.True(CanonicalJson.IsCanonicalObject(json));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    [Trait("Attack", "51")]
    public void Encode_HostileText_IsEscapedOnceAndReadsBackAsItWas(string text, string escaped)
    {
        var json = AuditJson.Encode(AuditEvents.With(text));

        Assert.Contains($"\"principal\":\"{escaped}\"", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
        Assert.True(CanonicalJson.IsCanonicalObject(json));
        Assert.DoesNotContain((byte)'\n', json);
        using var document = JsonDocument.Parse(json);
        Assert.Equal(text.Replace('\ud83d', '?').Replace("?\ude00", "😀", StringComparison.Ordinal), document.RootElement.GetProperty("detail").GetString()!.Replace('\ufffd', '?'));
    }

    [Fact]
    public void Encode_TextBeyondTheLimit_IsCut()
    {
        using var document = JsonDocument.Parse(AuditJson.Encode(AuditEvents.With(new string('\u0001', 5000))));

        Assert.Equal(AuditJson.MaxStringLength, document.RootElement.GetProperty("purpose").GetString()!.Length);
    }

    [Fact]
    public void Encode_LargestEventPossible_FitsALine()
    {
        var hostile = AuditEvents.With(new string('\u0001', 5000));
        hostile.ContextNames = [.. Enumerable.Repeat(new string('\u0001', 5000), 1000)];
        hostile.ContextValues = hostile.ContextNames;
        hostile.Bytes = hostile.LatencyInMicroseconds = long.MaxValue;
        hostile.Count = int.MaxValue;

        var json = AuditJson.Encode(hostile);

        Assert.True(json.Length < AuditLine.MaxSizeInBytes - AuditLine.FrameSizeInBytes);
        Assert.True(CanonicalJson.IsCanonicalObject(json));
        // spec: RFC 7493 §2.2: beyond 2^53 − 1 whole numbers are not exact
        Assert.Contains("\"bytes\":9007199254740991", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_EventWithoutResult_Throws()
    {
        var undecided = AuditEvents.Smallest();
        undecided.Result = AuditResult.None;

        Assert.Throws<ArgumentException>(() => AuditJson.Encode(undecided));
    }
}
