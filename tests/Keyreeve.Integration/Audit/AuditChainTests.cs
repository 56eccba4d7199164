using System.Text.Json;
using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Storage;
using Xunit;

namespace Keyreeve.Integration.Audit;

public sealed class AuditChainTests
{
    [Fact]
    public async Task Append_ManyCallers_EveryRecordIsThereOnceAndVerifies()
    {
        await using var trail = await new TrailFixture().OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, 32).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
                await trail.Chain.WhenDurableAsync(trail.Chain.Append(TrailFixture.Event($"{caller}/{i}")), CancellationToken.None);
        })));
        await trail.Chain.DisposeAsync();

        var principals = trail.Lines().Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetProperty("principal").GetString()!);
        Assert.Equal(32 * 200, principals.ToHashSet(StringComparer.Ordinal).Count);
        var result = trail.Verify();
        Assert.True(result.IsIntact, result.Finding?.Explanation);
        Assert.Equal(32 * 200, result.Records);
        Assert.Equal(0, result.UnsignedRecords);
        Assert.True(Directory.GetFiles(trail.Trail, "*.jsonl").Length > 1);
    }

    [Fact]
    public async Task Append_ManySegmentsWhileSpaceIsSetAside_NothingIsTakenForDamage()
    {
        await using var trail = new TrailFixture();
        await trail.OpenAsync(trail.Options with { CheckpointInterval = TimeSpan.FromMilliseconds(10) });

        for (var i = 0; i < 80; i++)
        {
            AuditTicket last = default;
            for (var k = 0; k < 500; k++) last = trail.Chain.Append(TrailFixture.Event());
            await trail.Chain.WhenDurableAsync(last, CancellationToken.None);
        }

        await trail.Chain.DisposeAsync();
        Assert.Empty(trail.Alarms);
        Assert.InRange(Directory.GetFiles(trail.Trail, "*.jsonl").Length, 8, 40);
        Assert.Equal(40_000, trail.Verify().SignedRecords);
    }

    [Fact]
    public async Task WhenDurable_Completes_LineIsInTheFile()
    {
        await using var trail = await new TrailFixture().OpenAsync();

        await trail.RecordAsync(1, "first");

        Assert.Contains("\"principal\":\"first\"", Assert.Single(trail.Lines()), StringComparison.Ordinal);
        Assert.Equal(1, trail.Chain.Size);
    }

    [Fact]
    public async Task WhenDurable_AlreadyDurable_CompletesSynchronously()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        var ticket = trail.Chain.Append(TrailFixture.Event());
        await trail.Chain.WhenDurableAsync(ticket, CancellationToken.None);

        var again = trail.Chain.WhenDurableAsync(ticket, CancellationToken.None).AsTask();
        Assert.True(again.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Files_AreForTheOwnerAlone()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(1);
        await trail.Chain.DisposeAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(trail.Trail));
        Assert.All(Directory.GetFiles(trail.Trail), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Assert.Equal(
            ["000001.jsonl", "checkpoint", "checkpoints", "state", "verifier.pub"],
            Directory.GetFiles(trail.Trail).Select(Path.GetFileName).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Open_SecondTime_ChainGoesOnInTheSameSegment()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(3);
        await trail.Chain.DisposeAsync();

        await trail.OpenAsync();
        await trail.RecordAsync(2);
        await trail.Chain.DisposeAsync();

        Assert.Equal(5, TrailFixture.LinesOf(trail.Segment(1)).Length);
        Assert.True(trail.Verify().IsIntact);
        Assert.Equal(0, new FileInfo(trail.Segment(1)).Length - trail.Lines().Sum(line => line.Length + 1));
        Assert.Empty(trail.Alarms);
    }

    [Fact]
    public async Task Open_WithoutItsStateFile_ReadsAllAndGoesOn()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(3);
        await trail.Chain.DisposeAsync();
        File.Delete(Path.Combine(trail.Trail, "state"));

        await trail.OpenAsync();
        await trail.RecordAsync(2);
        await trail.Chain.DisposeAsync();

        Assert.Equal(5, trail.Verify().SignedRecords);
        Assert.Empty(trail.Alarms);
    }

    [Theory]
    [InlineData("{\"event\":{\"torn")]
    [InlineData("{\"event\":{},\"prev\":\"00\",\"seq\":4}\n")]
    [InlineData("garbage\nmore garbage\n")]
    public async Task Open_AfterACrashInTheMiddleOfAWrite_LastLineIsCutOffAndTheChainGoesOn(string torn)
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.RecordAsync(3);
        await trail.Chain.DisposeAsync();
        // As a crash leaves it: the end of the file still is reserved space.
        await File.AppendAllTextAsync(trail.Segment(1), torn + new string('\0', 5000));

        await trail.OpenAsync();
        await trail.RecordAsync(2);
        await trail.Chain.DisposeAsync();

        var result = trail.Verify();
        Assert.True(result.IsIntact, result.Finding?.Explanation);
        // Three, the note of what was cut off, two.
        Assert.Equal(6, result.Records);
        Assert.Single(trail.Details());
        Assert.Equal(torn, await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(trail.Trail, "set-aside-*"))));
        Assert.Single(trail.Alarms);
    }

    [Fact]
    public async Task Open_RecordInTheStoreButNotInTheChain_IsAppendedAndAcknowledged()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        var lost = TrailFixture.Event("lost");
        await trail.Chain.DisposeAsync();
        // Committed with its change; then the server died before the chain had it.
        await trail.Store.CommitAsync(new StoreChanges { Audit = new PendingAudit(lost.Id, AuditJson.Encode(lost)) }, CancellationToken.None);

        await trail.OpenAsync();
        await trail.RecordAsync(1);
        await trail.Chain.DisposeAsync();

        Assert.Single(trail.Lines(), line => line.Contains("\"principal\":\"lost\"", StringComparison.Ordinal));
        Assert.Empty(await trail.PendingAsync());
        Assert.True(trail.Verify().IsIntact);
    }

    [Fact]
    public async Task Open_RecordInTheStoreAndInTheChain_IsNotAppendedTwice()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        var known = TrailFixture.Event("known");
        await trail.Chain.WhenDurableAsync(trail.Chain.Append(known), CancellationToken.None);
        await trail.RecordAsync(5000);
        await trail.Chain.DisposeAsync();
        // In the chain, but the store died before it forgot it.
        await trail.Store.CommitAsync(new StoreChanges { Audit = new PendingAudit(known.Id, AuditJson.Encode(known)) }, CancellationToken.None);

        await trail.OpenAsync();
        await trail.Chain.DisposeAsync();

        Assert.Single(trail.Lines(), line => line.Contains("\"principal\":\"known\"", StringComparison.Ordinal));
        Assert.Empty(await trail.PendingAsync());
    }

    [Fact]
    public async Task Open_SecondChainOnTheSameTrail_IsRefused()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        using var seed = Keyreeve.Crypto.SecretBytes.Random(32);

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(
            async () => await AuditChain.OpenAsync(trail.Options, seed, trail.Store, CancellationToken.None));

        Assert.Equal(KeyreeveError.AuditUnavailable, refusal.Error);
        Assert.Contains("in use by another process", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_WithRecordsQueued_WritesThemFirst()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        for (var i = 0; i < 1000; i++) trail.Chain.Append(TrailFixture.Event());

        await trail.Chain.DisposeAsync();

        Assert.Equal(1000, trail.Verify().SignedRecords);
        Assert.Throws<KeyreeveException>(() => trail.Chain.Append(TrailFixture.Event()));
    }
}
