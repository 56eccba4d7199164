using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Integration.Audit;
using Xunit;

namespace Keyreeve.Integration.Forwarding;

/// <summary>A collector over TLS whose certificate ends.</summary>
[Trait("Speed", "Slow")]
public sealed class TlsSinkTests
{
    [Fact]
    [Trait("Attack", "50")]
    public async Task Collector_WhoseCertificateHasEnded_IsSentNothingAndEverythingOnceItIsRenewed()
    {
        using var authority = new TestAuthority();
        var folder = Directory.CreateTempSubdirectory("keyreeve-collector-");
        var trusted = Path.Combine(folder.FullName, "ca.pem");
        await File.WriteAllTextAsync(trusted, authority.Certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        using var ended = authority.IssueExpiredServer("localhost");
        using var renewed = authority.IssueServer("localhost");
        await using var collector = new TlsCollector(ended);
        await using var fixture = await SinkFixture.StartAsync($"tls://localhost:{collector.Port} format=json syslog=none ca={trusted}");
        await fixture.RecordAsync(10);

        await TrailFixture.UntilAsync(() => fixture.Sink.Status.Failure is not null && collector.Refusals > 0, "the refusal of a certificate that has ended");
        var status = fixture.Sink.Status;
        Assert.Equal((0, 0), (status.Passed, collector.Lines.Count));
        Assert.Contains("NotTimeValid", status.Failure, StringComparison.Ordinal);

        collector.Certificate = renewed;
        // From the sink's own word to the tenth record at the other side.
        await TrailFixture.UntilAsync(() => fixture.Sink.Status is { FailingSince: null, Passed: >= 10 } && collector.Lines.Count >= 10, "all records, once it is renewed");
        Assert.Contains("\"seq\":1}", collector.Lines[0], StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    // What a collector sees that knows lines and no lengths, such as Splunk's TCP input.
    [Fact]
    public async Task Collector_OfLines_FindsEveryMessageOnItsOwn()
    {
        using var authority = new TestAuthority();
        var folder = Directory.CreateTempSubdirectory("keyreeve-collector-");
        var trusted = Path.Combine(folder.FullName, "ca.pem");
        await File.WriteAllTextAsync(trusted, authority.Certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        using var certificate = authority.IssueServer("localhost");
        await using var collector = new TlsCollector(certificate) { IsOfLines = true };
        await using var fixture = await SinkFixture.StartAsync($"tls://localhost:{collector.Port} framing=line ca={trusted}");
        await fixture.RecordAsync(10);

        await TrailFixture.UntilAsync(() => collector.Lines.Count >= 10, "ten lines");
        Assert.All(collector.Lines.Take(10), static line => Assert.StartsWith("<1", line, StringComparison.Ordinal));
        Assert.Contains(" serial=1 hash=", collector.Lines[0], StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    /// <summary>Takes messages of RFC 5425, or lines, and remembers them.</summary>
    private sealed class TlsCollector : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly List<string> _lines = [];
        private readonly Task _accepting;
        private X509Certificate2 _certificate;
        private int _refusals;

        public TlsCollector(X509Certificate2 certificate)
        {
            _certificate = certificate;
            _listener.Start();
            _accepting = AcceptAsync();
        }

        public bool IsOfLines { get; init; }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public int Refusals => Volatile.Read(ref _refusals);

        public X509Certificate2 Certificate
        {
            set => Volatile.Write(ref _certificate, value);
        }

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines) return [.. _lines];
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _accepting;
            _listener.Dispose();
            _stop.Dispose();
        }

        private async Task AcceptAsync()
        {
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                    await using var tls = new SslStream(client.GetStream());
                    await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Volatile.Read(ref _certificate) }, _stop.Token);
                    await ReadAsync(tls);
                }
                catch (Exception ended) when (ended is IOException or AuthenticationException or OperationCanceledException)
                {
                    Interlocked.Increment(ref _refusals);
                }
            }
        }

        // spec: RFC 5425 §4.3 "SYSLOG-FRAME = MSG-LEN SP SYSLOG-MSG"
        private async Task ReadAsync(SslStream tls)
        {
            using var reader = new StreamReader(tls);
            while (IsOfLines)
            {
                var line = await reader.ReadLineAsync(_stop.Token) ?? throw new EndOfStreamException();
                lock (_lines) _lines.Add(line);
            }

            while (true)
            {
                var length = 0;
                for (var digit = await ReadByteAsync(tls); digit != ' '; digit = await ReadByteAsync(tls)) length = (length * 10) + (digit - '0');
                var message = new byte[length];
                await tls.ReadExactlyAsync(message, _stop.Token);
                lock (_lines) _lines.Add(Encoding.UTF8.GetString(message));
            }
        }

        private async Task<int> ReadByteAsync(SslStream tls)
        {
            var one = new byte[1];
            await tls.ReadExactlyAsync(one, _stop.Token);
            return one[0];
        }
    }
}
