using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations;

/// <summary>
/// A store as it would be with the changes of a batch: reads see what is staged over what is stored, and a commit only stages. It is
/// thrown away with its batch. Used by one thread at a time.
/// </summary>
internal sealed class StagedStore(IObjectStore stored) : IObjectStore
{
    // Null for a row that is deleted.
    private readonly Dictionary<(TenantId Tenant, UniqueIdentifier Id), StoredObject?> _rows = [];
    private readonly Dictionary<(string Kind, string Key), StoredDocument> _documents = [];

    public async ValueTask<StoredObject?> FindAsync(TenantId tenant, UniqueIdentifier id, CancellationToken cancellationToken) =>
        _rows.TryGetValue((tenant, id), out var row) ? row : await stored.FindAsync(tenant, id, cancellationToken);

    public async ValueTask<IReadOnlyList<StoredObject>> FindVersionsAsync(
        TenantId tenant, UniqueIdentifier keyIdentifier, CancellationToken cancellationToken)
    {
        var versions = await stored.FindVersionsAsync(tenant, keyIdentifier, cancellationToken);
        return
        [
            .. versions.Where(v => !_rows.ContainsKey((tenant, v.Id)))
                .Concat(StagedOf(tenant).Where(row => row.KeyIdentifier == keyIdentifier))
                .OrderBy(static v => v.KeyVersion),
        ];
    }

    public async ValueTask<UniqueIdentifier?> FindByNameAsync(TenantId tenant, string name, CancellationToken cancellationToken)
    {
        foreach (var row in StagedOf(tenant))
            if (row.Names.Contains(name, StringComparer.Ordinal)) return row.Id;
        var holder = await stored.FindByNameAsync(tenant, name, cancellationToken);
        return holder is { } id && !_rows.ContainsKey((tenant, id)) ? id : null;
    }

    // What is staged takes the place of what is stored: one by one in the order of identities, newest first, as everywhere.
    public async ValueTask<LocateResult> LocateAsync(ObjectQuery query, CancellationToken cancellationToken)
    {
        var staged = StagedOf(query.Tenant).ToList();
        if (_rows.Count == 0) return await stored.LocateAsync(query, cancellationToken);

        var wide = query with { Offset = 0, Limit = query.CountAll ? int.MaxValue : checked(query.Offset + query.Limit + _rows.Count) };
        var found = (await stored.LocateAsync(query.CountAll ? wide with { Before = null } : wide, cancellationToken)).Ids;
        var matching = found.Where(id => !_rows.ContainsKey((query.Tenant, id)))
            .Concat(staged.Where(row => query.Conditions.All(c => Holds(c, row))).Select(static row => row.Id))
            .OrderDescending().ToList();
        var page = matching.Where(id => query.Before is not { } before || id.CompareTo(before) < 0).Skip(query.Offset).Take(query.Limit);
        return new LocateResult([.. page], query.CountAll ? matching.Count : null);
    }

    public async ValueTask CommitAsync(StoreChanges changes, CancellationToken cancellationToken)
    {
        foreach (var row in changes.Inserts)
        {
            if (await FindAsync(row.Tenant, row.Id, cancellationToken) is not null)
                throw new KeyreeveException(KeyreeveError.ObjectAlreadyExists, "An object with this Unique Identifier exists.");
        }

        foreach (var row in changes.Updates)
        {
            var current = await FindAsync(row.Tenant, row.Id, cancellationToken);
            if (current?.RowVersion != row.RowVersion - 1) throw Changed();
        }

        foreach (var deletion in changes.Deletes)
        {
            var current = await FindAsync(deletion.Tenant, deletion.Id, cancellationToken);
            if (current?.RowVersion != deletion.RowVersion) throw Changed();
        }

        await RequireFreeNamesAsync([.. changes.Inserts, .. changes.Updates], cancellationToken);
        foreach (var document in changes.Documents) await StageAsync(document, cancellationToken);
        foreach (var row in changes.Inserts) _rows[(row.Tenant, row.Id)] = row;
        foreach (var row in changes.Updates) _rows[(row.Tenant, row.Id)] = row;
        foreach (var deletion in changes.Deletes) _rows[(deletion.Tenant, deletion.Id)] = null;
    }

    public ValueTask<StoredAnswer?> FindAnswerAsync(TenantId tenant, string principal, string idempotencyKey, CancellationToken cancellationToken) =>
        stored.FindAnswerAsync(tenant, principal, idempotencyKey, cancellationToken);

    public async ValueTask<StoredDocument?> FindDocumentAsync(string kind, string key, CancellationToken cancellationToken) =>
        _documents.TryGetValue((kind, key), out var staged)
            ? staged.Body is null ? null : staged
            : await stored.FindDocumentAsync(kind, key, cancellationToken);

    public async ValueTask<IReadOnlyList<StoredDocument>> ListDocumentsAsync(string kind, CancellationToken cancellationToken)
    {
        var documents = await stored.ListDocumentsAsync(kind, cancellationToken);
        return
        [
            .. documents.Where(d => !_documents.ContainsKey((d.Kind, d.Key)))
                .Concat(_documents.Values.Where(d => string.Equals(d.Kind, kind, StringComparison.Ordinal) && d.Body is not null))
                .OrderBy(static d => d.Key, StringComparer.Ordinal),
        ];
    }

    public ValueTask<IReadOnlyList<PendingAudit>> ListPendingAuditAsync(CancellationToken cancellationToken) =>
        stored.ListPendingAuditAsync(cancellationToken);

    public void AcknowledgeAudit(UniqueIdentifier recordId) => stored.AcknowledgeAudit(recordId);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private IEnumerable<StoredObject> StagedOf(TenantId tenant) => _rows.Values.OfType<StoredObject>().Where(row => row.Tenant == tenant);

    private async ValueTask RequireFreeNamesAsync(StoredObject[] rows, CancellationToken cancellationToken)
    {
        foreach (var row in rows)
        {
            foreach (var name in row.Names)
            {
                var holder = await FindByNameAsync(row.Tenant, name, cancellationToken);
                var givesUp = Array.Exists(rows, r => r.Id == holder && !r.Names.Contains(name, StringComparer.Ordinal));
                if (holder is { } id && id != row.Id && !givesUp)
                    throw new KeyreeveException(KeyreeveError.NonUniqueName, $"Another object has the Name '{name}'.");
            }
        }
    }

    private async ValueTask StageAsync(StoredDocument document, CancellationToken cancellationToken)
    {
        // A document's bytes are sealed with its version, so that a second change in one batch could not be committed as one.
        if (_documents.ContainsKey((document.Kind, document.Key))) throw Changed();
        var current = await stored.FindDocumentAsync(document.Kind, document.Key, cancellationToken);
        if ((current?.RowVersion ?? 0) != document.RowVersion - 1) throw Changed();
        _documents.Add((document.Kind, document.Key), document);
    }

    private static bool Holds(IndexCondition condition, StoredObject row) => row.Index.Any(entry =>
        string.Equals(entry.Term, condition.Term, StringComparison.Ordinal) && condition.Ranges.Any(range =>
            entry.Value.Span.SequenceCompareTo(range.From.Span) >= 0 && entry.Value.Span.SequenceCompareTo(range.To.Span) <= 0));

    private static KeyreeveException Changed() =>
        new(KeyreeveError.Conflict, "The object was changed by somebody else meanwhile; read it again and retry.");
}
