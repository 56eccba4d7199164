using System.Buffers.Binary;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Audit;

/// <summary>
/// A number in the store that only goes up, each time in one transaction with a record in the signed trail that says it. A
/// store that was put back to an older copy has a smaller number than the trail. What is older by less than the interval
/// between two numbers, or put back together with the trail, is not found out by it.
/// </summary>
public sealed class StoreHead : IDisposable
{
    private const string Kind = "store-head";
    private const string Key = "number";
    private const string AcceptedBeginning = "the store is older than the trail by ";

    private readonly IObjectStore _store;
    private readonly DocumentSealer _sealer;
    private readonly string _trail;
    private ToldStoreHead _inTrail;

    /// <summary>The head of what an engine works on.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="dataDirectory">Where its trail is.</param>
    public StoreHead(Engine engine, string dataDirectory)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _store = engine.Store;
        _sealer = new DocumentSealer(engine.Hierarchy);
        _trail = Path.Combine(dataDirectory, AuditDirectory.Name);
    }

    /// <summary>Compares store and trail.</summary>
    /// <returns>How far the store is behind; 0 if it is not.</returns>
    public async ValueTask<long> MeasureLagAsync(CancellationToken cancellationToken)
    {
        _inTrail = AuditTail.FindStoreHead(_trail);
        var (inStore, _) = await ReadAsync(cancellationToken);
        return Math.Max(0, _inTrail.Number - inStore);
    }

    /// <summary>Whether the trail still tells all that happened since the store's own head: what was destroyed since, above all.</summary>
    public async ValueTask<bool> IsToldSinceAsync(CancellationToken cancellationToken)
    {
        if (AuditBeginning.Read(_trail) is null) return true;
        var (inStore, _) = await ReadAsync(cancellationToken);
        return AuditTail.FindFirstStoreHead(_trail) is var first && first > 0 && first <= inStore;
    }

    /// <summary>Whether the policy in force when the trail last had a head had others agree before the store is put back.</summary>
    public bool TakesApproval => _inTrail.TakesApproval;

    /// <summary>The permission that holds, by the trail; null if none does.</summary>
    /// <param name="now">The time.</param>
    /// <returns>The number of its record.</returns>
    public long? FindPermit(DateTimeOffset now) =>
        AuditTail.FindRestorePermit(_trail) is { } found && now < found.Permit.Until ? found.Serial : null;

    /// <summary>What the record says when an older store is worked on.</summary>
    public static string TellAccepted(long lag, string reason) => $"{AcceptedBeginning}{lag} heads; accepted: {reason}";

    internal static string Tell(long number, bool takesApproval) => $"store head {number}" + (takesApproval ? "; to put it back takes approval" : "");

    // Quotes inside strings are escaped, so this begins the member and nothing else; the operation is the server's own.
    internal static bool IsToldAccepted(ReadOnlySpan<byte> line) =>
        line.IndexOf(":\"the store is older than the trail by "u8) >= 0 && line.IndexOf(":\"ServerStart\""u8) >= 0;

    /// <inheritdoc/>
    public void Dispose() => _sealer.Dispose();

    /// <summary>The next number, as a document to be committed with its record.</summary>
    internal async ValueTask<(long Number, StoredDocument Document)> NextAsync(CancellationToken cancellationToken)
    {
        var (inStore, rowVersion) = await ReadAsync(cancellationToken);
        var number = checked(Math.Max(inStore, _inTrail.Number) + 1);
        var content = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(content, number);
        return (number, _sealer.Seal(Kind, Key, rowVersion + 1, content));
    }

    private async ValueTask<(long Number, long RowVersion)> ReadAsync(CancellationToken cancellationToken)
    {
        if (await _store.FindDocumentAsync(Kind, Key, cancellationToken) is not { } document) return (0, 0);
        return (BinaryPrimitives.ReadInt64BigEndian(_sealer.Open(document)), document.RowVersion);
    }
}

/// <summary>A head of the store, as the trail tells it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="TakesApproval">Whether others had to agree, by then, before the store is put back.</param>
internal readonly record struct ToldStoreHead(long Number, bool TakesApproval);
