using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding.Formats;
using Xunit;

namespace Keyreeve.Tests.Server.Forwarding;

public sealed class SinkOptionsTests
{
    [Theory]
    [InlineData("udp://10.0.0.1", "udp://10.0.0.1:514", RecordFormatName.KeyValue, SyslogVersion.Rfc5424)]
    [InlineData("tls://siem.example format=cef syslog=rfc3164", "tls://siem.example:6514", RecordFormatName.Cef, SyslogVersion.Rfc3164)]
    [InlineData("tcp://[::1]:1514 format=leef-2.0", "tcp://[::1]:1514", RecordFormatName.Leef2, SyslogVersion.Rfc5424)]
    [InlineData("unix:/dev/log", "unix:/dev/log", RecordFormatName.KeyValue, SyslogVersion.Rfc3164)]
    [InlineData("file:/var/log/keyreeve/audit.log", "file:/var/log/keyreeve/audit.log", RecordFormatName.Json, SyslogVersion.None)]
    [InlineData("https://hook.example/a?b=c token-file=/etc/t", "https://hook.example:443/a?b=c", RecordFormatName.Json, SyslogVersion.None)]
    internal void Parse_Valid_HasItsDefaults(string text, string target, RecordFormatName format, SyslogVersion syslog)
    {
        var sink = SinkOptions.Parse(text);

        Assert.Equal(target, sink.Target);
        Assert.Equal(format, sink.Format);
        Assert.Equal(syslog, sink.Syslog);
    }

    [Theory]
    [InlineData("")]
    [InlineData("siem.example:514")]
    [InlineData("ftp://siem.example")]
    [InlineData("http://siem.example")]
    [InlineData("tcp://")]
    [InlineData("tcp://siem.example/path")]
    [InlineData("tls://user:secret@siem.example")]
    [InlineData("file:relative.log")]
    [InlineData("file:/var/log/a.log syslog=rfc5424")]
    [InlineData("udp://siem.example ca=/etc/ca.pem")]
    [InlineData("tcp://siem.example format=xml")]
    [InlineData("tcp://siem.example nonsense")]
    [InlineData("tls://siem.example framing=lines")]
    [InlineData("tcp://siem.example framing=length")]
    public void Parse_Invalid_SaysWhatIsAllowed(string text)
    {
        var fault = Assert.Throws<FormatException>(() => SinkOptions.Parse(text));

        Assert.NotEmpty(fault.Message);
    }
}
