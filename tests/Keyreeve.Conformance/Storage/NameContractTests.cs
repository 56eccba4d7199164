using Keyreeve.Core;
using Keyreeve.Core.Storage;
using Xunit;

namespace Keyreeve.Conformance.Storage;

/// <summary>Names: unique in a tenant, compared ordinally, and able to move.</summary>
public sealed class NameContractTests : StoreContract
{
    public static TheoryData<string> Stores => StoresUnderTest.Names;

    [Theory, MemberData(nameof(Stores))]
    public async Task FindByNameAsync_EachOfSeveralNames_TheObject(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow() with { Names = ["first", "second", "first"] };
        await store.CommitAsync(Insert(row), None);
        Assert.Equal(row.Id, await store.FindByNameAsync(Tenant, "first", None));
        Assert.Equal(row.Id, await store.FindByNameAsync(Tenant, "second", None));
        Assert.Null(await store.FindByNameAsync(Tenant, "third", None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task FindByNameAsync_NamesThatOnlyLookAlike_AreDifferent(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        // Case, blanks, a Cyrillic look-alike, the two forms of é, NUL, and beyond the first plane.
        string[] alike = ["key", "Key", "key ", " key", "k\u0435y", "caf\u00E9", "cafe\u0301", "key\0", "key\0a", "\uFFFD", "\U0001F511", "k%", "k_y"];
        var rows = alike.Select(text => NewRow(text)).ToArray();
        foreach (var row in rows) await store.CommitAsync(Insert(row), None);
        for (var i = 0; i < rows.Length; i++) Assert.Equal(rows[i].Id, await store.FindByNameAsync(Tenant, alike[i], None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_NameTaken_NonUniqueName(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var holder = NewRow("taken");
        var other = NewRow("free");
        await store.CommitAsync(Insert(holder, other), None);
        var newcomer = NewRow("taken");
        Assert.Equal(KeyreeveError.NonUniqueName, await RefusalOf(store.CommitAsync(Insert(newcomer), None)));
        Assert.Equal(KeyreeveError.NonUniqueName, await RefusalOf(store.CommitAsync(Update(Next(other) with { Names = ["free", "taken"] }), None)));
        Assert.Equal(KeyreeveError.NonUniqueName, await RefusalOf(store.CommitAsync(Insert(NewRow("both"), NewRow("both")), None)));
        Assert.Null(await store.FindAsync(Tenant, newcomer.Id, None));
        Assert.Null(await store.FindByNameAsync(Tenant, "both", None));
        Assert.Equal(holder.Id, await store.FindByNameAsync(Tenant, "taken", None));
        Assert.Equal(1, (await store.FindAsync(Tenant, other.Id, None))!.RowVersion);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_NameGivenUp_IsFree(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow("old name");
        await store.CommitAsync(Insert(row), None);
        row = Next(row) with { Names = ["new name"] };
        await store.CommitAsync(Update(row), None);
        Assert.Null(await store.FindByNameAsync(Tenant, "old name", None));
        Assert.Equal(row.Id, await store.FindByNameAsync(Tenant, "new name", None));
        var successor = NewRow("old name");
        await store.CommitAsync(Insert(successor), None);
        Assert.Equal(successor.Id, await store.FindByNameAsync(Tenant, "old name", None));
        await store.CommitAsync(Update(Next(row) with { Names = [] }), None);
        Assert.Null(await store.FindByNameAsync(Tenant, "new name", None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_NameMovesInOneCommit_NewHolder(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var first = NewRow("the key");
        await store.CommitAsync(Insert(first), None);

        // A re-key: the replacement takes the Name over.
        var replacement = NewRow("the key") with { KeyIdentifier = first.Id, KeyVersion = 2 };
        await store.CommitAsync(new StoreChanges { Inserts = [replacement], Updates = [Next(first) with { Names = [] }] }, None);
        Assert.Equal(replacement.Id, await store.FindByNameAsync(Tenant, "the key", None));

        // Two objects exchange theirs.
        var one = NewRow("one");
        var two = NewRow("two");
        await store.CommitAsync(Insert(one, two), None);
        await store.CommitAsync(Update(Next(one) with { Names = ["two"] }, Next(two) with { Names = ["one"] }), None);
        Assert.Equal(two.Id, await store.FindByNameAsync(Tenant, "one", None));
        Assert.Equal(one.Id, await store.FindByNameAsync(Tenant, "two", None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_RaceForOneName_OneWinner(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var rows = Enumerable.Range(0, 64).Select(_ => NewRow("contested")).ToArray();
        var results = await Task.WhenAll(rows.Select(row => Task.Run(async () =>
        {
            try
            {
                await store.CommitAsync(Insert(row), None);
                return KeyreeveError.None;
            }
            catch (KeyreeveException e)
            {
                return e.Error;
            }
        })));
        var winner = Assert.Single(rows, row => results[Array.IndexOf(rows, row)] == KeyreeveError.None);
        Assert.Equal(63, results.Count(result => result == KeyreeveError.NonUniqueName));
        Assert.Equal(winner.Id, await store.FindByNameAsync(Tenant, "contested", None));
        Assert.Equal([winner.Id], await Located(store, Query()));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_NameThatIsNotUnicode_ArgumentException(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.CommitAsync(Insert(NewRow("\uD800")), None));
    }
}
