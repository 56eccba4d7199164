using System.Text;
using System.Text.RegularExpressions;
using Keyreeve.Core.Audit;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Audit;

/// <summary>
/// Proofs that stand alone, made by the command line and verified by it and by the script; and a trail verified from any point.
/// </summary>
public sealed class AuditProofTests : IAsyncLifetime
{
    private const int Count = 30;
    private readonly TrailFixture _trail = new();

    private string Key => Path.Combine(_trail.Root, "noted.pub");

    private string Earlier => Path.Combine(_trail.Root, "noted-earlier");

    public async ValueTask InitializeAsync()
    {
        await _trail.OpenAsync();
        await _trail.RecordAsync(Count / 2);
        await _trail.Chain.DisposeAsync();
        File.Copy(Path.Combine(_trail.Trail, "checkpoint"), Earlier);
        await _trail.OpenAsync();
        await _trail.RecordAsync(Count / 2);
        await _trail.Chain.DisposeAsync();
        await File.WriteAllTextAsync(Key, _trail.Chain.Verifier.ToString());
    }

    public ValueTask DisposeAsync() => _trail.DisposeAsync();

    [Fact]
    public void Script_HasAtMostAHundredLinesAndNothingButTheStandardLibrary()
    {
        var lines = File.ReadAllLines(VerifyScript.FilePath);

        Assert.InRange(lines.Length, 1, 100);
        Assert.DoesNotContain(lines, line => line.Length > 150);
        var imported = lines.Where(line => Regex.IsMatch(line, "^(import|from) ", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(60))).ToArray();
        Assert.Equal(["import base64, functools, hashlib, json, os, pathlib, re, subprocess, sys, tempfile"], imported);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(30)]
    public async Task Record_Proven_StandsWithoutTheTrail_AndAChangedOneDoesNot(int serial)
    {
        var proof = Path.Combine(_trail.Root, "record.proof");
        var made = await CliProcess.RunAsync(_trail.Root, "audit", "prove", "-d", _trail.Trail, "--record", $"{serial}", "-o", proof);
        Assert.Equal(0, made.ExitCode);
        Directory.Move(_trail.Trail, _trail.Trail + "-gone");

        Assert.Equal((0, $"sound: record {serial} is one of the {Count} that were signed for\n"), await VerifyScript.RunAsync("--proof", proof, Key));
        var verified = await CliProcess.RunAsync(_trail.Root, "audit", "verify", "--proof", proof, "--verifier-key", Key);
        Assert.Equal(0, verified.ExitCode);
        Assert.Contains($"\"seq\":{serial}}}", verified.Text, StringComparison.Ordinal);

        await File.WriteAllTextAsync(proof, (await File.ReadAllTextAsync(proof)).Replace("app", "apq", StringComparison.Ordinal));
        await AssertRefusedAsync(proof, "not the one that");
    }

    [Fact]
    public async Task Growth_Proven_AndATrailWrittenAnewProvesNothing()
    {
        var proof = Path.Combine(_trail.Root, "growth.proof");
        Assert.Equal(0, (await CliProcess.RunAsync(_trail.Root, "audit", "prove", "-d", _trail.Trail, "--since", Earlier, "-o", proof)).ExitCode);
        Assert.Equal((0, $"sound: the trail of {Count} records begins with the {Count / 2} that were signed for earlier\n"), await VerifyScript.RunAsync("--proof", proof, Key));
        Assert.Equal(0, (await CliProcess.RunAsync(_trail.Root, "audit", "verify", "--proof", proof, "--verifier-key", Key)).ExitCode);

        // The same key, another past: signed for by the server's own hand after the trail was put back and went on differently.
        await using var other = await new TrailFixture().OpenAsync();
        await other.RecordAsync(Count, "another-past");
        await other.Chain.DisposeAsync();
        var forged = await CliProcess.RunAsync(other.Root, "audit", "prove", "-d", other.Trail, "--since", Earlier);
        Assert.Equal(9, forged.ExitCode);
        Assert.Contains("proves nothing", forged.Errors, StringComparison.Ordinal);

        var text = await File.ReadAllTextAsync(proof);
        Assert.True(AuditProof.TryParse(text, out var honest));
        await File.WriteAllTextAsync(proof, (honest with { Checkpoint = await File.ReadAllTextAsync(Path.Combine(other.Trail, "checkpoint")) }).ToJson());
        await AssertRefusedAsync(proof, "grown");
    }

    [Fact]
    public async Task Proof_SignedByAnotherKey_IsRefusedByBoth()
    {
        var proof = Path.Combine(_trail.Root, "record.proof");
        Assert.Equal(0, (await CliProcess.RunAsync(_trail.Root, "audit", "prove", "-d", _trail.Trail, "--record", "3", "-o", proof)).ExitCode);
        await File.WriteAllTextAsync(proof, (await File.ReadAllTextAsync(proof)).Replace("\\n30\\n", "\\n31\\n", StringComparison.Ordinal));

        await AssertRefusedAsync(proof, "not signed by the trail");
    }

    [Fact]
    public async Task Verify_FromThePositionOfAnEarlierRun_LooksAtWhatCameAfterAlone()
    {
        var lines = TrailFixture.LinesOf(_trail.Segment(1));
        var position = await PositionAfterAsync(20, lines);

        // What came before is gone; what came after is complete.
        await File.WriteAllLinesAsync(_trail.Segment(1), lines[20..]);
        File.Delete(Path.Combine(_trail.Trail, "checkpoints"));
        Assert.Equal(0, (await CliProcess.RunAsync(_trail.Root, "audit", "verify", "-d", _trail.Trail, "--verifier-key", Key, "--from", position)).ExitCode);
        var (status, text) = await VerifyScript.RunAsync("--from", position, _trail.Trail, Key);
        Assert.Equal(0, status);
        Assert.StartsWith($"sound: {Count} records, {Count} of them signed for", text, StringComparison.Ordinal);

        await File.WriteAllLinesAsync(_trail.Segment(1), lines[21..]);
        Assert.Equal(9, (await CliProcess.RunAsync(_trail.Root, "audit", "verify", "-d", _trail.Trail, "--verifier-key", Key, "--from", position)).ExitCode);
        Assert.Equal(1, (await VerifyScript.RunAsync("--from", position, _trail.Trail, Key)).Status);
    }

    // Put back to a copy that is older than the position itself: nothing follows the position, and what comes before it ends too early.
    [Theory]
    [InlineData(12)]
    [InlineData(19)]
    [InlineData(20)]
    public async Task Verify_FromAPositionThatTheTrailDoesNotReach_IsFound(int count)
    {
        var lines = TrailFixture.LinesOf(_trail.Segment(1));
        var position = await PositionAfterAsync(20, lines);
        var copy = Path.Combine(_trail.Root, "copy");
        if (count == 20) lines[19] = lines[19].Replace("\"result\":\"", "\"result\":\"Un", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(Path.Combine(copy, "000001.jsonl"), lines[..count]);

        var (status, text) = await VerifyScript.RunAsync("--from", position, copy, Key);
        Assert.Equal(1, status);
        Assert.Contains("the position stands after record 20", text, StringComparison.Ordinal);
        var ours = await CliProcess.RunAsync(_trail.Root, "audit", "verify", "-d", copy, "--verifier-key", Key, "--from", position);
        Assert.Equal(9, ours.ExitCode);
        Assert.Contains(count == 20 ? "record 20 is another" : $"only {count} are there", Encoding.UTF8.GetString(ours.Output) + ours.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkpoints_AtARotation_OneIsKeptForEachSegment()
    {
        await using var trail = new TrailFixture();
        await trail.OpenAsync(trail.Options with { HistoryInterval = TimeSpan.FromHours(1), CheckpointInterval = TimeSpan.FromMilliseconds(10) });
        for (var segment = 1; segment <= 3; segment++)
        {
            while (Directory.GetFiles(trail.Trail, "*.jsonl").Length <= segment) await AppendAsync(trail, 200);
            var wanted = trail.Chain.Size;
            await trail.RecordAsync(1);
            await TrailFixture.UntilAsync(() => SizesKept(trail).Any(size => size >= wanted), "the checkpoint after the rotation");
        }
    }

    [Fact]
    public async Task OutsideCheckpoints_AFileOfMany_EachIsChecked()
    {
        var all = Path.Combine(_trail.Root, "exported");
        await File.WriteAllTextAsync(all, await File.ReadAllTextAsync(Earlier) + await File.ReadAllTextAsync(Path.Combine(_trail.Trail, "checkpoint")));
        Assert.Equal(0, (await CliProcess.RunAsync(_trail.Root, "audit", "verify", "-d", _trail.Trail, "--verifier-key", Key, "--checkpoint", all)).ExitCode);
        Assert.Equal(0, (await VerifyScript.RunAsync(_trail.Trail, Key, all)).Status);

        // Put back to where the earlier one was taken.
        await File.WriteAllLinesAsync(_trail.Segment(1), TrailFixture.LinesOf(_trail.Segment(1))[..(Count / 2)]);
        File.Copy(Earlier, Path.Combine(_trail.Trail, "checkpoint"), overwrite: true);
        File.Copy(Earlier, Path.Combine(_trail.Trail, "checkpoints"), overwrite: true);
        Assert.Equal(0, (await CliProcess.RunAsync(_trail.Root, "audit", "verify", "-d", _trail.Trail, "--verifier-key", Key)).ExitCode);
        Assert.Equal(9, (await CliProcess.RunAsync(_trail.Root, "audit", "verify", "-d", _trail.Trail, "--verifier-key", Key, "--checkpoint", all)).ExitCode);
        Assert.Equal(1, (await VerifyScript.RunAsync(_trail.Trail, Key, all)).Status);
    }

    private static async Task AppendAsync(TrailFixture trail, int count)
    {
        AuditTicket last = default;
        for (var i = 0; i < count; i++) last = trail.Chain.Append(TrailFixture.Event());
        await trail.Chain.WhenDurableAsync(last, CancellationToken.None);
    }

    private static IEnumerable<long> SizesKept(TrailFixture trail) =>
        AuditCheckpoint.Split(File.ReadAllText(Path.Combine(trail.Trail, "checkpoints")).Split('\n')[..^1])
            .Select(note => AuditCheckpoint.Open(note, trail.Chain.Verifier)).OfType<AuditCheckpoint>().Select(c => c.Size);

    private async Task<string> PositionAfterAsync(int count, string[] lines)
    {
        var copy = Directory.CreateDirectory(Path.Combine(_trail.Root, "copy")).FullName;
        await File.WriteAllLinesAsync(Path.Combine(copy, "000001.jsonl"), lines[..count]);
        File.Copy(Earlier, Path.Combine(copy, "checkpoint"));
        var (status, text) = await VerifyScript.RunAsync(copy, Key);
        Assert.Equal(0, status);
        var position = text.Split('\n')[1]["position: ".Length..];
        var ours = AuditVerifier.Verify(new AuditVerifierOptions { Directory = copy, Key = _trail.Chain.Verifier }, CancellationToken.None).End.ToString();
        Assert.Equal(ours, position);
        return position;
    }

    private async Task AssertRefusedAsync(string proof, string says)
    {
        var verified = await CliProcess.RunAsync(_trail.Root, "audit", "verify", "--proof", proof, "--verifier-key", Key);
        Assert.Equal(9, verified.ExitCode);
        Assert.Contains(says, verified.Errors, StringComparison.Ordinal);
        var (status, text) = await VerifyScript.RunAsync("--proof", proof, Key);
        Assert.Equal(1, status);
        Assert.Contains(says, text, StringComparison.Ordinal);
    }
}
