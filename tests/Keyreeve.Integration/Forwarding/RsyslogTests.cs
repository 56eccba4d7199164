using System.Globalization;
using System.Text.RegularExpressions;
using Keyreeve.Integration.Audit;
using Xunit;

namespace Keyreeve.Integration.Forwarding;

/// <summary>A real rsyslogd as the sink: over every transport, stopped, restarted, hung, unreachable.</summary>
[Trait("Speed", "Slow")]
public sealed class RsyslogTests
{
    private static readonly Regex Serial = new(@"(serial=|externalId=|""seq"":)(?<serial>\d+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    [Theory]
    [InlineData("tcp", "format=key-value")]
    [InlineData("tcp", "format=json")]
    [InlineData("tls", "format=cef")]
    [InlineData("udp", "format=leef-2.0")]
    [InlineData("unix", "format=key-value")]
    public async Task Forward_OverEveryTransport_ArrivesWholeAndInOrder(string scheme, string settings)
    {
        Assert.SkipWhen(Rsyslogd.Absence is not null, Rsyslogd.Absence ?? "");
        using var authority = new TestAuthority();
        using var certificate = authority.IssueServer("localhost");
        using var rsyslog = new Rsyslogd(certificate, authority.Certificate);
        await using var fixture = await SinkFixture.StartAsync($"{AddressOf(rsyslog, scheme)} {settings}");

        // Datagrams may be lost where the receiver is slow; so few fit into its buffer.
        await fixture.RecordAsync(scheme == "udp" ? 20 : 200);

        var expected = fixture.Trail.Chain.Size;
        await TrailFixture.UntilAsync(() => rsyslog.Lines().Length >= expected, "every record");
        var lines = rsyslog.Lines();
        Assert.Equal(expected, lines.Length);
        Assert.All(lines, line => Assert.Contains("keyreeve", line, StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(1, (int)expected).Select(i => (long)i), SerialsOf(lines));
    }

    [Fact]
    [Trait("Attack", "50")]
    public async Task Forward_ServerKilledAndRestartedUnderLoad_LosesNothing()
    {
        Assert.SkipWhen(Rsyslogd.Absence is not null, Rsyslogd.Absence ?? "");
        using var rsyslog = new Rsyslogd();
        await using var fixture = await SinkFixture.StartAsync($"tcp://127.0.0.1:{rsyslog.TcpPort}");

        for (var round = 0; round < 4; round++)
        {
            await fixture.RecordAsync(500);
            rsyslog.Kill();
            await fixture.RecordAsync(500);
            rsyslog.Start();
            await fixture.RecordAsync(100);
        }

        await fixture.UntilCompleteAsync(() => SerialsOf(rsyslog.Lines()));
    }

    [Fact]
    [Trait("Attack", "50")]
    public async Task Forward_SinkHangsAndIsThenKilled_HoldsUpNobodyAndLosesNothing()
    {
        Assert.SkipWhen(Rsyslogd.Absence is not null, Rsyslogd.Absence ?? "");
        using var rsyslog = new Rsyslogd();
        await using var fixture = await SinkFixture.StartAsync($"tcp://127.0.0.1:{rsyslog.TcpPort}");
        await fixture.RecordAsync(100);
        await fixture.UntilCompleteAsync(() => SerialsOf(rsyslog.Lines()));

        rsyslog.Suspend();
        // More than the buffers of a connection take: records are durable all the same, each waited for.
        for (var i = 0; i < 40; i++) await fixture.RecordAsync(1000);
        Assert.InRange(fixture.Sink.Status.Lag, 0, fixture.Trail.Chain.Size);
        rsyslog.Kill();
        rsyslog.Start();

        await fixture.UntilCompleteAsync(() => SerialsOf(rsyslog.Lines()));
    }

    [Fact]
    [Trait("Attack", "50")]
    public async Task Forward_OwnRestart_GoesOnWhereItStopped()
    {
        Assert.SkipWhen(Rsyslogd.Absence is not null, Rsyslogd.Absence ?? "");
        using var rsyslog = new Rsyslogd();
        await using var fixture = await SinkFixture.StartAsync($"tcp://127.0.0.1:{rsyslog.TcpPort}");
        await fixture.RecordAsync(300);
        await fixture.UntilCompleteAsync(() => SerialsOf(rsyslog.Lines()));

        await fixture.Sink.DisposeAsync();
        await fixture.RecordAsync(300);
        fixture.StartSink();

        await fixture.UntilCompleteAsync(() => SerialsOf(rsyslog.Lines()));
        // Stopped orderly, the sink had everything: nothing comes twice.
        Assert.Equal(fixture.Trail.Chain.Size, rsyslog.Lines().Length);
    }

    [Fact]
    public async Task Forward_TlsSinkOfAnotherAuthority_GetsNothing()
    {
        Assert.SkipWhen(Rsyslogd.Absence is not null, Rsyslogd.Absence ?? "");
        using var authority = new TestAuthority();
        using var certificate = authority.IssueServer("localhost");
        using var rsyslog = new Rsyslogd(certificate, authority.Certificate);
        using var other = new TestAuthority("CN=Somebody else");
        var trusted = Path.GetTempFileName();
        await File.WriteAllTextAsync(trusted, other.Certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await using var fixture = await SinkFixture.StartAsync($"tls://localhost:{rsyslog.TlsPort} ca={trusted}");

        await fixture.RecordAsync(10);

        await TrailFixture.UntilAsync(() => fixture.Sink.Status.FailingSince is not null, "the refusal");
        Assert.Equal(0, fixture.Sink.Status.Passed);
        Assert.Empty(rsyslog.Lines());
        File.Delete(trusted);
    }

    private static string AddressOf(Rsyslogd rsyslog, string scheme) => scheme switch
    {
        "tcp" => $"tcp://127.0.0.1:{rsyslog.TcpPort}",
        "tls" => $"tls://localhost:{rsyslog.TlsPort} ca={rsyslog.AuthorityFile}",
        "udp" => $"udp://127.0.0.1:{rsyslog.UdpPort}",
        _ => $"unix:{rsyslog.SocketPath}",
    };

    private static IEnumerable<long> SerialsOf(IEnumerable<string> lines) => lines
        .Select(line => Serial.Match(line))
        .Where(m => m.Success)
        .Select(m => long.Parse(m.Groups["serial"].Value, CultureInfo.InvariantCulture));
}
