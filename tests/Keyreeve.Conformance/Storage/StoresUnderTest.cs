using Keyreeve.Core.Storage;
using Keyreeve.Storage.Sqlite;
using Xunit;

namespace Keyreeve.Conformance.Storage;

/// <summary>A place that a store lives in; it can be opened again and finds what was there.</summary>
public interface IStoreUnderTest : IAsyncDisposable
{
    /// <summary>The store's clock.</summary>
    ManualClock Clock { get; }

    /// <summary>Opens the store; the caller disposes of it.</summary>
    Task<IObjectStore> OpenAsync();
}

/// <summary>Every store there is: each has to pass each test of the contract. A new store adds its line here and nothing else.</summary>
public static class StoresUnderTest
{
    private static readonly Dictionary<string, Func<IStoreUnderTest>> Factories = new(StringComparer.Ordinal)
    {
        ["SQLite"] = static () => new SqliteUnderTest(),
    };

    public static TheoryData<string> Names => [.. Factories.Keys];

    public static IStoreUnderTest New(string name) => Factories[name]();
}

/// <summary>The embedded store in a directory of its own.</summary>
public sealed class SqliteUnderTest : IStoreUnderTest
{
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("keyreeve-store-");

    public ManualClock Clock { get; } = new();

    public string DataDirectory => Path.Combine(_parent.FullName, "data");

    public string DatabasePath => Path.Combine(DataDirectory, "keyreeve.db");

    public SqliteStoreOptions Options => new() { DataDirectory = DataDirectory, TimeProvider = Clock };

    public async Task<IObjectStore> OpenAsync() => await SqliteObjectStore.OpenAsync(Options);

    public ValueTask DisposeAsync()
    {
        _parent.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A clock that goes on only when it is told to.</summary>
public sealed class ManualClock : TimeProvider
{
    private long _ticks = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public DateTimeOffset Now => GetUtcNow();

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
}
