using Keyreeve.Server.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Keyreeve.Tests.Server.Hosting;

public sealed class PlainLinesTests
{
    [Fact]
    [Trait("Attack", "51")]
    public void Write_LineEndsAndControlCharacters_AreEscaped()
    {
        using var text = new StringWriter();
        var entry = new LogEntry<string>(
            LogLevel.Warning, "Category", default, "one\ntwo\r\u001b[31m\u2028end", new InvalidOperationException("in\nside"), static (state, _) => state);

        new PlainLines(TimeProvider.System).Write(entry, null, text);

        var line = Assert.Single(text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("WARN  one\\ntwo\\r\\u001b[31m\\u2028end | System.InvalidOperationException: in\\nside", line, StringComparison.Ordinal);
    }
}
