using Keyreeve.Storage.Sqlite;

namespace Keyreeve.Benchmarks;

/// <summary>The store's lines of the table.</summary>
internal sealed class StoreComparisons : IAsyncDisposable
{
    private const int Callers = 64;
    private const double LocateBoundInMilliseconds = 5;
    private const double OpenBoundInMilliseconds = 2000;

    private readonly SqliteObjectStore _store;
    private readonly StoreCeiling _ceiling;
    private readonly StoreBench.Counter _number = new();

    private StoreComparisons(SqliteObjectStore store, StoreCeiling ceiling)
    {
        _store = store;
        _ceiling = ceiling;
        Creates = new Comparison
        {
            Name = "store-create",
            Unit = "creates/s",
            Ours = duration => StoreBench.CreatesAsync(_store, Callers, duration, _number),
            Reference = duration => Task.Run(() => _ceiling.Run(duration, Callers)),
            ReferenceName = $"bare SQLite, {Callers} rows a transaction",
        };
    }

    /// <summary>Durable creates by many callers, against the same rows written with nothing around them.</summary>
    public Comparison Creates { get; }

    /// <summary>Opens both stores in an empty directory.</summary>
    public static async Task<StoreComparisons> StartAsync(string directory)
    {
        var reference = Directory.CreateDirectory(Path.Combine(directory, "ceiling"));
        var store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = Path.Combine(directory, "store") });
        return new StoreComparisons(store, new StoreCeiling(reference.FullName));
    }

    /// <summary>
    /// Start, memory and Locate of a store with so many objects, each against what is asked of a million. Fills the
    /// directory first if need be, which takes minutes for a million; it can be kept for the next run.
    /// </summary>
    public static async Task<IReadOnlyList<Row>> LocatesAsync(string directory, int objects, int queries, Action<int> progress)
    {
        await StoreBench.FillAsync(directory, objects, progress);
        var figures = await StoreBench.LocateAsync(directory, objects, queries);
        return
        [
            AgainstBound("store-open", "ms", figures.OpenInMilliseconds, OpenBoundInMilliseconds),
            new Row("store-memory", "MB private", figures.PrivateMemoryInBytes / 1e6, null, null, null, 0),
            .. figures.Locates.Select(l => AgainstBound($"locate {l.Name}", "ms p99", l.P99InMilliseconds, LocateBoundInMilliseconds)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _ceiling.Dispose();
    }

    // Of times the smaller is the better one: the ratio says how often ours fits into the bound.
    private static Row AgainstBound(string name, string unit, double ours, double bound) => new(name, unit, ours, bound, "what is asked", bound / ours, 0);
}
