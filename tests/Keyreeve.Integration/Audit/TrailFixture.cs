using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;
using Keyreeve.Storage.Sqlite;

namespace Keyreeve.Integration.Audit;

/// <summary>A data directory of its own with a store and a trail, and what a test does to them.</summary>
internal sealed class TrailFixture : IAsyncDisposable
{
    private readonly SecretBytes _seed = SecretBytes.CopyFrom(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());
    private readonly bool _ownsRoot;

    public TrailFixture(string? root = null)
    {
        _ownsRoot = root is null;
        Root = root ?? Directory.CreateTempSubdirectory("keyreeve-audit-").FullName;
    }

    public string Root { get; }

    public string Trail => Path.Combine(Root, "audit");

    public AuditChain Chain { get; private set; } = null!;

    public IObjectStore Store { get; private set; } = null!;

    public ConcurrentQueue<string> Alarms { get; } = new();

    public AuditChainOptions Options => new()
    {
        DataDirectory = Root,
        Time = TimeProvider.System,
        Alarm = Alarms.Enqueue,
        SegmentSizeInBytes = 1 << 20,
        WaitLimit = TimeSpan.FromSeconds(2),
        CheckpointInterval = TimeSpan.FromMilliseconds(50),
        WatchInterval = TimeSpan.FromMilliseconds(50),
    };

    public static AuditEvent Event(string principal = "app", string operation = "Encrypt", string? detail = null) => new()
    {
        Id = UniqueIdentifier.New(TimeProvider.System.GetUtcNow()),
        Time = TimeProvider.System.GetUtcNow(),
        Tenant = TenantId.Default,
        Principal = principal,
        Operation = operation,
        Detail = detail,
        Protocol = Protocol.Rest,
        CorrelationId = "c-1",
        Result = AuditResult.Success,
    };

    /// <summary>Archives a trail as docs/audit.md says, also while it is written: what is signed for first, then the records.</summary>
    /// <returns>Where a verification of the archive ends.</returns>
    public static AuditPosition Archive(string trail, string archive)
    {
        Directory.CreateDirectory(archive);
        string[] files = ["verifier.pub", "checkpoints", "checkpoint", "begin", .. Directory.GetFiles(trail, "*.jsonl").Order(StringComparer.Ordinal).Select(static f => Path.GetFileName(f))];
        foreach (var file in files.Where(file => File.Exists(Path.Combine(trail, file)))) File.Copy(Path.Combine(trail, file), Path.Combine(archive, file));
        var found = AuditVerifier.Verify(new AuditVerifierOptions { Directory = archive }, CancellationToken.None);
        return found.IsIntact ? found.End : throw new InvalidDataException(found.Finding!.Explanation);
    }

    public async Task<TrailFixture> OpenAsync(AuditChainOptions? options = null)
    {
        Store ??= await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = Root }, CancellationToken.None);
        Chain = await AuditChain.OpenAsync(options ?? Options, _seed, Store, CancellationToken.None);
        return this;
    }

    public async Task RecordAsync(int count, string principal = "app")
    {
        for (var i = 0; i < count; i++) await Chain.WhenDurableAsync(Chain.Append(Event(principal)), CancellationToken.None);
    }

    public async Task<bool> TryRecordAsync(string principal)
    {
        try
        {
            await RecordAsync(1, principal);
            return true;
        }
        catch (KeyreeveException refusal) when (refusal.Error == KeyreeveError.AuditUnavailable)
        {
            return false;
        }
    }

    /// <summary>What the store would list after a restart: acknowledgements travel with the next commit.</summary>
    public async Task<IReadOnlyList<PendingAudit>> PendingAsync()
    {
        await Store.CommitAsync(new StoreChanges { Documents = [new StoredDocument("test", "any", 1, new byte[1])] }, CancellationToken.None);
        return await Store.ListPendingAuditAsync(CancellationToken.None);
    }

    public string Segment(int number) => Path.Combine(Trail, $"{number:D6}.jsonl");

    public string LastSegment() => Directory.GetFiles(Trail, "*.jsonl").Order(StringComparer.Ordinal).Last();

    public AuditVerification Verify(AuditVerifierKey? key = null) =>
        AuditVerifier.Verify(new AuditVerifierOptions { Directory = Trail, Key = key ?? Chain.Verifier }, CancellationToken.None);

    /// <summary>The lines of all segments, as text, in order.</summary>
    public string[] Lines() => [.. Directory.GetFiles(Trail, "*.jsonl").Order(StringComparer.Ordinal).SelectMany(LinesOf)];

    public static string[] LinesOf(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return Encoding.UTF8.GetString(copy.ToArray()).Split('\0')[0].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public string[] Details() => [.. Lines().Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event"))
        .Where(e => e.TryGetProperty("detail", out _)).Select(e => e.GetProperty("detail").GetString()!)];

    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(60)) throw new TimeoutException("Not seen: " + what);
            await Task.Delay(10);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Chain is not null) await Chain.DisposeAsync();
        if (Store is not null) await Store.DisposeAsync();
        _seed.Dispose();
        if (_ownsRoot) Directory.Delete(Root, recursive: true);
    }
}
