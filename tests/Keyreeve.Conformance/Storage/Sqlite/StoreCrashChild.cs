using System.Diagnostics;
using System.Globalization;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Keyreeve.Storage.Sqlite;

namespace Keyreeve.Conformance.Storage.Sqlite;

/// <summary>
/// This program as another process that commits without end, and says of each commit that it is acknowledged. It is made
/// to be killed.
/// </summary>
internal sealed class StoreCrashChild : StoreContract
{
    /// <summary>The argument that makes this program the child; the next one is the data directory.</summary>
    public const string Argument = "store-crash-child";

    private const int Workers = 8;

    public static Process Start(string dataDirectory)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false };
        // Under the dotnet host this program is a library that the host runs; on its own it is the executable.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet") start.ArgumentList.Add(typeof(StoreCrashChild).Assembly.Location);
        start.ArgumentList.Add(Argument);
        start.ArgumentList.Add(dataDirectory);
        return Process.Start(start)!;
    }

    /// <summary>Runs until killed, or until its parent closes its input.</summary>
    public static async Task<int> RunAsync(string dataDirectory)
    {
        await using var store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = dataDirectory });
        using var ended = new CancellationTokenSource();
        var output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        var workers = Enumerable.Range(0, Workers).Select(worker => Task.Run(() => WorkAsync(store, output, ended.Token))).ToArray();
        while (await Console.In.ReadLineAsync(None) is not null)
        {
            // The parent says nothing; its end of the pipe closes when it ends.
        }

        await ended.CancelAsync();
        await Task.WhenAll(workers);
        return 0;
    }

    /// <summary>Everything one commit holds: two rows, one of which the next commit replaces, a document, an answer, a record.</summary>
    public static StoreChanges Changes(UniqueIdentifier id, StoredObject? previous)
    {
        var key = id.ToString();
        var row = NewRow() with
        {
            Id = id,
            KeyIdentifier = id,
            Names = [key],
            Index = [Entry("id", key), Entry("all", 1)],
            Attributes = Bytes(key),
            Material = new byte[2000],
        };
        return new StoreChanges
        {
            Inserts = [row, row with { Id = Twin(id), Names = [], KeyVersion = 2, Index = [Entry("twin", key)] }],
            Updates = previous is null ? [] : [Next(previous) with { Names = [], Index = [Entry("superseded", key)] }],
            Documents = [new StoredDocument("crash", key, 1, Bytes(key))],
            Answer = new StoredAnswer(Tenant, "crash", key, Bytes(key), Bytes(key), new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero)),
            Audit = new PendingAudit(id, Bytes(key)),
        };
    }

    public static UniqueIdentifier Twin(UniqueIdentifier id)
    {
        var bytes = id.ToByteArray();
        bytes[^1] ^= 1;
        return UniqueIdentifier.FromBytes(bytes);
    }

    private static async Task WorkAsync(SqliteObjectStore store, TextWriter output, CancellationToken ended)
    {
        StoredObject? previous = null;
        while (!ended.IsCancellationRequested)
        {
            var changes = Changes(UniqueIdentifier.New(TimeProvider.System.GetUtcNow()), previous);
            await store.CommitAsync(changes, None);
            var id = changes.Inserts[0].Id;
            var superseded = previous is null ? "-" : previous.Id.ToString();
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{id} {superseded}"));
            previous = changes.Inserts[0];
        }
    }
}
