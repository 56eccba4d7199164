using System.Text;
using Keyreeve.Core.Audit;
using Xunit;

namespace Keyreeve.Tests.Audit;

public sealed class AuditLineTests
{
    private static readonly byte[] Previous = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void Write_Event_IsOneCanonicalLineThatReadsBack()
    {
        var buffer = new byte[1024];
        var length = AuditLine.Write(buffer, "{\"v\":1}"u8, Previous, 42);

        var text = Encoding.UTF8.GetString(buffer, 0, length);
        Assert.Equal(
            "{\"event\":{\"v\":1},\"prev\":\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\",\"seq\":42}\n", text);
        Assert.True(CanonicalJson.IsCanonicalObject(buffer.AsSpan(0, length - 1)));
        Assert.True(AuditLine.TryParse(buffer.AsSpan(0, length - 1), out var line));
        Assert.Equal(42, line.Sequence);
        Assert.True(line.Event.SequenceEqual("{\"v\":1}"u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"event\":{},\"prev\":\"00\",\"seq\":1}")]
    [InlineData("{\"event\":{},\"prev\":\"*\",\"seq\":0}")]
    [InlineData("{\"event\":{},\"prev\":\"*\",\"seq\":01}")]
    [InlineData("{\"event\":{},\"prev\":\"*\",\"seq\":}")]
    [InlineData("{\"event\":{},\"prev\":\"*\",\"seq\":-1}")]
    [InlineData("{\"event\":{},\"prev\":\"*\",\"seq\":99999999999999999}")]
    [InlineData("{\"event\":{},\"prev\":\"*\",\"seq\":1} ")]
    [InlineData("{\"event\":{} ,\"prev\":\"*\",\"seq\":1}")]
    [InlineData("{\"event\":{},\"prev\":\"*\",\"seq\":1,\"x\":1}")]
    [InlineData("{\"event\":1,\"prev\":\"*\",\"seq\":1}")]
    [InlineData("{\"event\":{\"b\":1,\"a\":1},\"prev\":\"*\",\"seq\":1}")]
    public void TryParse_AnythingElse_IsFalse(string text)
    {
        var line = Encoding.UTF8.GetBytes(text.Replace("*", new string('a', 64), StringComparison.Ordinal));

        Assert.False(AuditLine.TryParse(line, out _));
    }
}
