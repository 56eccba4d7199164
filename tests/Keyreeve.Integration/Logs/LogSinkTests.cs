using System.Net;
using System.Net.Sockets;
using System.Text;
using Keyreeve.Integration.Audit;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Logs;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Keyreeve.Integration.Logs;

/// <summary>The system log passed on to collectors.</summary>
public sealed class LogSinkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-log-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("key-value", "serial=1 time=")]
    [InlineData("cef", "CEF:0|Keyreeve|Keyreeve|1.0|log|test|2|externalId=1 ")]
    [InlineData("leef-1.0", "LEEF:1.0|Keyreeve|Keyreeve|1.0|log|serial=1\t")]
    [InlineData("leef-2.0", "LEEF:2.0|Keyreeve|Keyreeve|1.0|log|x09|serial=1\t")]
    [InlineData("json", "{\"serial\":1,")]
    public async Task Syslog_Message_ArrivesNumberedAndHashedInTheFormatAskedFor(string format, string begin)
    {
        using var collector = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var sink = NewSink($"udp://127.0.0.1:{((IPEndPoint)collector.Client.LocalEndPoint!).Port} format={format}");
        sink.CreateLogger("Keyreeve.Test").LogInformation("hello\nthere");

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var message = Encoding.UTF8.GetString((await collector.ReceiveAsync(limit.Token)).Buffer);

        // Facility 3, a daemon; severity 6, informational.
        Assert.Matches("^<30>1 [^ ]+ kms-1 keyreeve [0-9]+ test \\[meta sequenceId=\"1\"\\] ", message);
        var line = message[(message.IndexOf("] ", StringComparison.Ordinal) + 2)..];
        Assert.StartsWith(begin, line, StringComparison.Ordinal);
        Assert.True(LogLine.TryRead(line, out var serial, out var isIntact));
        Assert.True(isIntact);
        Assert.Equal(1, serial);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public async Task Serials_AcrossRestarts_GrowByOne()
    {
        var log = Path.Combine(_folder, "collected.log");
        for (var run = 0; run < 3; run++)
        {
            using var sink = NewSink($"file:{log} format=key-value");
            for (var i = 0; i < 10; i++) sink.CreateLogger("Keyreeve.Test").LogWarning("number {I}", i);
            var wanted = (run + 1) * 10;
            await TrailFixture.UntilAsync(() => File.Exists(log) && File.ReadAllLines(log).Length == wanted, "the messages");
        }

        Assert.Equal(
            Enumerable.Range(1, 30).Select(i => (long)i),
            (await File.ReadAllLinesAsync(log)).Select(line => LogLine.TryRead(line, out var serial, out var isIntact) && isIntact ? serial : -1));
    }

    [Fact]
    [Trait("Attack", "50")]
    public async Task Collector_ThatIsAway_HoldsNobodyUpAndIsToldWhatWasLost()
    {
        var folder = Path.Combine(_folder, "away");
        using var sink = NewSink($"file:{folder}/collected.log format=key-value");
        var logger = sink.CreateLogger("Keyreeve.Test");

        for (var i = 0; i < 20_000; i++) logger.LogInformation("number {I}", i);
        await TrailFixture.UntilAsync(() => sink.Failure is not null, "the failure");
        Directory.CreateDirectory(folder);

        await TrailFixture.UntilAsync(
            () => File.Exists(folder + "/collected.log") && File.ReadAllText(folder + "/collected.log").Contains("messages were not passed on", StringComparison.Ordinal), "what was lost");
        await TrailFixture.UntilAsync(() => sink.Failure is null, "that it is well again");
    }

    [Theory]
    [InlineData("siem = file:/var/log/siem format=csv", "no table")]
    [InlineData("SIEM = udp://collector", "sink's name")]
    public void Configuration_ThatCannotBe_IsRefused(string line, string says)
    {
        var faulty = Assert.Throws<ConfigurationException>(() => OptionsReader.Read($"[log-sinks]\n{line}\n", "test", []));

        Assert.Contains(says, faulty.Message, StringComparison.Ordinal);
    }

    private LogSink NewSink(string line) => new("test", SinkOptions.Parse(line), Path.Combine(_folder, "sinks"), new RecordSource("kms-1", "", "1.0"), TimeProvider.System);
}
