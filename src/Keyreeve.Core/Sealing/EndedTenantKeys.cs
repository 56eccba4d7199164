using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Sealing;

/// <summary>The end of all key-encryption keys of a tenant, which is there once its documents are in the store: what they wrap opens no more.</summary>
public sealed class EndedTenantKeys : IRecordedChange
{
    private readonly KeyHierarchy _hierarchy;
    private SemaphoreSlim? _turn;

    internal EndedTenantKeys(KeyHierarchy hierarchy, TenantId tenant, IReadOnlyList<int> versions, IReadOnlyList<StoredDocument> documents, SemaphoreSlim turn)
    {
        _hierarchy = hierarchy;
        _turn = turn;
        Tenant = tenant;
        Versions = versions;
        Documents = documents;
    }

    /// <summary>Whose they were.</summary>
    public TenantId Tenant { get; }

    /// <summary>Which there were.</summary>
    public IReadOnlyList<int> Versions { get; }

    /// <summary>Their removal: committed in one transaction.</summary>
    public IReadOnlyList<StoredDocument> Documents { get; }

    /// <summary>Forgets them; they are gone from the store.</summary>
    public void Forget() => _hierarchy.Forget(Tenant);

    /// <summary>Nothing is left to be done: they were gone from the moment of the commit.</summary>
    public ValueTask MakeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _turn, null)?.Release();
        return ValueTask.CompletedTask;
    }
}
