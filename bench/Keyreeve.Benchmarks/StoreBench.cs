using System.Diagnostics;
using System.Globalization;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Keyreeve.Storage.Sqlite;

namespace Keyreeve.Benchmarks;

/// <summary>One Locate, measured.</summary>
/// <param name="Name">What was looked for.</param>
/// <param name="Found">How many objects each query returned.</param>
/// <param name="MedianInMilliseconds">Half of the queries took no longer.</param>
/// <param name="P99InMilliseconds">99 of 100 took no longer.</param>
internal sealed record LocateFigure(string Name, int Found, double MedianInMilliseconds, double P99InMilliseconds);

/// <summary>A store of many objects, measured.</summary>
/// <param name="Objects">How many it holds.</param>
/// <param name="FileSizeInBytes">The database file.</param>
/// <param name="OpenInMilliseconds">Until the first object was read.</param>
/// <param name="PrivateMemoryInBytes">The process's own memory after the queries: not counting files that the kernel maps.</param>
/// <param name="Locates">The queries.</param>
internal sealed record StoreFigures(
    int Objects, long FileSizeInBytes, double OpenInMilliseconds, long PrivateMemoryInBytes, IReadOnlyList<LocateFigure> Locates);

/// <summary>The embedded store: durable creates against its own ceiling, and Locate among very many objects.</summary>
internal static class StoreBench
{
    /// <summary>Durable creates a second by so many concurrent callers, each with its audit record.</summary>
    public static async Task<double> CreatesAsync(SqliteObjectStore store, int callers, TimeSpan duration, Counter number)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var created = 0;
            for (; clock.Elapsed < duration; created++)
            {
                var row = StoreRows.New(number.Next());
                var audit = StoreRows.NewAudit(row);
                await store.CommitAsync(new StoreChanges { Inserts = [row], Audit = audit }, CancellationToken.None);
                store.AcknowledgeAudit(audit.Id);
            }

            return created;
        })));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Fills the store of that directory up to so many objects; does nothing if it has them.</summary>
    public static async Task FillAsync(string directory, int objects, Action<int> progress)
    {
        const int Batch = 1000;
        await using var store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = directory });
        var all = new ObjectQuery { Tenant = TenantId.Default, Conditions = [], Limit = 1, CountAll = true };
        var filled = (int)(await store.LocateAsync(all, CancellationToken.None)).Total!.Value;
        for (; filled < objects; filled += Batch)
        {
            var rows = Enumerable.Range(filled, Math.Min(Batch, objects - filled)).Select(StoreRows.New).ToArray();
            await store.CommitAsync(new StoreChanges { Inserts = rows }, CancellationToken.None);
            progress(filled + rows.Length);
        }
    }

    /// <summary>Opens a filled store and measures Locate by everything the issue names.</summary>
    public static async Task<StoreFigures> LocateAsync(string directory, int objects, int queries)
    {
        var clock = Stopwatch.StartNew();
        await using var store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = directory });
        var first = await store.LocateAsync(Query([]), CancellationToken.None);
        _ = await store.FindAsync(TenantId.Default, first.Ids[0], CancellationToken.None);
        var open = clock.Elapsed.TotalMilliseconds;

        (string Name, Func<int, IReadOnlyList<IndexCondition>> Conditions)[] kinds =
        [
            ("name", n => [StoreRows.ByName(n)]),
            ("name that nobody has", n => [StoreRows.ByName(objects + n)]),
            ("group", n => [StoreRows.ByGroup(n)]),
            ("state Active (97 %)", _ => [StoreRows.ByState(State.Active)]),
            ("state Pre-Active (1 %)", _ => [StoreRows.ByState(State.PreActive)]),
            ("custom attribute", n => [StoreRows.BySite(n)]),
            ("group and state", n => [StoreRows.ByGroup((n / 100 * 100) + 2), StoreRows.ByState(State.Deactivated)]),
            ("custom attribute and state", n => [StoreRows.BySite(n), StoreRows.ByState(State.Active)]),
            ("date range and group", n => [StoreRows.ByInitialDate(0, objects / 100), StoreRows.ByGroup(n)]),
            ("dates of a minute", n => [StoreRows.ByInitialDate(n / 100, (n / 100) + 60)]),
            ("everything", _ => []),
        ];
        var figures = new List<LocateFigure>();
        foreach (var (name, conditions) in kinds) figures.Add(await MeasureAsync(store, name, conditions, objects, queries));
        return new StoreFigures(objects, new FileInfo(Path.Combine(directory, "keyreeve.db")).Length, open, PrivateMemory(), figures);
    }

    private static async Task<LocateFigure> MeasureAsync(
        SqliteObjectStore store, string name, Func<int, IReadOnlyList<IndexCondition>> conditions, int objects, int queries)
    {
        var times = new double[queries];
        var found = 0;
        for (var i = 0; i < queries; i++)
        {
            var query = Query(conditions(unchecked((int)((uint)i * 2_654_435_761 % (uint)objects))));
            var start = Stopwatch.GetTimestamp();
            found = (await store.LocateAsync(query, CancellationToken.None)).Ids.Count;
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return new LocateFigure(name, found, times[queries / 2], times[queries * 99 / 100]);
    }

    private static ObjectQuery Query(IReadOnlyList<IndexCondition> conditions) =>
        new() { Tenant = TenantId.Default, Conditions = conditions, Limit = 16 };

    private static long PrivateMemory()
    {
        const string Field = "RssAnon:";
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Field, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(Field.Length).Trim()[..^3], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Numbers for rows, each given once.</summary>
    internal sealed class Counter
    {
        private int _value;

        public int Next() => Interlocked.Increment(ref _value);
    }
}
