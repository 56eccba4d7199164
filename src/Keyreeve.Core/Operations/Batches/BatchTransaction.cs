using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations;

/// <summary>
/// A batch that happens as a whole or not at all. Its operations run over a store in which their changes are staged, where each sees
/// what those before it did and nobody else sees anything; then everything is committed in one transaction, with the audit records of
/// all, or nothing is. Used by one thread at a time.
/// </summary>
public sealed class BatchTransaction : IDisposable
{
    private readonly Engine _root;
    private readonly Engine _staged;
    private readonly StagedStore _store;
    private readonly StagedAudit _audit;
    private readonly Dictionary<UniqueIdentifier, StagedChange> _changes = [];
    private readonly List<StoredDocument> _documents = [];
    private readonly List<OperationScope> _effects = [];

    /// <summary>Begins a batch.</summary>
    public BatchTransaction(Engine root)
    {
        ArgumentNullException.ThrowIfNull(root);
        _root = root;
        _store = new StagedStore(root.Store);
        _audit = new StagedAudit(root.Audit);
        _staged = new Engine(root, this, _store, _audit);
        Pipeline = new OperationPipeline(_staged);
    }

    /// <summary>Where the operations of the batch run.</summary>
    public OperationPipeline Pipeline { get; }

    /// <summary>Commits all that was staged. What the operations returned is released once all records are durable.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Conflict"/> and the like: nothing happened; the batch may be
    /// tried again from its beginning.</exception>
    public async ValueTask CommitAsync()
    {
        if (_changes.Count == 0 && _documents.Count == 0)
        {
            _audit.AppendAll();
            return;
        }

        var records = _audit.Encode();
        var changes = new StoreChanges { Documents = _documents, FurtherAudit = records };
        var (made, changed, gone) = (Final(isNew: true), Final(isNew: false), Deleted());
        var told = _root.Listener is null || _effects.Count == 0 ? null : await CommittedChange.ReadAsync(_root, _effects[0].Call, made, changed, gone);
        await _root.Objects.CommitAsync(made, changed, gone, changes, CancellationToken.None);
        foreach (var scope in _effects) scope.TellCommitted();
        if (told is not null && _root.Listener is { } listener) told.ForEach(listener);
        _audit.AppendCommitted(records);
    }

    /// <summary>Takes back all that was staged, and records that it was.</summary>
    /// <returns>Completes when the records are durable.</returns>
    public ValueTask UndoAsync(CancellationToken cancellationToken) => _audit.AppendUndoneAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Of what was committed nothing is left to tell.
        foreach (var scope in _effects) scope.TellAbandoned();
        _staged.Dispose();
    }

    /// <summary>Stages what an operation would commit.</summary>
    internal async ValueTask<AuditTicket> StageAsync(OperationScope scope)
    {
        await _staged.Objects.CommitAsync(scope.Inserts, scope.Updates, scope.Deletes, scope.Documents, answer: null, audit: null, CancellationToken.None);
        foreach (var made in scope.Inserts) _changes.Add(made.Id, new StagedChange(made, BaseVersion: 0));
        foreach (var changed in scope.Updates)
        {
            var before = _changes.TryGetValue(changed.Id, out var earlier) ? earlier.BaseVersion : changed.RowVersion - 1;
            _changes[changed.Id] = new StagedChange(changed, before);
        }

        foreach (var deleted in scope.Deletes)
        {
            var before = _changes.TryGetValue(deleted.Id, out var earlier) ? earlier.BaseVersion : deleted.RowVersion;
            _changes[deleted.Id] = new StagedChange(deleted, before, IsDeleted: true);
        }

        _documents.AddRange(scope.Documents);
        scope.IsStaged = true;
        _effects.Add(scope);
        return _audit.Append(scope.Audit);
    }

    // Of an object that changed several times the last state counts, as one change of the row that was there before the batch.
    private List<ManagedObject> Final(bool isNew) =>
        [.. _changes.Values.Where(c => !c.IsDeleted && c.BaseVersion == 0 == isNew).Select(c => c.Object with { RowVersion = checked(c.BaseVersion + 1) })];

    // What the batch itself made and deleted was never there.
    private List<ManagedObject> Deleted() =>
        [.. _changes.Values.Where(static c => c.IsDeleted && c.BaseVersion > 0).Select(static c => c.Object with { RowVersion = c.BaseVersion })];

    private sealed record StagedChange(ManagedObject Object, long BaseVersion, bool IsDeleted = false);
}
