using System.Buffers.Binary;
using System.Text;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>
/// Objects on their way to and from the store: rows are sealed going in and verified coming out, material is wrapped and
/// bound to its row. What was verified is kept for a while, so that a hot object costs neither the store nor a check.
/// Thread safe.
/// </summary>
/// <remarks>One process owns the store, so forgetting at every commit keeps the kept objects exact.</remarks>
public sealed class ObjectVault : IDisposable
{
    private static readonly byte[] MaterialLabel = Encoding.ASCII.GetBytes("keyreeve/material/1\0");

    private readonly IObjectStore _store;
    private readonly KeyHierarchy _hierarchy;
    private readonly TimeProvider _time;
    private readonly BoundedCache<ObjectAddress, ManagedObject> _objects;
    private readonly BoundedCache<(TenantId Tenant, string Name), NameHolder> _names;

    /// <summary>Makes a vault over a store.</summary>
    public ObjectVault(IObjectStore store, KeyHierarchy hierarchy, CacheLimits limits, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _store = store;
        _hierarchy = hierarchy;
        _time = time;
        _objects = new BoundedCache<ObjectAddress, ManagedObject>(limits.Objects, limits.ObjectLifetime, time, static _ => { });
        _names = new BoundedCache<(TenantId, string), NameHolder>(limits.Objects, limits.ObjectLifetime, time, static _ => { });
    }

    /// <summary>What is measured; null if nothing is.</summary>
    internal Operations.EngineMetrics? Metrics { get; init; }

    /// <summary>Called after every commit for each object that it touched, whether the commit succeeded or not.</summary>
    internal Action<ObjectAddress>? Changed { get; set; }

    /// <summary>Reads one object of the tenant, verified, in the State it has at this moment; null if there is none.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: the row was altered.</exception>
    public ValueTask<ManagedObject?> FindAsync(TenantId tenant, UniqueIdentifier id, CancellationToken cancellationToken)
    {
        var address = new ObjectAddress(tenant, id);
        if (_objects.TryGet(address, out var found))
        {
            if (!TimedTransitions.IsDue(found, _time.GetUtcNow())) return new ValueTask<ManagedObject?>(found);
            _objects.Invalidate(address);
        }

        return ReadAsync(address, cancellationToken);
    }

    /// <summary>All versions of a key, oldest first, verified.</summary>
    public async ValueTask<IReadOnlyList<ManagedObject>> FindVersionsAsync(
        TenantId tenant, UniqueIdentifier keyIdentifier, CancellationToken cancellationToken)
    {
        var rows = await _store.FindVersionsAsync(tenant, keyIdentifier, cancellationToken);
        var versions = rows.Select(row => Open(row, tenant)).ToList();
        return versions.TrueForAll(v => v.KeyIdentifier == keyIdentifier)
            ? versions
            : throw new KeyreeveException(KeyreeveError.IntegrityFailure, $"Versions of another key are stored as those of {keyIdentifier}.");
    }

    /// <summary>The object that holds this Name, or null.</summary>
    public async ValueTask<ManagedObject?> FindByNameAsync(TenantId tenant, string name, CancellationToken cancellationToken)
    {
        // Names are unique, so who still holds the name is the one; a kept answer that has become wrong shows itself.
        var key = (tenant, name);
        if (_names.TryGet(key, out var kept))
        {
            if (await FindAsync(tenant, kept.Id, cancellationToken) is { } holder && Holds(holder, name)) return holder;
            _names.Invalidate(key);
        }

        var fill = _names.BeginFill(key);
        if (await _store.FindByNameAsync(tenant, name, cancellationToken) is not { } id) return null;
        _names.TryKeep(key, new NameHolder(id), fill);
        return await FindAsync(tenant, id, cancellationToken) is { } found && Holds(found, name) ? found : null;
    }

    /// <summary>Identities of the objects that match, newest first.</summary>
    public async ValueTask<LocateResult> LocateAsync(ObjectQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        using var call = new Operations.StoreCall(Metrics, "locate");
        var keys = _hierarchy.Of(query.Tenant).Blinding;
        return await _store.LocateAsync(query with { Conditions = [.. query.Conditions.Select(c => IndexTerms.Blind(c, keys))] }, cancellationToken);
    }

    /// <summary>The answer kept for a request that was sent before, or null.</summary>
    public ValueTask<StoredAnswer?> FindAnswerAsync(
        TenantId tenant, string principal, string idempotencyKey, CancellationToken cancellationToken) =>
        _store.FindAnswerAsync(tenant, principal, idempotencyKey, cancellationToken);

    /// <summary>Wraps material for the object that it belongs to.</summary>
    public WrappedMaterial Wrap(TenantId tenant, UniqueIdentifier id, KeyFormatType format, SecretBytes material)
    {
        ArgumentNullException.ThrowIfNull(material);
        var keys = _hierarchy.Of(tenant).Current;
        return new WrappedMaterial(keys.Version, format, keys.Wrapping.Seal(MaterialAad(tenant, id, keys.Version, format), material));
    }

    /// <summary>Unwraps the object's material.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: it does not belong to this row;
    /// <see cref="KeyreeveError.ObjectDestroyed"/>, <see cref="KeyreeveError.ItemNotFound"/>: it has none.</exception>
    public SecretBytes Unwrap(ManagedObject managedObject)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        if (managedObject.Material is not { } material)
        {
            throw managedObject.State is State.Destroyed or State.DestroyedCompromised
                ? new KeyreeveException(KeyreeveError.ObjectDestroyed, "The object was destroyed; its material is gone.")
                : new KeyreeveException(KeyreeveError.ItemNotFound, "The object has no material here.");
        }

        var keys = _hierarchy.Of(managedObject.Tenant).Find(material.KekVersion);
        var aad = MaterialAad(managedObject.Tenant, managedObject.Id, material.KekVersion, material.KeyFormatType);
        return keys is not null && keys.Wrapping.TryOpen(aad, material.Body.Span, out var opened)
            ? opened
            : throw new KeyreeveException(
                KeyreeveError.IntegrityFailure, $"The material of {managedObject.Id} fails its authentication: it was altered outside the server.");
    }

    /// <summary>Commits changes with their audit record, and forgets what changed.</summary>
    public ValueTask CommitAsync(
        IReadOnlyList<ManagedObject> inserts, IReadOnlyList<ManagedObject> updates, IReadOnlyList<ManagedObject> deletes,
        IReadOnlyList<StoredDocument> documents, StoredAnswer? answer, PendingAudit? audit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(inserts);
        ArgumentNullException.ThrowIfNull(updates);
        ArgumentNullException.ThrowIfNull(deletes);
        return CommitAsync(inserts, updates, deletes, new StoreChanges { Documents = documents, Answer = answer, Audit = audit }, cancellationToken);
    }

    /// <summary>Commits changed objects together with what else is to be written, and forgets what changed.</summary>
    internal async ValueTask CommitAsync(
        IReadOnlyList<ManagedObject> inserts, IReadOnlyList<ManagedObject> updates, IReadOnlyList<ManagedObject> deletes,
        StoreChanges others, CancellationToken cancellationToken)
    {
        var changes = others with
        {
            Inserts = [.. inserts.Select(Seal)],
            Updates = [.. updates.Select(Seal)],
            Deletes = [.. deletes.Select(static d => new ObjectDeletion(d.Tenant, d.Id, d.RowVersion))],
        };
        using var call = new Operations.StoreCall(Metrics, "commit");
        try
        {
            await _store.CommitAsync(changes, cancellationToken);
        }
        finally
        {
            // Also after a failure, of which it may be unknown what reached the disk.
            foreach (var inserted in inserts) Forget(inserted);
            foreach (var updated in updates) Forget(updated);
            foreach (var deleted in deletes) Forget(deleted);
        }
    }

    /// <summary>Whether all of an object is under the tenant's current key; true if there is no such object.</summary>
    internal async ValueTask<bool> IsUnderCurrentKeyAsync(TenantId tenant, UniqueIdentifier id, CancellationToken cancellationToken) =>
        await _store.FindAsync(tenant, id, cancellationToken) is not { } row || StoredRow.IsUnder(row, _hierarchy.Of(tenant).Current.Version);

    /// <summary>Brings an object under the tenant's current key; nothing else of it changes.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Conflict"/>: somebody changed it meanwhile, who did the same.</exception>
    internal async ValueTask ReWrapAsync(TenantId tenant, UniqueIdentifier id, CancellationToken cancellationToken)
    {
        if (await _store.FindAsync(tenant, id, cancellationToken) is not { } row) return;
        var found = StoredRow.Open(row, tenant, _hierarchy.Of(tenant));
        if (found.Material is { } old)
        {
            using var material = Unwrap(found);
            found = found with { Material = Wrap(tenant, id, old.KeyFormatType, material) };
        }

        await CommitAsync([], [found with { RowVersion = checked(found.RowVersion + 1) }], [], new StoreChanges(), cancellationToken);
    }

    /// <summary>Forgets what is kept of a tenant that is gone.</summary>
    internal void Forget(TenantId tenant)
    {
        _objects.InvalidateWhere(address => address.Tenant == tenant);
        _names.InvalidateWhere(name => name.Tenant == tenant);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _objects.Dispose();
        _names.Dispose();
    }

    private async ValueTask<ManagedObject?> ReadAsync(ObjectAddress address, CancellationToken cancellationToken)
    {
        using var call = new Operations.StoreCall(Metrics, "find");
        var fill = _objects.BeginFill(address);
        if (await _store.FindAsync(address.Tenant, address.Id, cancellationToken) is not { } row) return null;
        var found = Open(row, address.Tenant);
        if (found.Id != address.Id) throw new KeyreeveException(KeyreeveError.IntegrityFailure, $"Another object is stored as {address.Id}.");
        _objects.TryKeep(address, found, fill);
        return found;
    }

    private ManagedObject Open(StoredObject row, TenantId tenant) =>
        TimedTransitions.Apply(StoredRow.Open(row, tenant, _hierarchy.Of(tenant)), _time.GetUtcNow());

    private StoredObject Seal(ManagedObject managedObject) => StoredRow.Seal(managedObject, _hierarchy.Of(managedObject.Tenant));

    private void Forget(ManagedObject managedObject)
    {
        var address = new ObjectAddress(managedObject.Tenant, managedObject.Id);
        _objects.Invalidate(address);
        Changed?.Invoke(address);
    }

    private static bool Holds(ManagedObject holder, string name) => IndexTerms.NamesOf(holder).Contains(name, StringComparer.Ordinal);

    // label ‖ tenant(4) ‖ id(16) ‖ KEK version(4) ‖ key format(4)
    private static byte[] MaterialAad(TenantId tenant, UniqueIdentifier id, int kekVersion, KeyFormatType format)
    {
        var aad = new byte[MaterialLabel.Length + 28];
        MaterialLabel.CopyTo(aad, 0);
        var rest = aad.AsSpan(MaterialLabel.Length);
        BinaryPrimitives.WriteInt32BigEndian(rest, tenant.Value);
        id.CopyTo(rest[4..]);
        BinaryPrimitives.WriteInt32BigEndian(rest[20..], kekVersion);
        BinaryPrimitives.WriteUInt32BigEndian(rest[24..], (uint)format);
        return aad;
    }

    private sealed record NameHolder(UniqueIdentifier Id);
}
