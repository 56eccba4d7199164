#pragma warning disable CA1822
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>
/// Objects on their way to and from the store: rows are sealed going in and verified coming out, material is wrapped and
/// bound to its row. Thread safe.
/// </summary>
public sealed class ObjectVault
{
    /// <summary>Reads one object of the tenant, verified; null if there is none.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: the row was altered.</exception>
    public ValueTask<ManagedObject?> FindAsync(TenantId tenant, UniqueIdentifier id, CancellationToken cancellationToken) => throw Missing();

    /// <summary>All versions of a key, oldest first, verified.</summary>
    public ValueTask<IReadOnlyList<ManagedObject>> FindVersionsAsync(TenantId tenant, UniqueIdentifier keyIdentifier, CancellationToken cancellationToken) => throw Missing();

    /// <summary>The object that holds this Name, or null.</summary>
    public ValueTask<ManagedObject?> FindByNameAsync(TenantId tenant, string name, CancellationToken cancellationToken) => throw Missing();

    /// <summary>Identities of the objects that match, newest first.</summary>
    public ValueTask<LocateResult> LocateAsync(ObjectQuery query, CancellationToken cancellationToken) => throw Missing();

    /// <summary>Wraps material for the object that it belongs to.</summary>
    public ValueTask<WrappedMaterial> WrapAsync(
        TenantId tenant, UniqueIdentifier id, KeyFormatType format, SecretBytes material, CancellationToken cancellationToken) => throw Missing();

    /// <summary>Unwraps the object's material.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: it does not belong to this row.</exception>
    public ValueTask<SecretBytes> UnwrapAsync(ManagedObject managedObject, CancellationToken cancellationToken) => throw Missing();

    /// <summary>Commits changes with their audit record, and evicts what changed from the key cache.</summary>
    public ValueTask CommitAsync(
        IReadOnlyList<ManagedObject> inserts, IReadOnlyList<ManagedObject> updates, IReadOnlyList<StoredDocument> documents,
        StoredAnswer? answer, PendingAudit audit, CancellationToken cancellationToken) => throw Missing();

    private static InvalidOperationException Missing() => new("to be written");
}
