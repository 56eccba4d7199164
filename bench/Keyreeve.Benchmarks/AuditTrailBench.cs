using System.Diagnostics;
using System.Globalization;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Audit.Indexing;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;
using Keyreeve.Storage.Sqlite;

namespace Keyreeve.Benchmarks;

/// <summary>A trail of many records as a busy year leaves it, its index, and how long a search in it takes.</summary>
internal static class AuditTrailBench
{
    private const double BoundInMilliseconds = 200;
    private const int Searches = 15;
    private const int ColdSearches = 5;
    private const int PageSize = 50;

    private static readonly DateTimeOffset Begin = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] Operations = ["Encrypt", "Decrypt", "Decrypt", "Decrypt", "Get", "GetAttributes", "GenerateDataKey", "Locate", "Rotate"];
    private static readonly string?[] Purposes = ["billing", "refund", "support", "backup", "reporting", null, null];

    /// <summary>Makes the trail if it is not there, builds its index, and searches.</summary>
    public static async Task<IReadOnlyList<Row>> RunAsync(string directory, int records, Action<string> progress, CancellationToken cancellationToken)
    {
        var trail = Path.Combine(directory, AuditDirectory.Name);
        var started = Stopwatch.GetTimestamp();
        await FillAsync(directory, records, progress, cancellationToken);
        progress(string.Create(CultureInfo.InvariantCulture, $"written in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s, {SizeOf(trail) / 1e9:0.0} GB"));

        using var seed = SecretBytes.CopyFrom(new byte[32]);
        await using var store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = directory }, cancellationToken);
        await using var chain = await AuditChain.OpenAsync(OptionsFor(directory), seed, store, cancellationToken);
        var rows = new List<Row>();
        long before;
        TimeSpan built;
        started = Stopwatch.GetTimestamp();
        await using (var builder = AuditIndexer.Start(chain.Feed, directory, progress))
        {
            before = builder.Count;
            while (builder.Count < chain.Size) await Task.Delay(100, cancellationToken);
            built = Stopwatch.GetElapsedTime(started);
        }

        if (before == 0) rows.Add(new Row("audit-index-build", "records/s", chain.Size / built.TotalSeconds, null, null, null, 0));
        rows.Add(new Row("audit-index-size", "bytes/record", SizeOf(Path.Combine(directory, AuditIndex.DirectoryName)) / (double)chain.Size, null, null, null, 0));
        var filters = FiltersFor(trail).ToList();
        foreach (var (name, filter) in filters) rows.Add(await MeasureColdAsync(name, directory, chain, filter, cancellationToken));
        await using var indexer = AuditIndexer.Start(chain.Feed, directory, progress);
        // What a start reads through in the background is behind it.
        await Task.Delay(TimeSpan.FromSeconds(3), cancellationToken);
        foreach (var (name, filter) in filters) rows.Add(Measure(name, indexer, filter, cancellationToken));
        return rows;
    }

    // As the first search after a start of the machine: nothing of the trail or of its index is in the kernel's cache, and the index was opened just now.
    private static async Task<Row> MeasureColdAsync(string name, string directory, AuditChain chain, AuditFilter filter, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        var found = 0;
        for (var i = 0; i < ColdSearches; i++)
        {
            await using var indexer = AuditIndexer.Start(chain.Feed, directory, Console.Error.WriteLine);
            await Task.Delay(TimeSpan.FromMilliseconds(300), cancellationToken);
            foreach (var folder in (string[])[AuditIndex.DirectoryName, AuditDirectory.Name])
                foreach (var file in Directory.EnumerateFiles(Path.Combine(directory, folder))) FileCache.Forget(file);
            var started = Stopwatch.GetTimestamp();
            found = indexer.Find(filter, PageSize, 0, cancellationToken).Count;
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return RowOf("cold: " + name, found, times);
    }

    private static Row Measure(string name, AuditIndexer indexer, AuditFilter filter, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        var found = 0;
        for (var i = 0; i < Searches; i++)
        {
            var started = Stopwatch.GetTimestamp();
            found = indexer.Find(filter, PageSize, 0, cancellationToken).Count;
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return RowOf(name, found, times);
    }

    private static Row RowOf(string name, int found, List<double> times)
    {
        times.Sort();
        var median = times[times.Count / 2];
        return new Row(
            string.Create(CultureInfo.InvariantCulture, $"{name} ({found})"), "ms", median, BoundInMilliseconds, string.Create(CultureInfo.InvariantCulture, $"what is asked; slowest {times[^1]:0} ms"),
            BoundInMilliseconds / median, (times[^1] - times[0]) / 2 / median);
    }

    // What is common is found soon; the hard ones are rare and old, or not there at all.
    private static IEnumerable<(string Name, AuditFilter Filter)> FiltersFor(string trail)
    {
        var oldest = OldestRecord(trail);
        yield return ("newest", new AuditFilter { Tenant = "1" });
        yield return ("principal, common", new AuditFilter { Tenant = "1", Principal = "app-7" });
        yield return ("principal, once, old", new AuditFilter { Tenant = "1", Principal = "left-long-ago" });
        yield return ("key", new AuditFilter { Tenant = "1", Key = "shop/key-77" });
        yield return ("key, used once", new AuditFilter { Tenant = "1", Key = "shop/key-once" });
        yield return ("key + operation + result", new AuditFilter { Tenant = "1", Key = "shop/key-77", Operation = "Rotate", Result = "Denied" });
        yield return ("operation", new AuditFilter { Tenant = "1", Operation = "Rotate" });
        yield return ("result Denied", new AuditFilter { Tenant = "1", Result = "Denied" });
        yield return ("purpose, once", new AuditFilter { Tenant = "1", Purpose = "court-order" });
        yield return ("object", new AuditFilter { Tenant = "1", ObjectId = oldest["objectId"] });
        yield return ("an hour, long ago", new AuditFilter { Tenant = "1", From = Begin.AddHours(1), Until = Begin.AddHours(2) });
        yield return ("an hour + principal", new AuditFilter { Tenant = "1", From = Begin.AddDays(40), Until = Begin.AddDays(40).AddHours(1), Principal = "app-7" });
        yield return ("text, common", new AuditFilter { Tenant = "1", Text = "KEY-7" });
        yield return ("text, in one record", new AuditFilter { Tenant = "1", Text = "hand-written note" });
        yield return ("text, a correlation id", new AuditFilter { Tenant = "1", Text = oldest["correlationId"] });
        yield return ("text, nowhere", new AuditFilter { Tenant = "1", Text = "no such thing" });
    }

    private static AuditRecord OldestRecord(string trail)
    {
        using var reader = new AuditTrailReader(trail);
        return reader.Read() ? AuditRecord.Parse(reader.Line.ToArray()) : throw new IOException("The trail is empty.");
    }

    private static async Task FillAsync(string directory, int records, Action<string> progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var seed = SecretBytes.CopyFrom(new byte[32]);
        await using var store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = directory }, cancellationToken);
        await using var chain = await AuditChain.OpenAsync(OptionsFor(directory), seed, store, cancellationToken);
        AuditTicket last = default;
        for (var i = (int)chain.Size; i < records; i++)
        {
            last = chain.Append(EventOf(i));
            if (i % 5_000 == 0) await chain.WhenDurableAsync(last, cancellationToken);
            if (i % 1_000_000 == 0) progress(string.Create(CultureInfo.InvariantCulture, $"{i} of {records} records"));
        }

        if (last != default) await chain.WhenDurableAsync(last, cancellationToken);
    }

    private static AuditChainOptions OptionsFor(string directory) => new()
    {
        DataDirectory = directory,
        Time = TimeProvider.System,
        Alarm = Console.Error.WriteLine,
        Origin = new AuditOrigin("node-1", "kms-1", "192.0.2.1"),
        WaitLimit = TimeSpan.FromSeconds(60),
        HistoryInterval = TimeSpan.FromMinutes(1),
    };

    // A few hundred principals, some thousands of keys, a record each few milliseconds.
    private static AuditEvent EventOf(int i)
    {
        var mixed = unchecked((uint)i * 2654435761u);
        var time = Begin.AddMilliseconds(i * 300L);
        var isDenied = mixed % 400 == 3;
        return new AuditEvent
        {
            Id = UniqueIdentifier.New(time),
            Time = time,
            Tenant = TenantId.Default,
            Principal = i == 1000 ? "left-long-ago" : string.Create(CultureInfo.InvariantCulture, $"app-{mixed % 300}"),
            Credential = "5f2a7d4d0c2b8e1f5f2a7d4d0c2b8e1f5f2a7d4d0c2b8e1f5f2a7d4d0c2b8e1f",
            Operation = Operations[mixed / 7 % Operations.Length],
            Protocol = mixed % 3 == 0 ? Protocol.Kmip : Protocol.Rest,
            CorrelationId = string.Create(CultureInfo.InvariantCulture, $"4c1d90a2b3c4-{i:x8}"),
            RequestId = mixed % 5 == 0 ? string.Create(CultureInfo.InvariantCulture, $"req-{mixed:x}") : null,
            SourceAddress = string.Create(CultureInfo.InvariantCulture, $"10.{mixed % 7}.{mixed % 40}.{mixed % 250}"),
            SourcePort = 20000 + (i % 40000),
            ObjectId = UniqueIdentifier.FromGuid(new Guid(i % 50_000 + (i == 0 ? 99_999_999 : 0), 1, 7, 0x80, 1, 2, 3, 4, 5, 6, 7)),
            KeyName = i == 2000 ? "shop/key-once" : string.Create(CultureInfo.InvariantCulture, $"shop/key-{mixed / 3 % 5000}"),
            KeyVersion = 1 + (i / 3_000_000),
            Group = "shop",
            Algorithm = "AES",
            Purpose = i == 3000 ? "court-order" : Purposes[mixed / 11 % Purposes.Length],
            ContextNames = ["row", "table"],
            Decision = isDenied ? AuditDecision.Denied : AuditDecision.Allowed,
            DecidingRule = "KeyUser@shop",
            Result = isDenied ? AuditResult.Denied : AuditResult.Success,
            LatencyInMicroseconds = 40 + (mixed % 300),
            Bytes = mixed % 4096,
            Detail = i == 4000 ? "a hand-written note" : null,
        };
    }

    private static double SizeOf(string directory) => new DirectoryInfo(directory).EnumerateFiles().Sum(static file => (double)file.Length);
}
