using Keyreeve.Core.Audit;
using Xunit;

namespace Keyreeve.Integration.Audit;

/// <summary>Trails that earlier versions wrote stay readable and verifiable, also when a later one goes on with them.</summary>
public sealed class AuditFormatTests
{
    private static string Format1 => Path.Combine(Repository.Root, "tests", "Keyreeve.Integration", "Audit", "Trails", "format-1");

    [Fact]
    public async Task Verify_TrailOfFormat1_IsIntact()
    {
        var result = AuditVerifier.Verify(new AuditVerifierOptions { Directory = Format1 }, CancellationToken.None);

        Assert.True(result.IsIntact, result.Finding?.Explanation);
        Assert.Equal((12, 12), (result.Records, result.SignedRecords));
        var (status, text) = await VerifyScript.RunAsync(Format1);
        Assert.Equal((0, "sound: 12 records, 12 of them signed for, 0 after the last checkpoint"), (status, text.Split('\n')[0]));
    }

    [Fact]
    public void Parse_RecordOfFormat1_HasItsFieldsAndNoneOfLaterOnes()
    {
        var record = AuditRecord.Parse(System.Text.Encoding.UTF8.GetBytes(File.ReadLines(Path.Combine(Format1, "000001.jsonl")).First()));

        Assert.Equal(("1", "billing", "orders", "row,table"), (record["v"], record["principal"], record["keyName"], record["contextNames"]));
        Assert.Null(record["server"]);
        Assert.Null(record["decision"]);
    }

    [Fact]
    public async Task Open_SegmentOfFormat1_GoesOnInTheFormatOfToday()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        await trail.Chain.DisposeAsync();
        // The key of the trail is the fixture's, then and now.
        foreach (var file in Directory.GetFiles(Format1)) File.Copy(file, Path.Combine(trail.Trail, Path.GetFileName(file)), overwrite: true);
        foreach (var file in Directory.GetFiles(trail.Trail)) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Delete(Path.Combine(trail.Trail, "state"));

        await trail.OpenAsync(trail.Options with { Origin = new AuditOrigin("node-1", "kms-1", "192.0.2.1") });
        await trail.RecordAsync(3);
        await trail.Chain.DisposeAsync();

        var result = trail.Verify();
        Assert.True(result.IsIntact, result.Finding?.Explanation);
        Assert.Equal(15, result.SignedRecords);
        var records = trail.Lines().Select(line => AuditRecord.Parse(System.Text.Encoding.UTF8.GetBytes(line))).ToList();
        Assert.Equal(Enumerable.Repeat("1", 12).Concat(Enumerable.Repeat("2", 3)), records.Select(r => r["v"]));
        Assert.All(records[12..], r => Assert.Equal(("node-1", "kms-1", "192.0.2.1"), (r["node"], r["server"], r["serverAddress"])));
        Assert.Equal(0, (await VerifyScript.RunAsync(trail.Trail)).Status);
    }
}
