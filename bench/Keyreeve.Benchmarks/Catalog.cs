namespace Keyreeve.Benchmarks;

/// <summary>What a row needs is not on this machine; the row is left out by name.</summary>
internal sealed class NotInstalledException(string message) : Exception(message);

/// <summary>A row that can be asked for: its name, and how it is measured once it is.</summary>
internal sealed record CatalogEntry(string Name, Func<Stage, Measurement, Task<IReadOnlyList<Row>>> RunAsync)
{
    /// <summary>Why it is measured only when it is asked for by name; null if it is not so.</summary>
    public string? OnlyByName { get; init; }
}

/// <summary>All the rows, in the order of the table.</summary>
internal static class Catalog
{
    private const int LocateObjects = 1_000_000;
    private const int LocateQueries = 1000;
    private const int AuditRecords = 10_000_000;

    public static IReadOnlyList<CatalogEntry> Entries { get; } =
    [
        .. KmipRows.Connections.Select(static n => Compared($"kmip-encrypt-{n}", stage => KmipRows.EncryptAsync(stage, n, inFlight: 1))),
        Compared("kmip-encrypt-16x8", static stage => KmipRows.EncryptAsync(stage, connections: 16, inFlight: 8)),
        .. KmipRows.Connections.Select(static n => Compared($"kmip-get-{n}", stage => KmipRows.GetAsync(stage, n))),
        Compared("kmip-create-16", static stage => KmipRows.CreateAsync(stage, 16)),
        Compared("pykmip-encrypt", PyKmipRows.EncryptAsync),
        Compared("pykmip-get", PyKmipRows.GetAsync),
        Compared("rest-encrypt", RestRows.EncryptAsync),
        .. SdkRows.Sizes.Select(static size => Compared($"sdk-encrypt-{size.Name}", stage => SdkRows.EncryptAsync(stage, size))),
        .. SdkRows.Sizes.Take(2).Select(static size => Compared($"sdk-allocated-{size.Name}", stage => SdkRows.AllocateAsync(stage, size))),
        AgainstMemory(FileCase.Memory),
        .. FileRows.Tools.Select(static tool => AgainstProgram(tool, FileCase.Memory)),
        AgainstMemory(FileCase.Disk),
        .. FileRows.Tools.Where(static tool => tool.Name is not "gpg").Select(static tool => AgainstProgram(tool, FileCase.Disk)),
        AgainstProgram(FileRows.Tools.Single(static tool => tool.Name is "age"), FileCase.Durable),
        .. CryptoBench.Comparisons.Select(static c => Compared(c.Name, _ => Task.FromResult(c))),
        Compared(AccessBench.Comparison.Name, static _ => Task.FromResult(AccessBench.Comparison)),
        Compared("unseal-hsm", RootRows.UnsealByTokenAsync),
        Compared("unseal-passphrase", RootRows.UnsealByPassphraseAsync),
        Compared("hsm-wrap", static stage => RootRows.WrapAsync(stage, unwraps: false)),
        Compared("hsm-unwrap", static stage => RootRows.WrapAsync(stage, unwraps: true)),
        .. NeighbourRows.Noises.Select(static noise => new CatalogEntry(noise.Name, (stage, measurement) => NeighbourRows.RunAsync(stage, noise, measurement))),
        Compared("store-create", static async stage => (await stage.StoreAsync()).Creates),
        .. AuditCostRows.Asked.SelectMany(static asked => AuditCostRows.Connections.Select(n => new CatalogEntry(
            $"audit-cost-{asked.Name}-{n}", (stage, measurement) => AuditCostRows.RunAsync(stage, asked.Name, asked.Operation, n, measurement)))),
        new("audit-search", SearchAsync) { OnlyByName = "writes an audit trail of ten million records, which takes minutes and 8 GB" },
        new("store-locate", LocateAsync) { OnlyByName = "fills a store with a million objects, which takes minutes" },
    ];

    /// <summary>The rows that were asked for.</summary>
    /// <exception cref="UsageException">A name fits no row, or a row does not go with the other arguments.</exception>
    public static IReadOnlyList<CatalogEntry> Select(BenchArguments arguments)
    {
        if (arguments.Only.Count == 0) return [.. Entries.Where(static e => e.OnlyByName is null)];
        foreach (var name in arguments.Only)
        {
            if (!Entries.Any(e => Fits(e, name)))
                throw new UsageException($"There is no row '{name}'. There are: {string.Join(", ", Entries.Select(static e => e.Name))}.");
        }

        var chosen = Entries.Where(e => arguments.Only.Any(name => Fits(e, name))).ToList();
        return arguments.IsQuick && chosen.Find(static e => e.OnlyByName is not null) is { } slow
            ? throw new UsageException($"'{slow.Name}' {slow.OnlyByName}: leave out --quick.")
            : chosen;
    }

    // What is measured only by name is not meant by the name of its group.
    private static bool Fits(CatalogEntry entry, string name) =>
        string.Equals(entry.Name, name, StringComparison.Ordinal)
        || (entry.OnlyByName is null && entry.Name.StartsWith(name + "-", StringComparison.Ordinal));

    private static CatalogEntry AgainstMemory(FileCase place) => Compared(place.NameOf("memory"), stage => FileRows.AgainstMemoryAsync(stage, place));

    private static CatalogEntry AgainstProgram(FileTool tool, FileCase place) => Compared(place.NameOf(tool.Name), stage => FileRows.EncryptAsync(stage, tool, place));

    private static CatalogEntry Compared(string name, Func<Stage, Task<Comparison>> openAsync) => new(name, async (stage, measurement) =>
    {
        var comparison = await openAsync(stage);
        try
        {
            return [await measurement.RunAsync(comparison)];
        }
        finally
        {
            foreach (var owned in comparison.Owned) await owned.DisposeAsync();
        }
    });

    private static Task<IReadOnlyList<Row>> SearchAsync(Stage stage, Measurement measurement) =>
        AuditTrailBench.RunAsync(stage.Folder("audit"), AuditRecords, static text => Console.Error.WriteLine("audit-search: " + text), measurement.CancellationToken);

    private static Task<IReadOnlyList<Row>> LocateAsync(Stage stage, Measurement measurement) =>
        StoreComparisons.LocatesAsync(stage.Folder("locate"), LocateObjects, LocateQueries, filled =>
        {
            measurement.CancellationToken.ThrowIfCancellationRequested();
            if (filled % 100_000 == 0) Console.Error.WriteLine($"store-locate: {filled} of {LocateObjects} objects");
        });
}
