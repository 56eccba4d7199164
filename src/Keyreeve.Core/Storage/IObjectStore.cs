using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Storage;

/// <summary>
/// Where everything is kept. The contract and its tests are the same for every store. All calls are thread safe; what a
/// commit acknowledged survives the loss of the process and of power, and what it did not acknowledge leaves no trace.
/// </summary>
public interface IObjectStore : IAsyncDisposable
{
    /// <summary>Reads one object.</summary>
    /// <returns>The row, or null if the tenant has none with this identity.</returns>
    ValueTask<StoredObject?> FindAsync(TenantId tenant, UniqueIdentifier id, CancellationToken cancellationToken);

    /// <summary>Reads all versions of a key, by version, oldest first; empty if there are none.</summary>
    ValueTask<IReadOnlyList<StoredObject>> FindVersionsAsync(TenantId tenant, UniqueIdentifier keyIdentifier, CancellationToken cancellationToken);

    /// <summary>Finds the object that holds a Name; Names are unique in a tenant.</summary>
    ValueTask<UniqueIdentifier?> FindByNameAsync(TenantId tenant, string name, CancellationToken cancellationToken);

    /// <summary>Finds the objects that match every condition, newest first.</summary>
    ValueTask<LocateResult> LocateAsync(ObjectQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// Makes all the changes durable, or none of them. Concurrent commits share the flush to disk.
    /// </summary>
    /// <exception cref="KeyreeveException">
    /// <see cref="KeyreeveError.IdempotencyConflict"/>: the idempotency key is taken (read it to see by what); this is told
    /// before any of the others, which it explains;
    /// <see cref="KeyreeveError.Conflict"/>: a row was changed since it was read, or the version of the key exists;
    /// <see cref="KeyreeveError.NonUniqueName"/>: the Name is taken by an object that does not give it up in the same commit;
    /// <see cref="KeyreeveError.ObjectAlreadyExists"/>: the identity is taken;
    /// <see cref="KeyreeveError.StoreUnavailable"/>: the disk refuses.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The changes contradict themselves: an object or a document stands in them twice, or a version does not fit.
    /// </exception>
    ValueTask CommitAsync(StoreChanges changes, CancellationToken cancellationToken);

    /// <summary>Reads the answer that was stored for an idempotency key, or null; past its time it is not there.</summary>
    ValueTask<StoredAnswer?> FindAnswerAsync(TenantId tenant, string principal, string idempotencyKey, CancellationToken cancellationToken);

    /// <summary>Reads a small document of the server's own: a principal, a tenant's wrapped key-encryption key, an enrolment code.</summary>
    ValueTask<StoredDocument?> FindDocumentAsync(string kind, string key, CancellationToken cancellationToken);

    /// <summary>Reads all documents of one kind, by key, ordinally.</summary>
    ValueTask<IReadOnlyList<StoredDocument>> ListDocumentsAsync(string kind, CancellationToken cancellationToken);

    /// <summary>Audit records that were committed with their changes and are not yet known to be in the chain, oldest first.</summary>
    ValueTask<IReadOnlyList<PendingAudit>> ListPendingAuditAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Forgets pending audit records that the chain now holds. Need not be durable at once: it may travel with the next
    /// commit; a record listed once more after a crash is recognised by its identity.
    /// </summary>
    void AcknowledgeAudit(UniqueIdentifier recordId);
}

/// <summary>An object as it is stored. What the store searches by stands in <see cref="Index"/>; the truth is in the row's bytes.</summary>
public sealed record StoredObject
{
    /// <summary>The tenant that owns it.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>Its identity.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Counts its changes, from 1.</summary>
    public required long RowVersion { get; init; }

    /// <summary>What it is.</summary>
    public required ObjectType ObjectType { get; init; }

    /// <summary>The named key it is a version of.</summary>
    public required UniqueIdentifier KeyIdentifier { get; init; }

    /// <summary>Which version of its key it is.</summary>
    public required int KeyVersion { get; init; }

    /// <summary>Its attributes, encoded.</summary>
    public required ReadOnlyMemory<byte> Attributes { get; init; }

    /// <summary>Its wrapped material; empty if there is none.</summary>
    public required ReadOnlyMemory<byte> Material { get; init; }

    /// <summary>Authenticates the whole row: a row altered, swapped or mixed with another is found out when it is read.</summary>
    public required ReadOnlyMemory<byte> Seal { get; init; }

    /// <summary>The Names it holds; unique in the tenant. Empty on rows that were read.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>What it can be found by. Empty on rows that were read.</summary>
    public IReadOnlyList<IndexEntry> Index { get; init; } = [];
}

/// <summary>One value an object can be found by. An object may have several of the same term.</summary>
/// <param name="Term">The attribute, or the attribute and the field: one number or name per thing that can be searched.</param>
/// <param name="Value">The value, encoded so that bytes compare as values do (numbers and dates big-endian, sign flipped).</param>
public readonly record struct IndexEntry(string Term, ReadOnlyMemory<byte> Value);

/// <summary>What to look for.</summary>
public sealed record ObjectQuery
{
    /// <summary>The tenant; nothing of another is ever found.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>Conditions; all have to hold. None: everything matches.</summary>
    public required IReadOnlyList<IndexCondition> Conditions { get; init; }

    /// <summary>How many to skip. 0 or more.</summary>
    public int Offset { get; init; }

    /// <summary>How many at most. 1 or more.</summary>
    public required int Limit { get; init; }

    /// <summary>Only objects older than this one, in the order of identities: the place to go on from; null from the newest.</summary>
    public UniqueIdentifier? Before { get; init; }

    /// <summary>Whether to count all that match, which reads them all. Neither <see cref="Before"/>, <see cref="Offset"/> nor <see cref="Limit"/> change the count.</summary>
    public bool CountAll { get; init; }
}

/// <summary>One condition: an entry of that term lies in one of the ranges.</summary>
/// <param name="Term">What is compared.</param>
/// <param name="Ranges">Ranges, both ends included; From = To is equality.</param>
public sealed record IndexCondition(string Term, IReadOnlyList<IndexRange> Ranges)
{
    /// <summary>The condition that the term has this value.</summary>
    public static IndexCondition Equal(string term, ReadOnlyMemory<byte> value) => new(term, [new IndexRange(value, value)]);
}

/// <summary>A range of values, both ends included.</summary>
public readonly record struct IndexRange(ReadOnlyMemory<byte> From, ReadOnlyMemory<byte> To);

/// <summary>What was found.</summary>
/// <param name="Ids">The objects, newest first.</param>
/// <param name="Total">How many match in all, if that was asked for.</param>
public sealed record LocateResult(IReadOnlyList<UniqueIdentifier> Ids, long? Total);

/// <summary>Changes that happen together.</summary>
public sealed record StoreChanges
{
    /// <summary>New objects.</summary>
    public IReadOnlyList<StoredObject> Inserts { get; init; } = [];

    /// <summary>Changed objects: each replaces the row whose RowVersion is one less.</summary>
    public IReadOnlyList<StoredObject> Updates { get; init; } = [];

    /// <summary>Objects of which nothing is to stay: each the row whose RowVersion is the one named.</summary>
    public IReadOnlyList<ObjectDeletion> Deletes { get; init; } = [];

    /// <summary>Documents to write; one without a body is deleted.</summary>
    public IReadOnlyList<StoredDocument> Documents { get; init; } = [];

    /// <summary>The answer to keep for the request's idempotency key.</summary>
    public StoredAnswer? Answer { get; init; }

    /// <summary>The audit record of these changes.</summary>
    public PendingAudit? Audit { get; init; }

    /// <summary>More records, where several operations are committed together.</summary>
    public IReadOnlyList<PendingAudit> FurtherAudit { get; init; } = [];
}

/// <summary>An object of which nothing is to stay.</summary>
/// <param name="Tenant">The tenant that owns it.</param>
/// <param name="Id">Its identity.</param>
/// <param name="RowVersion">The row version that was read.</param>
public readonly record struct ObjectDeletion(TenantId Tenant, UniqueIdentifier Id, long RowVersion);

/// <summary>The answer to a request that may be sent again.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Principal">Who asked.</param>
/// <param name="IdempotencyKey">The caller's name for the request.</param>
/// <param name="RequestHash">SHA-256 of the request, so that another request with the same key is recognised.</param>
/// <param name="Body">The answer; never key material.</param>
/// <param name="ExpiresAt">From when on it is forgotten, and its idempotency key free again.</param>
public sealed record StoredAnswer(
    TenantId Tenant, string Principal, string IdempotencyKey, ReadOnlyMemory<byte> RequestHash, ReadOnlyMemory<byte> Body, DateTimeOffset ExpiresAt);

/// <summary>A small document of the server's own.</summary>
/// <param name="Kind">What it is, such as <c>principal</c>.</param>
/// <param name="Key">Its key among its kind.</param>
/// <param name="RowVersion">Counts its changes, from 1: 1 inserts, n replaces n − 1.</param>
/// <param name="Body">Its bytes; null deletes it.</param>
public sealed record StoredDocument(string Kind, string Key, long RowVersion, ReadOnlyMemory<byte>? Body);

/// <summary>An audit record on its way from the store to the chain.</summary>
/// <param name="Id">Its identity, which the chain's record carries too.</param>
/// <param name="Record">The record, encoded.</param>
public sealed record PendingAudit(UniqueIdentifier Id, ReadOnlyMemory<byte> Record);
