using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Xunit;

namespace Keyreeve.Conformance.Storage.Sqlite;

/// <summary>The process is killed while it commits: what it acknowledged is there, and nothing is half there.</summary>
public sealed class SqliteCrashTests : StoreContract
{
    private const int Cycles = 20;

    [Fact]
    public async Task CommitAsync_ProcessKilledAtRandomMoments_AcknowledgedThereNothingHalf()
    {
        await using var place = new SqliteUnderTest();
        var acknowledged = new HashSet<UniqueIdentifier>();
        var superseded = new HashSet<UniqueIdentifier>();
        var random = new Random(1);
        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            await KillAfter(place.DataDirectory, random.Next(1, 250), acknowledged, superseded);
            await using var store = await place.OpenAsync();
            await AssertWhole(store, acknowledged, superseded);
        }

        Assert.True(acknowledged.Count >= Cycles, $"{acknowledged.Count} commits in {Cycles} cycles");
    }

    // Reads on after the kill: what stands in the pipe was acknowledged before it.
    private static async Task KillAfter(
        string dataDirectory, int milliseconds, HashSet<UniqueIdentifier> acknowledged, HashSet<UniqueIdentifier> superseded)
    {
        using var child = StoreCrashChild.Start(dataDirectory);
        var isKilled = false;
        while (await child.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!isKilled)
            {
                isKilled = true;
                _ = Task.Delay(milliseconds).ContinueWith(_ => child.Kill(), TaskScheduler.Default);
            }

            // The last line may be cut off by the kill.
            if (line.Split(' ') is not [var id, var old] || old is not ("-" or { Length: 36 })) continue;
            acknowledged.Add(UniqueIdentifier.Parse(id));
            if (old is not "-") superseded.Add(UniqueIdentifier.Parse(old));
        }

        await child.WaitForExitAsync();
        Assert.Equal(128 + 9, child.ExitCode);
    }

    private static async Task AssertWhole(IObjectStore store, HashSet<UniqueIdentifier> acknowledged, HashSet<UniqueIdentifier> superseded)
    {
        var twins = (await store.LocateAsync(new ObjectQuery { Tenant = Tenant, Conditions = [], Limit = int.MaxValue }, None)).Ids.ToHashSet();
        var records = (await store.ListPendingAuditAsync(None)).Select(record => record.Id).ToHashSet();
        var documents = (await store.ListDocumentsAsync("crash", None)).Select(document => document.Key).ToHashSet(StringComparer.Ordinal);
        Assert.Subset(records, acknowledged);
        Assert.Equal(2 * records.Count, twins.Count);
        Assert.Equal(records.Count, documents.Count);

        // Of every commit that left a trace, all of it is there: also of those that were never acknowledged.
        foreach (var id in records)
        {
            var key = id.ToString();
            Assert.Contains(id, twins);
            Assert.Contains(StoreCrashChild.Twin(id), twins);
            Assert.Contains(key, documents);
            var row = await store.FindAsync(Tenant, id, None);
            var isSuperseded = row!.RowVersion == 2;
            Assert.True(isSuperseded || !superseded.Contains(id));
            Assert.Equal(isSuperseded ? null : id, await store.FindByNameAsync(Tenant, key, None));
            Assert.Equal(isSuperseded ? [] : new[] { id }, await Located(store, Query(Equal("id", key))));
            Assert.NotNull(await store.FindAnswerAsync(Tenant, "crash", key, None));
        }
    }
}
