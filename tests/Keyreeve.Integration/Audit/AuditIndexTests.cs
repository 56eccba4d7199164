using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Audit.Indexing;
using Keyreeve.Core.Objects;
using Xunit;

namespace Keyreeve.Integration.Audit;

[Trait("Speed", "Slow")]
public sealed class AuditIndexTests
{
    private static readonly string[] Principals = ["shop", "billing", "ünïcode", "=cmd()"];
    private static readonly string?[] Keys = [null, "orders", "payments/cards"];
    private static readonly string[] Operations = ["Encrypt", "Decrypt", "Get"];
    private static readonly string?[] Purposes = [null, "refund", "audit"];

    public static TheoryData<string> Filters => ["principal", "key", "operation+result", "purpose", "object", "time", "text", "text of an id", "all", "nothing", "unknown"];

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task Find_AnyFilter_EqualsReadingTheWholeTrail(string name)
    {
        await using var trail = await FilledAsync(600);
        await using var indexer = await IndexedAsync(trail);
        var all = trail.Lines().Select(line => AuditRecord.Parse(System.Text.Encoding.UTF8.GetBytes(line))).ToList();
        var filter = FilterNamed(name, all);

        var found = indexer.Find(filter, 1000, 0, CancellationToken.None);

        var expected = all.Where(filter.Matches).Select(r => r.Serial).Reverse();
        Assert.Equal(expected, found.Select(r => r.Serial));
    }

    [Fact]
    public async Task Find_PageByPage_GivesEachRecordOnce()
    {
        await using var trail = await FilledAsync(500);
        await using var indexer = await IndexedAsync(trail);
        var serials = new List<long>();

        for (long before = 0; ;)
        {
            var page = indexer.Find(new AuditFilter { Principal = "shop" }, 7, before, CancellationToken.None);
            serials.AddRange(page.Select(r => r.Serial));
            if (page.Count < 7) break;
            before = page[^1].Serial;
        }

        Assert.Equal(indexer.Find(new AuditFilter { Principal = "shop" }, 1000, 0, CancellationToken.None).Select(r => r.Serial), serials);
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("column cut")]
    [InlineData("words cut")]
    [InlineData("mark forged")]
    [InlineData("of a longer trail")]
    public async Task Start_IndexLostOrDamaged_IsMadeAnewFromTheTrail(string damage)
    {
        await using var trail = await FilledAsync(300);
        await (await IndexedAsync(trail)).DisposeAsync();
        var folder = Path.Combine(trail.Root, AuditIndex.DirectoryName);

        if (damage == "deleted") Directory.Delete(folder, recursive: true);
        if (damage == "column cut") Cut(Path.Combine(folder, "principal.column"), 10);
        if (damage == "words cut") Cut(Path.Combine(folder, "words"), 1);
        if (damage == "mark forged") await File.WriteAllTextAsync(Path.Combine(folder, "mark"), "keyreeve-audit-index 3\n999999\n", TestContext.Current.CancellationToken);
        if (damage == "of a longer trail") Duplicate(folder);
        await using var indexer = await IndexedAsync(trail);

        var all = trail.Lines().Select(line => AuditRecord.Parse(System.Text.Encoding.UTF8.GetBytes(line))).ToList();
        var filter = new AuditFilter { Principal = "billing" };
        Assert.Equal(all.Where(filter.Matches).Select(r => r.Serial).Reverse(), indexer.Find(filter, 1000, 0, CancellationToken.None).Select(r => r.Serial));
    }

    // The chain writes what was in it again, into the next one, so that nothing is lost: but no longer where the index says.
    [Fact]
    public async Task Find_AfterASegmentWasDeletedAndWrittenAgain_IsMadeAnewAndFindsAll()
    {
        await using var trail = await FilledAsync(300);
        await using var indexer = await IndexedAsync(trail);
        File.Delete(Directory.GetFiles(Path.Combine(trail.Root, AuditDirectory.Name), "*.jsonl").Order(StringComparer.Ordinal).Last());
        await TrailFixture.UntilAsync(() => trail.Alarms.Any(static alarm => alarm.Contains("is written again", StringComparison.Ordinal)), "the trail in a new segment");

        await TrailFixture.UntilAsync(
            () =>
            {
                try
                {
                    return indexer.Find(new AuditFilter { Principal = "billing" }, 1000, 0, CancellationToken.None).Count == 75;
                }
                catch (IOException)
                {
                    return false;
                }
            },
            "every record found again");
    }

    [Fact]
    public async Task Follow_WhileRecordsCome_FindsThemSoon()
    {
        await using var trail = await FilledAsync(10);
        await using var indexer = await IndexedAsync(trail);

        await trail.RecordAsync(5, "latecomer");

        await TrailFixture.UntilAsync(() => indexer.Find(new AuditFilter { Principal = "latecomer" }, 10, 0, CancellationToken.None).Count == 5, "the new records");
    }

    // More than a block of records, so that the sieve has a say; what is rare stands at the very beginning, in the block and behind it.
    [Fact]
    public async Task Find_InMoreThanABlock_EqualsReadingTheWholeTrail()
    {
        await using var trail = await FilledAsync(AuditSearch.BlockSize + 500);
        var sieve = Path.Combine(trail.Root, AuditIndex.DirectoryName, "sieve-heads");
        await (await IndexedAsync(trail)).DisposeAsync();
        Assert.True(new FileInfo(sieve).Length > 0);
        var all = trail.Lines().Select(line => AuditRecord.Parse(System.Text.Encoding.UTF8.GetBytes(line))).ToList();
        List<AuditFilter> filters =
        [
            .. Filters.Select(row => FilterNamed(row.Data, all)), new() { ObjectId = all[4]["objectId"], Tenant = "1" },
            new() { Tenant = "1", Key = "orders", Operation = "Decrypt", Result = "Denied", Purpose = "refund" }, new() { Tenant = "2" },
            new() { Principal = "shop", Key = "orders" }, new() { Principal = "shop", Purpose = "refund", Text = "denied" }, new() { Key = "orders", Text = "cmd(" },
            new() { From = all[1000].Time, Until = all[1100].Time, Result = "Denied" }, new() { From = all[^5].Time }, new() { Until = all[3].Time, Principal = "billing" },
        ];

        string[] ids = ["c-17", $"c-{AuditSearch.BlockSize + 100}"];
        foreach (var isSieveThere in (bool[])[true, false])
        {
            if (!isSieveThere) File.Delete(sieve);
            await using var indexer = await IndexedAsync(trail);
            foreach (var filter in filters)
                Assert.Equal(all.Where(filter.Matches).Select(r => r.Serial).Reverse().Take(300), indexer.Find(filter, 300, 0, CancellationToken.None).Select(r => r.Serial));
            foreach (var id in ids) Assert.Equal(id, Assert.Single(indexer.Find(new AuditFilter { Text = id }, 300, 0, CancellationToken.None))["correlationId"]);
        }
    }

    private static async Task<TrailFixture> FilledAsync(int count)
    {
        var trail = await new TrailFixture().OpenAsync();
        AuditTicket last = default;
        for (var i = 0; i < count; i++) last = trail.Chain.Append(EventOf(i));
        await trail.Chain.WhenDurableAsync(last, CancellationToken.None);
        return trail;
    }

    private static async Task<AuditIndexer> IndexedAsync(TrailFixture trail)
    {
        var indexer = AuditIndexer.Start(trail.Chain.Feed, trail.Root, trail.Alarms.Enqueue);
        await TrailFixture.UntilAsync(() => indexer.Count == trail.Chain.Size, "the index complete: " + string.Join("; ", trail.Alarms));
        return indexer;
    }

    private static AuditEvent EventOf(int i) => new()
    {
        Id = UniqueIdentifier.New(TimeProvider.System.GetUtcNow()),
        Time = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(i),
        Tenant = TenantId.Default,
        Principal = Principals[i % Principals.Length],
        KeyName = Keys[i % Keys.Length],
        Operation = Operations[i / 5 % Operations.Length],
        Purpose = Purposes[i / 7 % Purposes.Length],
        ObjectId = i % 4 == 0 ? UniqueIdentifier.New(TimeProvider.System.GetUtcNow()) : null,
        Protocol = Protocol.Rest,
        CorrelationId = $"c-{i}",
        Result = i % 11 == 0 ? AuditResult.Denied : AuditResult.Success,
        Reason = i % 11 == 0 ? KeyreeveError.PermissionDenied : KeyreeveError.None,
    };

    private static AuditFilter FilterNamed(string name, List<AuditRecord> all) => name switch
    {
        "principal" => new() { Principal = "ünïcode" },
        "key" => new() { Key = "payments/cards" },
        "operation+result" => new() { Operation = "Decrypt", Result = "Denied" },
        "purpose" => new() { Purpose = "refund", Principal = "shop" },
        "object" => new() { ObjectId = all.First(r => r["objectId"] is not null)["objectId"] },
        "time" => new() { From = new DateTimeOffset(2026, 1, 1, 1, 0, 0, TimeSpan.Zero), Until = new DateTimeOffset(2026, 1, 1, 2, 0, 0, TimeSpan.Zero) },
        "text" => new() { Text = "CMD(" },
        "text of an id" => new() { Text = all.First(r => r["objectId"] is not null)["objectId"] },
        "nothing" => new() { Operation = "Get", Key = "orders", Until = DateTimeOffset.UnixEpoch },
        "unknown" => new() { Principal = "nobody" },
        _ => new(),
    };

    private static void Cut(string file, int bytes)
    {
        using var stream = new FileStream(file, FileMode.Open);
        stream.SetLength(stream.Length - bytes);
    }

    // Every column twice as long, and the mark with it: an index that knows more than the trail has.
    private static void Duplicate(string folder)
    {
        foreach (var column in Directory.GetFiles(folder, "*.column")) File.WriteAllBytes(column, [.. File.ReadAllBytes(column), .. File.ReadAllBytes(column)]);
        var mark = Path.Combine(folder, "mark");
        var count = int.Parse(File.ReadAllLines(mark)[1], System.Globalization.CultureInfo.InvariantCulture);
        File.WriteAllText(mark, $"keyreeve-audit-index 3\n{2 * count}\n");
    }
}
