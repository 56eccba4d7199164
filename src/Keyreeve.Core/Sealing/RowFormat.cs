using System.Globalization;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// The store's document that says, for each tenant, to which version all its rows have been brought. Absent: some may be of the first.
/// </summary>
/// <remarks><c>body = version(1)</c>. It saves looking at every row at every start; each row says itself of which version it is.</remarks>
internal static class RowFormat
{
    private const string Kind = "row-format";

    /// <summary>Whether some of the tenant's rows may be of an older version than what is written.</summary>
    public static async ValueTask<bool> MayBeOlderAsync(IObjectStore store, TenantId tenant, CancellationToken cancellationToken) =>
        await FindAsync(store, tenant, cancellationToken) is not { Body: { Length: 1 } body } || body.Span[0] < StoredRow.Version;

    /// <summary>Notes that all rows are of the version that is written.</summary>
    public static async ValueTask NoteAsync(IObjectStore store, TenantId tenant, CancellationToken cancellationToken) =>
        await store.CommitAsync(new StoreChanges { Documents = [Document(tenant, await FindAsync(store, tenant, cancellationToken))] }, cancellationToken);

    /// <summary>The document.</summary>
    public static StoredDocument Document(TenantId tenant, StoredDocument? before) =>
        new(Kind, KeyOf(tenant), (before?.RowVersion ?? 0) + 1, new byte[] { StoredRow.Version });

    private static ValueTask<StoredDocument?> FindAsync(IObjectStore store, TenantId tenant, CancellationToken cancellationToken) =>
        store.FindDocumentAsync(Kind, KeyOf(tenant), cancellationToken);

    private static string KeyOf(TenantId tenant) => tenant.Value.ToString(CultureInfo.InvariantCulture);
}
