using Keyreeve.Core;
using Keyreeve.Core.Storage;
using Keyreeve.Storage.Sqlite;
using Keyreeve.Storage.Sqlite.Interop;
using Xunit;

namespace Keyreeve.Conformance.Storage.Sqlite;

/// <summary>Files of earlier versions are brought up to date, step by step, and a step that fails leaves no trace.</summary>
public sealed class SqliteMigrationTests : StoreContract
{
    private static readonly SchemaStep Second = new(2, "ALTER TABLE documents ADD COLUMN note TEXT NOT NULL DEFAULT 'none'");
    private static readonly SchemaStep Third = new(3, "CREATE TABLE extras (id INTEGER PRIMARY KEY); INSERT INTO extras SELECT row FROM objects");
    private static readonly SchemaStep Broken = new(3, "CREATE TABLE extras (id INTEGER PRIMARY KEY); INSERT INTO no_such_table VALUES (1)");

    [Fact]
    public async Task OpenAsync_FileOfVersionOne_BroughtToTheNewestWithItsRows()
    {
        await using var place = new SqliteUnderTest();
        var row = await MakeVersionOne(place);
        await using (var store = await SqliteObjectStore.OpenAsync(place.Options with { SchemaSteps = [.. Schema.Steps, Second, Third] }))
        {
            AssertSame(row, await store.FindAsync(Tenant, row.Id, None));
            Assert.NotNull(await store.FindDocumentAsync("kind", "key", None));
        }

        Assert.Equal(3, Read(place, "PRAGMA user_version"));
        Assert.Equal(1, Read(place, "SELECT count(*) FROM extras"));
        Assert.Equal(1, Read(place, "SELECT count(*) FROM documents WHERE note = 'none'"));
    }

    [Fact]
    public async Task OpenAsync_StepFails_StepBeforeItStaysAndItsOwnChangesDoNot()
    {
        await using var place = new SqliteUnderTest();
        var row = await MakeVersionOne(place);
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(
            () => SqliteObjectStore.OpenAsync(place.Options with { SchemaSteps = [.. Schema.Steps, Second, Broken] }));
        Assert.NotNull(refusal.InnerException);
        Assert.Equal(2, Read(place, "PRAGMA user_version"));
        Assert.Equal(0, Read(place, "SELECT count(*) FROM sqlite_schema WHERE name = 'extras'"));

        // The directory is free again, and a mended program goes on from there.
        await using var store = await SqliteObjectStore.OpenAsync(place.Options with { SchemaSteps = [.. Schema.Steps, Second, Third] });
        AssertSame(row, await store.FindAsync(Tenant, row.Id, None));
    }

    [Fact]
    public void Steps_AsReleased_NumberedWithoutGaps() =>
        Assert.Equal(Enumerable.Range(1, Schema.Steps.Count), Schema.Steps.Select(step => step.Version));

    private static async Task<StoredObject> MakeVersionOne(SqliteUnderTest place)
    {
        var row = NewRow("kept", Entry("term", "value"));
        await using (var store = await SqliteObjectStore.OpenAsync(place.Options with { SchemaSteps = [Schema.Steps[0]] }))
            await store.CommitAsync(Insert(row) with { Documents = [new StoredDocument("kind", "key", 1, Bytes("body"))] }, None);
        Assert.Equal(1, Read(place, "PRAGMA user_version"));
        return row;
    }

    private static long Read(SqliteUnderTest place, string sql)
    {
        using var connection = SqliteConnection.Open(place.DatabasePath);
        return connection.ReadInt64(sql);
    }
}
