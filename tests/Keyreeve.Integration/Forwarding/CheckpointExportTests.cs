using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Keyreeve.Core.Audit;
using Keyreeve.Integration.Audit;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding;
using Keyreeve.Server.Forwarding.Formats;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Keyreeve.Integration.Forwarding;

/// <summary>Signed heads of a trail, sent where whoever holds them can tell that a trail was put back.</summary>
public sealed class CheckpointExportTests : IAsyncLifetime
{
    private readonly TrailFixture _trail = new();

    public async ValueTask InitializeAsync() => await _trail.OpenAsync(_trail.Options with { HistoryInterval = TimeSpan.FromMilliseconds(10), CheckpointInterval = TimeSpan.FromMilliseconds(10) });

    public ValueTask DisposeAsync() => _trail.DisposeAsync();

    [Fact]
    [Trait("Attack", "47")]
    public async Task File_OfExportedHeads_FindsTheTrailThatWasPutBack()
    {
        var kept = Path.Combine(_trail.Root, "offsite");
        var before = Path.Combine(_trail.Root, "before");
        await using (NewExporter($"file:{kept}"))
        {
            await _trail.RecordAsync(5);
            await UntilExportedAsync(() => Opened(kept), 5);
            CopyTrail(before);
            await _trail.RecordAsync(5);
            await UntilExportedAsync(() => Opened(kept), 10);
        }

        await _trail.Chain.DisposeAsync();
        Assert.True(_trail.Verify().IsIntact);
        var outside = new AuditVerifierOptions { Directory = before, Key = _trail.Chain.Verifier, OutsideCheckpoints = [await File.ReadAllTextAsync(kept)] };
        Assert.Equal(AuditFault.TruncatedTrail, AuditVerifier.Verify(outside, CancellationToken.None).Finding?.Fault);
        var key = Path.Combine(before, "verifier.pub");
        Assert.Equal(1, (await VerifyScript.RunAsync(before, key, kept)).Status);
        Assert.Equal(0, (await VerifyScript.RunAsync(_trail.Trail, key, kept)).Status);
    }

    [Fact]
    public async Task File_AfterARestart_GetsEachHeadOnce()
    {
        var kept = Path.Combine(_trail.Root, "offsite");
        await using (NewExporter($"file:{kept}"))
        {
            await _trail.RecordAsync(5);
            await UntilExportedAsync(() => Opened(kept), 5);
        }

        await _trail.RecordAsync(5);
        await using (NewExporter($"file:{kept}")) await UntilExportedAsync(() => Opened(kept), 10);

        Assert.Equal(Opened(kept).Distinct(), Opened(kept));
    }

    [Fact]
    public async Task Web_ThatIsAwayAtFirst_GetsAllHeadsLater()
    {
        var received = new ConcurrentQueue<string>();
        var refusals = 3;
        await using var web = await StartWebAsync(async context =>
        {
            if (Interlocked.Decrement(ref refusals) >= 0)
            {
                context.Response.StatusCode = 503;
                return;
            }

            using var reader = new StreamReader(context.Request.Body);
            while (await reader.ReadLineAsync(context.RequestAborted) is { } line) received.Enqueue(line);
        });
        await using var exporter = NewExporter(web.Urls.First().Replace("http://", "insecure-http://", StringComparison.Ordinal) + "/witness");

        await _trail.RecordAsync(7);

        await UntilExportedAsync(() => [.. received.Select(SizeOf)], 7);
        Assert.True(Volatile.Read(ref refusals) < 0);
    }

    [Fact]
    public async Task Syslog_Datagram_HoldsTheWholeNote()
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var exporter = NewExporter($"udp://127.0.0.1:{((IPEndPoint)socket.Client.LocalEndPoint!).Port}");
        await _trail.RecordAsync(3);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var message = Encoding.UTF8.GetString((await socket.ReceiveAsync(limit.Token)).Buffer);
            Assert.Matches("^<109>1 [^ ]+ kms-1 keyreeve [0-9]+ Checkpoint \\[meta sequenceId=\"[0-9]+\"\\] \\{", message);
            if (SizeOf(message[message.IndexOf('{', StringComparison.Ordinal)..]) == 3) return;
        }
    }

    [Fact]
    public void Parse_TargetWithAFormat_IsRefused() =>
        Assert.Contains("one format", Assert.Throws<FormatException>(() => SinkOptions.Parse("file:/x format=csv", hasFormat: false)).Message, StringComparison.Ordinal);

    private static async Task<WebApplication> StartWebAsync(RequestDelegate handler)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var web = builder.Build();
        web.Run(handler);
        await web.StartAsync();
        return web;
    }

    private static Task UntilExportedAsync(Func<List<long>> sizes, long size) => TrailFixture.UntilAsync(() => sizes().Contains(size), $"the head of {size} records");

    private CheckpointExporter NewExporter(string line) => new(
        "test",
        SinkOptions.Parse(line, hasFormat: false),
        new SinkParts
        {
            Feed = _trail.Chain.Feed,
            Audit = _trail.Chain,
            CursorDirectory = Path.Combine(_trail.Root, "sinks"),
            Source = new RecordSource("kms-1", "127.0.0.1", "1.0"),
            Time = TimeProvider.System,
            Logger = NullLogger.Instance,
        },
        _trail.Trail);

    // A note whose signature does not hold has no size.
    private long SizeOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        return AuditCheckpoint.Open(document.RootElement.GetProperty("checkpoint").GetString()!, _trail.Chain.Verifier)?.Size ?? -1;
    }

    private List<long> Opened(string file) => File.Exists(file)
        ? [.. AuditCheckpoint.Split(File.ReadAllText(file).Split('\n')[..^1]).Select(note => AuditCheckpoint.Open(note, _trail.Chain.Verifier)!.Size)]
        : [];

    private void CopyTrail(string to)
    {
        Directory.CreateDirectory(to);
        File.WriteAllLines(Path.Combine(to, "000001.jsonl"), _trail.Lines());
        foreach (var name in (string[])["checkpoint", "checkpoints", "verifier.pub"]) File.Copy(Path.Combine(_trail.Trail, name), Path.Combine(to, name));
    }
}
