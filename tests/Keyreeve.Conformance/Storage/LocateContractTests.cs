using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Xunit;

namespace Keyreeve.Conformance.Storage;

/// <summary>Locate: conditions, ranges, order, paging, counting.</summary>
public sealed class LocateContractTests : StoreContract
{
    public static TheoryData<string> Stores => StoresUnderTest.Names;

    [Theory, MemberData(nameof(Stores))]
    public async Task LocateAsync_NoConditions_EverythingNewestFirst(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        Assert.Equal((0, 0L), await Counts(store, Query() with { CountAll = true }));
        var rows = Enumerable.Range(0, 10).Select(_ => NewRow()).ToArray();
        foreach (var row in rows.Reverse()) await store.CommitAsync(Insert(row), None);
        var result = await store.LocateAsync(Query(), None);
        Assert.Equal(rows.Reverse().Select(r => r.Id), result.Ids);
        Assert.Null(result.Total);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task LocateAsync_SeveralConditions_AllHold(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var match = NewRow(null, Entry("state", 2), Entry("group", "payments"), Entry("algorithm", "AES"));
        await store.CommitAsync(
            Insert(
                NewRow(null, Entry("state", 1), Entry("group", "payments")),
                match,
                NewRow(null, Entry("state", 2), Entry("group", "cards"), Entry("algorithm", "AES")),
                NewRow(null, Entry("group", "payments"), Entry("algorithm", "AES"))),
            None);
        Assert.Equal([match.Id], await Located(store, Query(Equal("state", 2), Equal("group", "payments"), Equal("algorithm", "AES"))));
        Assert.Empty(await Located(store, Query(Equal("state", 1), Equal("algorithm", "AES"))));
        Assert.Empty(await Located(store, Query(Equal("state", 2), Equal("no such term", "x"))));
        Assert.Empty(await Located(store, Query(Equal("group", "payment"))));
        Assert.Empty(await Located(store, Query(Equal("group", "payments/"))));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task LocateAsync_SeveralValuesOfOneTerm_EachFindsTheObjectOnce(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow(null, Entry("tag", 1), Entry("tag", 5), Entry("tag", 9), Entry("tag", 5));
        await store.CommitAsync(Insert(row, NewRow(null, Entry("tag", 3))), None);
        Assert.Equal([row.Id], await Located(store, Query(Equal("tag", 5))));
        Assert.Equal([row.Id], await Located(store, Query(Between("tag", 4, 10))));
        Assert.Equal([row.Id], await Located(store, Query(Equal("tag", 1), Equal("tag", 9))));
        Assert.Equal([row.Id], await Located(store, Query(Between("tag", 0, 2), Between("tag", 8, 10))));
        Assert.Equal((1, 1L), await Counts(store, Query(Between("tag", 4, 10)) with { CountAll = true }));
        Assert.Equal((2, 2L), await Counts(store, Query(Between("tag", 0, int.MaxValue), Between("tag", 0, 100)) with { CountAll = true }));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task LocateAsync_Ranges_BothEndsIncluded(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var rows = Enumerable.Range(0, 10).Select(i => NewRow(null, Entry("date", i), Entry("text", new string('x', i)))).ToArray();
        await store.CommitAsync(Insert(rows), None);
        Assert.Equal([rows[5].Id, rows[4].Id, rows[3].Id], await Located(store, Query(Between("date", 3, 5))));
        Assert.Equal([rows[3].Id], await Located(store, Query(Between("date", 3, 3))));
        Assert.Empty(await Located(store, Query(Between("date", 5, 3))));
        Assert.Empty(await Located(store, Query(Between("date", 100, 200))));
        Assert.Empty(await Located(store, Query(new IndexCondition("date", []))));

        // Alternatives, some of which overlap, touch, or are empty.
        var alternatives = new IndexCondition(
            "date", [Range(8, 8), Range(1, 3), Range(2, 4), Range(4, 4), Range(9, 7), Range(1, 1)]);
        Assert.Equal([rows[8].Id, rows[4].Id, rows[3].Id, rows[2].Id, rows[1].Id], await Located(store, Query(alternatives)));

        // Bytes compare as bytes: a value comes before those it is the beginning of.
        var text = new IndexCondition("text", [new IndexRange(Bytes(""), Bytes("xx"))]);
        Assert.Equal([rows[2].Id, rows[1].Id, rows[0].Id], await Located(store, Query(text)));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task LocateAsync_BeforeOffsetAndLimit_PagesWithoutGapOrRepetition(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var rows = Enumerable.Range(0, 25).Select(i => NewRow(null, Entry("all", 1), Entry("date", i))).ToArray();
        await store.CommitAsync(Insert(rows), None);
        var expected = rows.Reverse().Select(r => r.Id).ToArray();
        foreach (var query in new[] { Query(), Query(Equal("all", 1)), Query(Between("date", 0, 24)), Query(Equal("all", 1), Between("date", 0, 24)) })
        {
            var byOffset = new List<UniqueIdentifier>();
            var byPlace = new List<UniqueIdentifier>();
            for (var i = 0; i < 30; i += 7)
            {
                byOffset.AddRange(await Located(store, query with { Offset = i, Limit = 7 }));
                UniqueIdentifier? before = byPlace.Count == 0 ? null : byPlace[^1];
                var page = await store.LocateAsync(query with { Before = before, Limit = 7, CountAll = true }, None);
                byPlace.AddRange(page.Ids);
                Assert.Equal(25, page.Total); // of all, whichever page this is
            }

            Assert.Equal(expected, byOffset);
            Assert.Equal(expected, byPlace);
            Assert.Equal(expected[13..16], await Located(store, query with { Before = expected[10], Offset = 2, Limit = 3 }));
            Assert.Equal((0, 25L), await Counts(store, query with { Offset = 25, CountAll = true }));
        }
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task LocateAsync_QueryOutOfRange_ArgumentException(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.LocateAsync(Query() with { Limit = 0 }, None));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.LocateAsync(Query() with { Offset = -1 }, None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task LocateAsync_AfterUpdate_NewEntriesAlone(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow(null, Entry("state", 1), Entry("kept", "x"), Entry("tag", 1), Entry("tag", 2));
        await store.CommitAsync(Insert(row), None);
        row = Next(row) with { Index = [Entry("tag", 2), Entry("state", 2), Entry("kept", "x"), Entry("added", "y"), Entry("tag", 3)] };
        await store.CommitAsync(Update(row), None);
        Assert.Empty(await Located(store, Query(Equal("state", 1))));
        Assert.Empty(await Located(store, Query(Equal("tag", 1))));
        foreach (var condition in new[] { Equal("state", 2), Equal("kept", "x"), Equal("tag", 2), Equal("tag", 3), Equal("added", "y") })
            Assert.Equal([row.Id], await Located(store, Query(condition)));
        await store.CommitAsync(Update(Next(row) with { Index = [] }), None);
        Assert.Empty(await Located(store, Query(Between("state", 0, 9))));
        Assert.Equal([row.Id], await Located(store, Query()));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task LocateAsync_RandomObjectsAndQueries_AgreesWithASimpleSearch(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var random = new Random(20300101);
        var rows = new List<StoredObject>();
        for (var i = 0; i < 400; i++) rows.Add(NewRow(null, RandomEntries(random)));
        await store.CommitAsync(Insert([.. rows]), None);
        for (var i = 0; i < 200; i++)
        {
            var at = random.Next(rows.Count);
            rows[at] = Next(rows[at]) with { Index = RandomEntries(random) };
            await store.CommitAsync(Update(rows[at]), None);
        }

        for (var i = 0; i < 600; i++)
        {
            var query = RandomQuery(random, rows);
            await LocateModel.AssertAgrees(store, query, rows);
        }
    }

    // Terms with few values, such as a State, and with many, such as a date.
    private static int ValuesOf(int term) => term % 2 == 0 ? 12 : 300;

    private static IndexEntry[] RandomEntries(Random random) => [.. Enumerable.Range(0, random.Next(8)).Select(_ =>
    {
        var term = random.Next(4);
        return Entry($"term {term}", random.Next(ValuesOf(term)));
    })];

    private static ObjectQuery RandomQuery(Random random, List<StoredObject> rows)
    {
        var conditions = new IndexCondition[random.Next(4)];
        for (var c = 0; c < conditions.Length; c++)
        {
            var term = random.Next(5);
            var ranges = new IndexRange[random.Next(10) == 0 ? 0 : random.Next(1, 4)];
            var isPoint = random.Next(2) == 0;
            for (var r = 0; r < ranges.Length; r++)
            {
                var from = random.Next(ValuesOf(term) + 1);
                ranges[r] = Range(from, isPoint ? from : from + random.Next(-1, ValuesOf(term) / 2));
            }

            conditions[c] = new IndexCondition($"term {term}", ranges);
        }

        return Query(conditions) with
        {
            Before = random.Next(3) == 0 ? rows[random.Next(rows.Count)].Id : null,
            Offset = random.Next(3) == 0 ? random.Next(30) : 0,
            Limit = random.Next(4) == 0 ? 1000 : random.Next(1, 40),
            CountAll = random.Next(2) == 0,
        };
    }

    private static IndexRange Range(int from, int to) => new(Number(from), Number(to));

    private static async Task<(int Ids, long? Total)> Counts(IObjectStore store, ObjectQuery query)
    {
        var result = await store.LocateAsync(query, None);
        return (result.Ids.Count, result.Total);
    }
}
