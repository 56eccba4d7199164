using Keyreeve.Core.Storage;
using Keyreeve.Storage.Sqlite;
using Keyreeve.Storage.Sqlite.Interop;
using Xunit;

namespace Keyreeve.Conformance.Storage.Sqlite;

/// <summary>How the embedded store keeps its promises, as far as that is seen from within.</summary>
public sealed class SqliteStoreTests : StoreContract
{
    [Fact]
    public async Task CommitAsync_ManyAtOnce_ShareTransactions()
    {
        await using var place = new SqliteUnderTest();
        await using var store = await SqliteObjectStore.OpenAsync(place.Options);
        var before = store.Transactions;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++) await store.CommitAsync(Insert(NewRow()), None);
        })));
        Assert.InRange(store.Transactions - before, 20, 64 * 20 / 2);
    }

    [Fact]
    public async Task CommitAsync_AnswersPastTheirTime_AreSwept()
    {
        await using var place = new SqliteUnderTest();
        await using var store = await place.OpenAsync();
        for (var i = 0; i < 20; i++)
        {
            var expiresAt = place.Clock.Now.AddMinutes(i < 15 ? 10 : 100);
            await store.CommitAsync(new StoreChanges { Answer = new StoredAnswer(Tenant, "p", $"key {i}", Bytes("h"), Bytes("b"), expiresAt) }, None);
        }

        place.Clock.Advance(TimeSpan.FromMinutes(10));
        await store.CommitAsync(Insert(NewRow()), None);
        using var connection = SqliteConnection.Open(place.DatabasePath);
        Assert.Equal(5, connection.ReadInt64("SELECT count(*) FROM answers"));
    }

    [Fact]
    public async Task OpenAsync_ManyAnswersPastTheirTime_AreSweptWithoutACommit()
    {
        await using var place = new SqliteUnderTest();
        await using (var store = await place.OpenAsync())
        {
            await Task.WhenAll(Enumerable.Range(0, 1234).Select(i => store.CommitAsync(
                new StoreChanges { Answer = new StoredAnswer(Tenant, "p", $"key {i}", Bytes("h"), Bytes("b"), place.Clock.Now.AddMinutes(10)) },
                None).AsTask()));
        }

        place.Clock.Advance(TimeSpan.FromDays(1));
        await using var again = await place.OpenAsync();
        using var connection = SqliteConnection.Open(place.DatabasePath);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (connection.ReadInt64("SELECT count(*) FROM answers") > 0) await Task.Delay(20, deadline.Token);
    }

    [Fact]
    public async Task LocateAsync_MoreTermsThanAreKeptInMemory_EachFound()
    {
        await using var place = new SqliteUnderTest();
        await using var store = await place.OpenAsync();
        var rows = Enumerable.Range(0, 5000).Select(i => NewRow(null, Entry($"custom {i}", i))).ToArray();
        foreach (var chunk in rows.Chunk(500)) await store.CommitAsync(Insert(chunk), None);
        for (var i = 0; i < rows.Length; i += 49) Assert.Equal([rows[i].Id], await Located(store, Query(Equal($"custom {i}", i))));
        await store.CommitAsync(Update(Next(rows[^1]) with { Index = [Entry("custom 4998", 7)] }), None);
        Assert.Equal([rows[^1].Id], await Located(store, Query(Equal("custom 4998", 7))));
        Assert.Empty(await Located(store, Query(Equal("custom 4999", 4999))));
    }

    [Fact]
    public async Task LocateAsync_ManyObjects_EveryPlanAgreesWithASimpleSearch()
    {
        await using var place = new SqliteUnderTest();
        await using var store = await place.OpenAsync();
        const int Count = 30_000; // beyond the limits at which another plan is chosen
        var rows = new StoredObject[Count];
        for (var i = 0; i < Count; i++)
        {
            rows[i] = NewRow(
                null,
                Entry("date", i), // as old as the object
                Entry("mixed", unchecked((int)((uint)i * 7919 % Count))), // in no order
                Entry("common", 1),
                Entry("half", i % 2),
                Entry("old half", i < Count / 2 ? 1 : 0),
                Entry("rare", i % 1000),
                Entry("many", i),
                Entry("many", i + 100));
        }

        foreach (var chunk in rows.Chunk(2000)) await store.CommitAsync(Insert(chunk), None);
        IndexCondition[][] queries =
        [
            [Equal("common", 1)],
            [Equal("common", 1), Equal("rare", 7)],
            [Equal("half", 0), Equal("old half", 1), Equal("rare", 8)],
            [Equal("half", 0), Equal("rare", 7)], // nothing
            [Between("date", 100, 29_000)],
            [Between("date", 0, 5), Equal("common", 1)],
            [Between("date", 0, 4500), Equal("half", 1)],
            [Between("date", 0, 9000), Equal("half", 1)], // walked in vain, then scanned
            [Between("many", 50, 3000)],
            [Between("many", 50, 3000), Equal("half", 1)],
            [Between("mixed", 0, 4500), Equal("old half", 1)],
            [Between("mixed", 20_000, 29_999), Between("date", 0, 9000)],
            [Between("many", 50, 20_000)],
            [Between("many", 50, 20_000), Equal("rare", 9)],
            [Between("rare", 0, 500), Between("mixed", 0, 100)],
            [.. Enumerable.Range(0, 100).Select(_ => Equal("common", 1)), Equal("rare", 9)],
        ];
        foreach (var conditions in queries)
            foreach (var countAll in new[] { false, true })
            {
                await LocateModel.AssertAgrees(store, Query(conditions) with { Limit = 16, CountAll = countAll }, rows);
                await LocateModel.AssertAgrees(store, Query(conditions) with { Limit = 10, Offset = 25, Before = rows[20_000].Id, CountAll = countAll }, rows);
            }
    }

    [Fact]
    public async Task LocateAsync_CancelledWhileItCounts_Ends()
    {
        await using var place = new SqliteUnderTest();
        await using var store = await place.OpenAsync();
        foreach (var chunk in Enumerable.Range(0, 5000).Select(i => NewRow(null, Entry("a", 1), Entry("b", 1))).Chunk(1000))
            await store.CommitAsync(Insert(chunk), None);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await store.LocateAsync(Query(Equal("a", 1), Equal("b", 1)) with { CountAll = true }, new CancellationToken(true)));
        Assert.Equal(5000, (await store.LocateAsync(Query(Equal("a", 1), Equal("b", 1)) with { CountAll = true }, None)).Total);
    }
}
