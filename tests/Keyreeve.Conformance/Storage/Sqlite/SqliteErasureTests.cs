using Keyreeve.Core.Storage;
using Xunit;

namespace Keyreeve.Conformance.Storage.Sqlite;

/// <summary>What was deleted or replaced stands in no file of the store any more, not in its free pages either.</summary>
public sealed class SqliteErasureTests : StoreContract
{
    [Fact]
    [Trait("Attack", "48")]
    public async Task CommitAsync_RowsDeletedAndReplaced_NothingOfThemIsInTheFiles()
    {
        await using var place = new SqliteUnderTest();
        var gone = Enumerable.Range(0, 200).Select(static i => NewRow() with { Material = Bytes($"wrapped-of-the-deleted-{i:D4}-{new string('x', 300)}") }).ToArray();
        var kept = NewRow() with { Material = Bytes("wrapped-of-before") };
        await using (var store = await place.OpenAsync())
        {
            await store.CommitAsync(Insert([.. gone, kept]), None);
        }

        Assert.True(IsIn(place.DataDirectory, "wrapped-of-the-deleted-0100") && IsIn(place.DataDirectory, "wrapped-of-before"), "The test looks for what is there.");
        await using (var store = await place.OpenAsync())
        {
            await store.CommitAsync(new StoreChanges { Deletes = [.. gone.Select(static row => new ObjectDeletion(row.Tenant, row.Id, row.RowVersion))] }, None);
            await store.CommitAsync(Update(Next(kept) with { Material = Bytes("wrapped-after") }), None);
        }

        Assert.False(IsIn(place.DataDirectory, "wrapped-of-the-deleted"));
        Assert.False(IsIn(place.DataDirectory, "wrapped-of-before"));
        Assert.True(IsIn(place.DataDirectory, "wrapped-after"));
    }

    private static bool IsIn(string folder, string text) =>
        Directory.EnumerateFiles(folder).Any(file => File.ReadAllBytes(file).AsSpan().IndexOf(Bytes(text).Span) >= 0);
}
