using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core.Audit;
using Xunit;

namespace Keyreeve.Integration.Audit;

/// <summary>
/// A trail is written, then somebody who can write its files tampers with them. Each kind of tampering is found by the
/// verifier, and by the script that knows nothing of Keyreeve.
/// </summary>
public sealed class AuditTamperingTests : IAsyncLifetime
{
    private const int Count = 40;
    private readonly TrailFixture _trail = new();
    private string File1 => _trail.Segment(1);

    public async ValueTask InitializeAsync()
    {
        await _trail.OpenAsync();
        await _trail.RecordAsync(Count / 2);
        await _trail.Chain.DisposeAsync();
        // A second run, a second checkpoint in the history.
        await _trail.OpenAsync();
        await _trail.RecordAsync(Count / 2);
        await _trail.Chain.DisposeAsync();
    }

    public ValueTask DisposeAsync() => _trail.DisposeAsync();

    [Fact]
    public async Task Verify_Untouched_IsIntactToTheLastRecord()
    {
        var result = _trail.Verify();

        Assert.True(result.IsIntact, result.Finding?.Explanation);
        Assert.Equal((Count, Count, 0), (result.Records, result.SignedRecords, result.UnsignedRecords));
        Assert.True(result.Checkpoints >= 3);
        Assert.False(result.IsKeyFromTrail);
        var (status, text) = await RunScriptAsync();
        Assert.Equal((0, $"sound: {Count} records, {Count} of them signed for, 0 after the last checkpoint"), (status, text.Split('\n')[0]));
    }

    [Fact]
    public async Task Verify_RecordChanged_IsFound()
    {
        Edit(lines => lines[6] = lines[6].Replace("\"principal\":\"app\"", "\"principal\":\"apq\"", StringComparison.Ordinal));

        await AssertFoundAsync(AuditFault.ChangedRecord, sequence: 8, "record 7 or 8 was changed");
    }

    [Fact]
    public async Task Verify_LastRecordChanged_IsFound()
    {
        Edit(lines => lines[^1] = lines[^1].Replace("\"principal\":\"app\"", "\"principal\":\"apq\"", StringComparison.Ordinal));

        await AssertFoundAsync(AuditFault.RewrittenTrail, sequence: (Count / 2) + 1, "are not those that were signed for");
    }

    [Fact]
    public async Task Verify_RecordSpacedOut_IsFound()
    {
        Edit(lines => lines[6] = lines[6].Replace("\"tenant\":1", "\"tenant\": 1", StringComparison.Ordinal));

        await AssertFoundAsync(AuditFault.MalformedRecord, sequence: 7, "line 7 is not a canonical record");
    }

    [Fact]
    public async Task Verify_RecordRemoved_IsFound()
    {
        Edit(lines => lines.RemoveAt(6));

        await AssertFoundAsync(AuditFault.MissingRecords, sequence: 7, "record 8 stands where 7 should");
    }

    [Fact]
    public async Task Verify_FirstRecordsRemoved_IsFound()
    {
        Edit(lines => lines.RemoveRange(0, 3));

        await AssertFoundAsync(AuditFault.MissingRecords, sequence: 1, "record 4 stands where 1 should");
    }

    [Fact]
    public async Task Verify_SegmentRemoved_IsFound()
    {
        File.Delete(File1);

        await AssertFoundAsync(AuditFault.TruncatedTrail, sequence: 1, "40 records were signed for, 0 are there");
    }

    [Fact]
    public async Task Verify_RecordInserted_IsFound()
    {
        Edit(lines => lines.Insert(6, lines[5]));

        await AssertFoundAsync(AuditFault.MisplacedRecord, sequence: 7, "record 6 stands where 7 should");
    }

    [Fact]
    public async Task Verify_RecordsSwapped_IsFound()
    {
        Edit(lines => (lines[6], lines[7]) = (lines[7], lines[6]));

        await AssertFoundAsync(AuditFault.MissingRecords, sequence: 7, "record 8 stands where 7 should");
    }

    [Fact]
    public async Task Verify_TruncatedBelowTheCheckpoint_IsProven()
    {
        Edit(lines => lines.RemoveRange(Count - 1, 1));

        await AssertFoundAsync(AuditFault.TruncatedTrail, sequence: Count, "40 records were signed for, 39 are there");
    }

    [Fact]
    public async Task Verify_WrittenAnewWithEveryHashRight_IsFoundByTheCheckpoint()
    {
        Edit(lines =>
        {
            lines.RemoveAt(6);
            Relink(lines);
            lines.Add(NextLine(lines, lines[^1]));
        });

        await AssertFoundAsync(AuditFault.RewrittenTrail, sequence: 1, "records 1 to 20 are not those that were signed for");
    }

    [Fact]
    public async Task Verify_RecordsMadeUpAfterTheCheckpoint_AreCountedAsUnsigned()
    {
        Edit(lines => lines.Add(NextLine(lines, lines[^1])));

        var result = _trail.Verify();
        Assert.True(result.IsIntact);
        Assert.Equal((Count + 1, Count, 1), (result.Records, result.SignedRecords, result.UnsignedRecords));
        var (status, text) = await RunScriptAsync();
        Assert.Equal((0, $"sound: {Count + 1} records, {Count} of them signed for, 1 after the last checkpoint"), (status, text.Split('\n')[0]));
    }

    [Fact]
    public async Task Verify_UnfinishedLastLine_IsNoFaultAndSaid()
    {
        await File.AppendAllTextAsync(File1, "{\"event\":{\"unfin");

        var result = _trail.Verify();
        Assert.True(result.IsIntact);
        Assert.Equal(16, result.UnfinishedBytes);
        Assert.Equal(0, (await RunScriptAsync()).Status);
    }

    [Theory]
    [InlineData("checkpoint")]
    [InlineData("checkpoints")]
    public async Task Verify_CheckpointChanged_IsFound(string file)
    {
        var path = Path.Combine(_trail.Trail, file);
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace("\n40\n", "\n39\n", StringComparison.Ordinal));

        await AssertFoundAsync(AuditFault.InvalidCheckpoint, null, "a checkpoint is malformed, of another trail");
    }

    [Fact]
    public async Task Verify_SignedByAnotherKey_IsFound()
    {
        await using var other = await new TrailFixture().OpenAsync();
        using var seed = Keyreeve.Crypto.SecretBytes.Random(32);
        using var signer = new AuditSigner(seed);
        var root = MerkleRange.Restore(0, []).ComputeRoot();
        await File.WriteAllTextAsync(
            Path.Combine(_trail.Trail, "checkpoint"), signer.Sign(new AuditCheckpoint(_trail.Chain.Verifier.Name, 0, root)));

        await AssertFoundAsync(AuditFault.InvalidCheckpoint, null, "a checkpoint is malformed, of another trail");
    }

    [Fact]
    public async Task Verify_CheckpointsRemoved_IsFound()
    {
        File.Delete(Path.Combine(_trail.Trail, "checkpoint"));
        File.Delete(Path.Combine(_trail.Trail, "checkpoints"));

        await AssertFoundAsync(AuditFault.NoCheckpoint, sequence: 1, "there are records but no checkpoint");
    }

    [Fact]
    [Trait("Attack", "47")]
    public async Task Verify_WholeTrailPutBackToAnOlderCopy_IsFoundByACheckpointKeptOutside()
    {
        var noted = Path.Combine(_trail.Root, "noted-elsewhere");
        File.Copy(Path.Combine(_trail.Trail, "checkpoint"), noted);
        var history = await File.ReadAllTextAsync(Path.Combine(_trail.Trail, "checkpoints"));
        var older = AuditCheckpoint.Split(history.Split('\n')[..^1]).First(note => note.Contains("\n20\n", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(_trail.Trail, "checkpoint"), older);
        await File.WriteAllTextAsync(Path.Combine(_trail.Trail, "checkpoints"), older);
        Edit(lines => lines.RemoveRange(20, 20));
        Assert.True(_trail.Verify().IsIntact);

        var result = AuditVerifier.Verify(
            new AuditVerifierOptions { Directory = _trail.Trail, Key = _trail.Chain.Verifier, OutsideCheckpoints = [await File.ReadAllTextAsync(noted)] },
            CancellationToken.None);

        Assert.Equal(AuditFault.TruncatedTrail, result.Finding?.Fault);
        var (status, text) = await RunScriptAsync(noted);
        Assert.Equal(1, status);
        Assert.Contains("40 records were signed for, 20 are there", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_FromWhereAnEarlierOneEnded_FindsWhatCameAfter()
    {
        var lines = ReadLines();
        Edit(all => all.RemoveRange(30, 10));
        File.Delete(Path.Combine(_trail.Trail, "checkpoint"));
        File.Delete(Path.Combine(_trail.Trail, "checkpoints"));
        var half = _trail.Verify().End;
        Assert.True(AuditPosition.TryParse(half.ToString(), out var from));
        // What came before is not looked at any more: it may be gone, or wrong.
        lines[3] = "nonsense";
        WriteLines(lines);

        Assert.Equal(Count, VerifyFrom(lines[30..], from).Records);
        Assert.Equal(AuditFault.ChangedRecord, VerifyFrom([lines[30].Replace("app", "apq", StringComparison.Ordinal), .. lines[31..]], from).Finding?.Fault);
        Assert.Equal(AuditFault.MissingRecords, VerifyFrom(lines[31..], from).Finding?.Fault);
    }

    // Whatever bit it is: of a record, of the last checkpoint, of an earlier one. The last of the earlier ones may be in halves, as after a crash.
    [Fact]
    public async Task Verify_AnySingleBitChanged_IsFound()
    {
        var random = new Random(6);
        string[] files = [File1, Path.Combine(_trail.Trail, "checkpoint"), Path.Combine(_trail.Trail, "checkpoints")];
        for (var i = 0; i < 300; i++)
        {
            var file = files[i % files.Length];
            var sound = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            var at = random.Next(file == files[2] ? BeginOfLastNote(sound) : sound.Length);
            // The last bits before the padding of base64 mean nothing.
            if (at + 1 < sound.Length && sound[at + 1] == '=') continue;
            var bit = (byte)(1 << random.Next(8));
            byte[] changed = [.. sound];
            changed[at] ^= bit;
            await File.WriteAllBytesAsync(file, changed, TestContext.Current.CancellationToken);

            var result = _trail.Verify();
            Assert.False(result.IsIntact && result.Finding is null, $"Bit {bit} of byte {at} of {Path.GetFileName(file)} was changed, and nothing was found.");
            if (i % 30 == 0) Assert.Equal(1, (await RunScriptAsync()).Status);
            await File.WriteAllBytesAsync(file, sound, TestContext.Current.CancellationToken);
        }

        Assert.True(_trail.Verify().IsIntact);
    }

    [Fact]
    public void Verify_WithTheKeyOfTheTrail_SaysSo()
    {
        var result = AuditVerifier.Verify(new AuditVerifierOptions { Directory = _trail.Trail }, CancellationToken.None);

        Assert.True(result.IsIntact);
        Assert.True(result.IsKeyFromTrail);
        Assert.Equal(_trail.Chain.Verifier.ToString(), result.Key.ToString());
    }

    // The trail's name stands in the note's first line and before its signature.
    private static int BeginOfLastNote(ReadOnlySpan<byte> notes)
    {
        var name = "keyreeve.audit/"u8;
        var begin = notes[..notes.LastIndexOf(name)].LastIndexOf(name);
        Assert.True(begin > 0, "There is one note alone.");
        return begin;
    }

    private AuditVerification VerifyFrom(string[] lines, AuditPosition from)
    {
        WriteLines(lines);
        return AuditVerifier.Verify(
            new AuditVerifierOptions { Directory = _trail.Trail, Key = _trail.Chain.Verifier, From = from }, CancellationToken.None);
    }

    private async Task AssertFoundAsync(AuditFault fault, long? sequence, string scriptSays)
    {
        var result = _trail.Verify();
        Assert.Equal(fault, result.Finding?.Fault);
        if (sequence is { } place) Assert.Equal(place, result.Finding!.Sequence);

        var (status, text) = await RunScriptAsync();
        Assert.Contains("NOT SOUND", text, StringComparison.Ordinal);
        Assert.Contains(scriptSays, text, StringComparison.Ordinal);
        Assert.Equal(1, status);
    }

    private async Task<(int Status, string Text)> RunScriptAsync(params string[] checkpoints)
    {
        var key = Path.Combine(_trail.Root, "key-noted-elsewhere");
        await File.WriteAllTextAsync(key, _trail.Chain.Verifier.ToString());
        return await VerifyScript.RunAsync([_trail.Trail, key, .. checkpoints]);
    }

    private void Edit(Action<List<string>> change)
    {
        var lines = ReadLines().ToList();
        change(lines);
        WriteLines(lines);
    }

    private string[] ReadLines() => TrailFixture.LinesOf(File1);

    private void WriteLines(IEnumerable<string> lines) => File.WriteAllText(File1, string.Concat(lines.Select(line => line + "\n")));

    private static void Relink(List<string> lines)
    {
        for (var i = 0; i < lines.Count; i++) lines[i] = NextLine(lines[..i], lines[i]);
    }

    // A line with the content of another, and sequence number and hash as they have to be at the end.
    private static string NextLine(List<string> before, string content)
    {
        var last = before.Count == 0 ? new byte[32] : SHA256.HashData(Encoding.UTF8.GetBytes(before[^1]));
        var frame = content.LastIndexOf(",\"prev\":", StringComparison.Ordinal);
        return $"{content[..frame]},\"prev\":\"{Convert.ToHexStringLower(last)}\",\"seq\":{before.Count + 1}}}";
    }
}
