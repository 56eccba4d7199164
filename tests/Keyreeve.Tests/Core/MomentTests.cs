using System.Text.Json;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Xunit;

namespace Keyreeve.Tests.Core;

public sealed class MomentTests
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new MomentConverter() } };

    [Theory]
    [InlineData("2026-01-31T12:00Z")]
    [InlineData("2026-01-31T12:00:00Z")]
    [InlineData("2026-01-31T12:00:00.0000000Z")]
    [InlineData("2026-01-31T12:00:00+00:00")]
    [InlineData("2026-01-31T14:00+02:00")]
    [InlineData("2026-01-31T06:30:00.000-05:30")]
    public void TryRead_WithAZone_IsThatMoment(string text)
    {
        Assert.True(Moment.TryRead(text, out var moment));
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero), moment);
        Assert.Equal(moment, JsonSerializer.Deserialize<DateTimeOffset>(JsonSerializer.Serialize(text), Json));
    }

    [Theory]
    [InlineData("2026-01-31T12:00:00")]
    [InlineData("2026-01-31T12:00")]
    [InlineData("2026-01-31")]
    [InlineData("2026-01-31Z")]
    [InlineData("2026-01-31 12:00Z")]
    [InlineData("12:00Z")]
    [InlineData("31.01.2026 12:00 +01:00")]
    [InlineData("Sat, 31 Jan 2026 12:00:00 GMT")]
    [InlineData("1769860800")]
    [InlineData("yesterday")]
    [InlineData("")]
    public void TryRead_WithoutAZoneOrInAnotherForm_IsRefusedWithWhatToWrite(string text)
    {
        Assert.False(Moment.TryRead(text, out _));
        var refused = Assert.Throws<KeyreeveException>(() => Moment.Read(text, "from"));
        Assert.Equal(KeyreeveError.InvalidField, refused.Error);
        Assert.Contains(Moment.Form, refused.Message, StringComparison.Ordinal);
        Assert.Contains(Moment.Form, Assert.Throws<MomentException>(() => JsonSerializer.Deserialize<DateTimeOffset>(JsonSerializer.Serialize(text), Json)).Message, StringComparison.Ordinal);
        var policy = """{"bindings": [{"role": "KeyUser", "conditions": {"notAfter": TIME}}], "format": "keyreeve-policy/1"}""".Replace("TIME", JsonSerializer.Serialize(text), StringComparison.Ordinal);
        Assert.Equal("$.bindings[0].conditions.notAfter", Assert.Throws<MomentException>(() => JsonSerializer.Deserialize(policy, PolicyJson.Default.PolicyFile)).Path);
    }

    [Fact]
    public void Converter_OfWhatIsNoText_RefusesItAsJson()
    {
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<DateTimeOffset>("1769860800", Json));
        Assert.Null(JsonSerializer.Deserialize<DateTimeOffset?>("null", Json));
    }

    [Fact]
    public void Converter_WrittenAndRead_IsTheSameToTheTick()
    {
        var moment = new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.FromHours(-9.5)).AddTicks(1);
        var read = JsonSerializer.Deserialize<DateTimeOffset>(JsonSerializer.Serialize(moment, Json), Json);
        Assert.Equal((moment, moment.Offset), (read, read.Offset));
    }
}
