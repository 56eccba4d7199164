using Keyreeve.Core;
using Keyreeve.Core.Storage;
using Xunit;

namespace Keyreeve.Conformance.Storage;

/// <summary>Commits: all or nothing, each for itself, however many at once.</summary>
public sealed class CommitContractTests : StoreContract
{
    public static TheoryData<string> Stores => StoresUnderTest.Names;

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_OneOfManyChangesRefused_NoneIsMade(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var existing = NewRow("existing", Entry("term", "before"));
        await store.CommitAsync(Insert(existing), None);
        var inserted = NewRow("inserted", Entry("term", "new"), Entry("a term of its own", "x"));
        var good = new StoreChanges
        {
            Inserts = [inserted],
            Updates = [Next(existing) with { Names = ["renamed"], Index = [Entry("term", "after")] }],
            Documents = [new StoredDocument("kind", "key", 1, Bytes("body"))],
            Answer = new StoredAnswer(Tenant, "p", "k", Bytes("h"), Bytes("b"), place.Clock.Now.AddHours(1)),
            Audit = NewAudit(),
        };
        StoreChanges[] bad =
        [
            good with { Inserts = [inserted, NewRow("existing")], Updates = [] },
            good with { Inserts = [inserted, existing with { Names = [], KeyVersion = 5 }], Updates = [] },
            good with { Updates = [Next(Next(existing))] },
            good with { Documents = [new StoredDocument("kind", "key", 2, Bytes("body"))] },
        ];
        foreach (var changes in bad)
        {
            await RefusalOf(store.CommitAsync(changes, None));
            Assert.Null(await store.FindAsync(Tenant, inserted.Id, None));
            Assert.Null(await store.FindByNameAsync(Tenant, "inserted", None));
            Assert.Equal(existing.Id, await store.FindByNameAsync(Tenant, "existing", None));
            Assert.Equal([existing.Id], await Located(store, Query(Equal("term", "before"))));
            Assert.Empty(await Located(store, Query(Equal("term", "new"))));
            Assert.Null(await store.FindDocumentAsync("kind", "key", None));
            Assert.Null(await store.FindAnswerAsync(Tenant, "p", "k", None));
            Assert.Empty(await store.ListPendingAuditAsync(None));
        }

        await store.CommitAsync(good, None);
        Assert.Equal(existing.Id, await store.FindByNameAsync(Tenant, "renamed", None));
        Assert.Equal([inserted.Id], await Located(store, Query(Equal("a term of its own", "x"))));
        Assert.Single(await store.ListPendingAuditAsync(None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_Deletion_NothingOfTheRowIsLeft(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var gone = NewRow("gone", Entry("term", "x"));
        var kept = NewRow("kept", Entry("term", "x"));
        await store.CommitAsync(Insert(gone, kept), None);
        await store.CommitAsync(Update(Next(gone)), None);
        var late = new StoreChanges { Deletes = [new ObjectDeletion(Tenant, gone.Id, gone.RowVersion)] };
        Assert.Equal(KeyreeveError.Conflict, await RefusalOf(store.CommitAsync(late, None)));
        Assert.NotNull(await store.FindAsync(Tenant, gone.Id, None));

        await store.CommitAsync(new StoreChanges { Deletes = [new ObjectDeletion(Tenant, gone.Id, gone.RowVersion + 1)] }, None);

        Assert.Null(await store.FindAsync(Tenant, gone.Id, None));
        Assert.Null(await store.FindByNameAsync(Tenant, "gone", None));
        Assert.Equal([kept.Id], await Located(store, Query(Equal("term", "x"))));
        await store.CommitAsync(Insert(NewRow("gone")), None);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_ManyAtOnceSomeRefused_RefusedAloneFail(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        await store.CommitAsync(Insert(NewRow("taken")), None);
        var rows = Enumerable.Range(0, 200).Select(i => NewRow(i % 5 == 0 ? "taken" : $"name {i}", Entry("number", i))).ToArray();
        var commits = rows.Select(row => store.CommitAsync(Insert(row), None).AsTask()).ToArray();
        await Task.WhenAll(commits).ContinueWith(_ => { }, TaskScheduler.Default);
        for (var i = 0; i < rows.Length; i++)
        {
            if (i % 5 == 0)
            {
                Assert.Equal(KeyreeveError.NonUniqueName, await RefusalOf(new ValueTask(commits[i])));
                Assert.Null(await store.FindAsync(Tenant, rows[i].Id, None));
                Assert.Empty(await Located(store, Query(Equal("number", i))));
            }
            else
            {
                await commits[i];
                AssertSame(rows[i], await store.FindAsync(Tenant, rows[i].Id, None));
                Assert.Equal([rows[i].Id], await Located(store, Query(Equal("number", i))));
            }
        }
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_RaceToUpdateOneRow_NoChangeIsLost(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow();
        await store.CommitAsync(Insert(row), None);
        const int Writers = 16;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var read = await store.FindAsync(Tenant, row.Id, None);
                try
                {
                    await store.CommitAsync(Update(Next(read!)), None);
                    return;
                }
                catch (KeyreeveException e) when (e.Error == KeyreeveError.Conflict)
                {
                    // Read again, as the message says.
                    await Task.Yield();
                }
            }
        })));
        Assert.Equal(1 + Writers, (await store.FindAsync(Tenant, row.Id, None))!.RowVersion);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_Acknowledged_EveryReaderSeesIt(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 32).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 10; i++)
            {
                var row = NewRow($"{worker}/{i}", Entry("worker", worker));
                await store.CommitAsync(Insert(row), None);
                AssertSame(row, await store.FindAsync(Tenant, row.Id, None));
                Assert.Equal(row.Id, await store.FindByNameAsync(Tenant, $"{worker}/{i}", None));
                Assert.Equal(row.Id, (await Located(store, Query(Equal("worker", worker))))[0]);
                await store.CommitAsync(Update(Next(row) with { Names = [], Index = [Entry("worker", worker)] }), None);
                Assert.Null(await store.FindByNameAsync(Tenant, $"{worker}/{i}", None));
            }
        })));
        Assert.Equal(320, (await store.LocateAsync(Query() with { CountAll = true }, None)).Total);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_CancelledAtAnyMoment_WhollyThereOrNotAtAll(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var rows = Enumerable.Range(0, 200).Select(_ => (One: NewRow(), Two: NewRow())).ToArray();
        await Task.WhenAll(rows.Select((pair, i) => Task.Run(async () =>
        {
            using var cancellation = new CancellationTokenSource();
            var commit = store.CommitAsync(Insert(pair.One, pair.Two), cancellation.Token).AsTask();
            if (i % 2 == 0) await cancellation.CancelAsync();
            await Task.WhenAny(commit);
            var isThere = await store.FindAsync(Tenant, pair.One.Id, None) is not null;
            Assert.Equal(isThere, await store.FindAsync(Tenant, pair.Two.Id, None) is not null);
            Assert.Equal(commit.IsCompletedSuccessfully, isThere);
        })));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task DisposeAsync_WithCommitsUnderWay_AcknowledgedOnesAreThere(string name)
    {
        await using var place = StoresUnderTest.New(name);
        var store = await place.OpenAsync();
        var rows = Enumerable.Range(0, 100).Select(_ => NewRow()).ToArray();
        var commits = rows.Select(row => store.CommitAsync(Insert(row), None).AsTask()).ToArray();
        await store.DisposeAsync();
        await Task.WhenAll(commits).ContinueWith(_ => { }, TaskScheduler.Default);
        await using var again = await place.OpenAsync();
        for (var i = 0; i < rows.Length; i++)
        {
            var isThere = await again.FindAsync(Tenant, rows[i].Id, None) is not null;
            Assert.Equal(commits[i].IsCompletedSuccessfully, isThere);
        }
    }
}
