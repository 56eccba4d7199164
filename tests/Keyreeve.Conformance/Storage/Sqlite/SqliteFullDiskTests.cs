using System.Diagnostics;
using Keyreeve.Core;
using Keyreeve.Core.Storage;
using Keyreeve.Storage.Sqlite;
using Keyreeve.Storage.Sqlite.Interop;
using Xunit;

namespace Keyreeve.Conformance.Storage.Sqlite;

/// <summary>No space: refused, nothing half done, reads go on; and it works again when there is space.</summary>
public sealed class SqliteFullDiskTests : StoreContract
{
    [Fact]
    public async Task CommitAsync_LargestSizeReached_RefusedUntilThereIsRoom()
    {
        await using var place = new SqliteUnderTest();
        await using (var store = await SqliteObjectStore.OpenAsync(place.Options with { MaxFileSizeInBytes = 2 << 20 }))
            await FillAndAssertWhole(store);
        await using var larger = await place.OpenAsync();
        await larger.CommitAsync(Insert(Large(2 << 20)), None);
    }

    [Fact]
    public async Task CommitAsync_LargeOneAmongSmallOnes_LargeOneAloneIsRefused()
    {
        await using var place = new SqliteUnderTest();
        await using var store = await SqliteObjectStore.OpenAsync(place.Options with { MaxFileSizeInBytes = 2 << 20 });
        var large = store.CommitAsync(Insert(Large(4 << 20)), None);
        // In one transaction with it, or in those after it: it is not told from outside.
        var small = Enumerable.Range(0, 50).Select(i => NewRow($"name {i}", Entry($"a term first used by {i}", i))).ToArray();
        await Task.WhenAll(small.Select(row => store.CommitAsync(Insert(row), None).AsTask()));
        Assert.Equal(KeyreeveError.StoreUnavailable, await RefusalOf(large));
        for (var i = 0; i < small.Length; i++)
            Assert.Equal([small[i].Id], await Located(store, Query(Equal($"a term first used by {i}", i))));
        Assert.Equal(50, (await store.LocateAsync(Query() with { CountAll = true }, None)).Total);
    }

    [Fact]
    public async Task CommitAsync_DiskFull_RefusedUntilThereIsRoom()
    {
        var mount = Directory.CreateTempSubdirectory("keyreeve-disk-").FullName;
        if (!await Run("mount", "-t", "tmpfs", "-o", "size=6m,mode=0700", "tmpfs", mount))
        {
            Directory.Delete(mount);
            Assert.Skip("Mounting a small disk needs root.");
        }

        try
        {
            var ballast = Path.Combine(mount, "ballast");
            await File.WriteAllBytesAsync(ballast, new byte[1 << 20]);
            await using (var store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = Path.Combine(mount, "data") }))
            {
                var kept = await FillAndAssertWhole(store);
                File.Delete(ballast);
                var after = NewRow("after", Entry("number", -1));
                await store.CommitAsync(Insert(after), None);
                AssertSame(after, await store.FindAsync(Tenant, after.Id, None));
                Assert.Equal(kept + 1, (await store.LocateAsync(Query() with { CountAll = true }, None)).Total);
            }

            using var connection = SqliteConnection.Open(Path.Combine(mount, "data", "keyreeve.db"));
            Assert.Equal("ok", connection.ReadText("PRAGMA integrity_check"));
        }
        finally
        {
            Assert.True(await Run("umount", mount));
            Directory.Delete(mount);
        }
    }

    // Commits until there is no space, and returns how many objects there are then.
    private static async Task<int> FillAndAssertWhole(SqliteObjectStore store)
    {
        var kept = new List<StoredObject>();
        KeyreeveException? refusal = null;
        while (refusal is null)
        {
            var rows = Enumerable.Range(0, 8).Select(_ => Large(6000)).ToArray();
            var commits = rows.Select(row => store.CommitAsync(Insert(row) with { Audit = new PendingAudit(row.Id, Bytes("{}")) }, None).AsTask()).ToArray();
            for (var i = 0; i < rows.Length; i++)
            {
                try
                {
                    await commits[i];
                    kept.Add(rows[i]);
                }
                catch (KeyreeveException e)
                {
                    refusal = e;
                }
            }
        }

        Assert.Equal(KeyreeveError.StoreUnavailable, refusal.Error);
        Assert.Contains("full", refusal.Message, StringComparison.Ordinal);
        Assert.NotEmpty(kept);
        foreach (var row in kept) AssertSame(row, await store.FindAsync(Tenant, row.Id, None));
        var everything = Query() with { Limit = int.MaxValue };
        Assert.Equal(kept.Select(row => row.Id).OrderDescending(), await Located(store, everything));
        Assert.Equal(kept.Select(row => row.Id).Order(), (await store.ListPendingAuditAsync(None)).Select(record => record.Id).Order());
        return kept.Count;
    }

    private static StoredObject Large(int sizeInBytes) => NewRow() with { Material = new byte[sizeInBytes] };

    private static async Task<bool> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
