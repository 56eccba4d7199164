using System.Net;
using System.Net.Sockets;
using System.Text;
using Keyreeve.Integration.Audit;
using Xunit;

namespace Keyreeve.Integration.Forwarding;

/// <summary>A sink that is behind, and a trail whose first records are removed.</summary>
[Trait("Speed", "Slow")]
public sealed class PrunedSinkTests
{
    [Fact]
    public async Task Status_OfAConnectionThatNobodyReads_DoesNotCountWhatMayYetBeSentAgainAsSecured()
    {
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        await using var fixture = await SinkFixture.StartAsync($"tcp://127.0.0.1:{((IPEndPoint)collector.LocalEndpoint).Port} format=json");
        using (var connection = await collector.AcceptSocketAsync(TestContext.Current.CancellationToken))
        {
            await fixture.RecordAsync(10);
            await TrailFixture.UntilAsync(() => fixture.Sink.Status.Passed == 10, "the kernel has taken them");

            // What a removal of records goes by: nobody has read a single one.
            Assert.Equal(0, fixture.Sink.Status.Secured);
            connection.LingerState = new LingerOption(true, 0);
        }

        using var again = await collector.AcceptSocketAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(new NetworkStream(again), Encoding.UTF8);
        Assert.Contains("\"seq\":1}", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OfASinkThatWasNotConfiguredWhenItsRecordsWereRemoved_SaysWhichItDoesNotGet()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("keyreeve-sink-").FullName, "audit.log");
        await using var fixture = await SinkFixture.StartAsync($"file:{file}");
        await fixture.RecordAsync(10);
        await TrailFixture.UntilAsync(() => fixture.Sink.Status.Passed == 10, "the first ten");
        await fixture.Sink.DisposeAsync();
        var chain = fixture.Trail.Chain;
        var gone = await RemoveSomeAsync(fixture);

        fixture.StartSink();
        // It says so in a record of its own, which comes to it as all others do.
        var told = $"gets no records 11 to {gone}: they were removed";
        await TrailFixture.UntilAsync(() => File.ReadAllText(file).Contains(told, StringComparison.Ordinal) && fixture.Sink.Status.Passed == chain.Size, "the rest");

        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        Assert.Contains("SinkState", lines.Single(line => line.Contains(told, StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains($"\"seq\":{gone + 1}}}", lines[10], StringComparison.Ordinal);
        Assert.Equal(10 + chain.Size - gone, lines.Length);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task Start_OfASinkThatNeverPassedARecord_SaysWhatWasRemovedMeanwhile()
    {
        await using var fixture = await SinkFixture.StartAsync("tcp://127.0.0.1:1");
        await fixture.RecordAsync(10);
        await TrailFixture.UntilAsync(() => fixture.Sink.Status.FailingSince is not null, "that nobody takes them");
        await fixture.Sink.DisposeAsync();
        var gone = await RemoveSomeAsync(fixture);

        fixture.StartSink();

        await TrailFixture.UntilAsync(() => Trail(fixture).Contains($"gets no records 1 to {gone}: they were removed", StringComparison.Ordinal), "that it says so");
    }

    private static string Trail(SinkFixture fixture)
    {
        var text = new StringBuilder();
        foreach (var path in Directory.EnumerateFiles(fixture.Trail.Trail, "*.jsonl"))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            text.Append(reader.ReadToEnd());
        }

        return text.ToString();
    }

    private static async Task<long> RemoveSomeAsync(SinkFixture fixture)
    {
        // About three segments of the least size there is.
        await fixture.RecordAsync(6000);
        var chain = fixture.Trail.Chain;
        await using var removal = chain.PrepareRemoval(TrailFixture.Archive(fixture.Trail.Trail, Path.Combine(fixture.Trail.Root, "archive")), DateTimeOffset.MaxValue, long.MaxValue, default);
        await chain.WhenDurableAsync(chain.Append(TrailFixture.Event("app", "PruneAudit", removal.Description + "for a test")), default);
        await removal.MakeAsync();
        return removal.Position.Size;
    }
}
