using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>A tenant's next key-encryption key, which is in use once its documents are in the store.</summary>
public sealed class NewTenantKey : IRecordedChange
{
    private readonly KeyHierarchy _hierarchy;
    private readonly SecretBytes _kek;
    private readonly SecretBytes? _blinding;
    private SemaphoreSlim? _turn;

    internal NewTenantKey(
        KeyHierarchy hierarchy, TenantId tenant, int version, IReadOnlyList<StoredDocument> documents, SecretBytes kek, SecretBytes? blinding, SemaphoreSlim? turn)
    {
        _hierarchy = hierarchy;
        _kek = kek;
        _blinding = blinding;
        _turn = turn;
        Tenant = tenant;
        Version = version;
        Documents = documents;
    }

    /// <summary>Whose it is.</summary>
    public TenantId Tenant { get; }

    /// <summary>Which it is.</summary>
    public int Version { get; }

    /// <summary>It, wrapped, and what has to be kept of the first one: committed in one transaction.</summary>
    public IReadOnlyList<StoredDocument> Documents { get; }

    /// <summary>Takes it into use; its documents are in the store.</summary>
    public void Keep() => _hierarchy.Keep(this, _kek, _blinding);

    /// <summary>Nothing is left to be made: it was in use from the moment of the commit, or what was stored meanwhile would not open.</summary>
    public ValueTask MakeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _kek.Dispose();
        _blinding?.Dispose();
        Interlocked.Exchange(ref _turn, null)?.Release();
        return ValueTask.CompletedTask;
    }
}
