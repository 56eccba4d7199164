using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// The keys above all others: the root key (MEK), under it one key-encryption key (KEK) per tenant, and keys of the
/// server's own, each derived for one purpose. Thread safe.
/// </summary>
/// <remarks>
/// <code>
/// MEK ─ HKDF "keyreeve/mek/tenant-keks" ─ wraps every version of every tenant's KEK (documents "tenant-kek")
///     ├ HKDF "keyreeve/mek/server-secrets" ─ wraps secrets of the server's own (CA key …)
///     └ HKDF "keyreeve/mek/derived:" + label ─ keys that are needed again but never stored (audit signing seed …)
/// KEK ─ CommittingAead ─ wraps material, bound to its row
///     └ HKDF ─ authenticates rows; blinds what is searched but secret
/// </code>
/// </remarks>
public sealed class KeyHierarchy : IDisposable
{
    /// <summary>The kind of the documents that hold wrapped tenant keys; the key is <c>tenant/version</c>.</summary>
    public const string DocumentKind = "tenant-kek";

    private const byte WrappingVersion = 1;

    private readonly IObjectStore _store;
    private readonly SecretBytes _root;
    private readonly CommittingAead _tenantKeys;
    private readonly CommittingAead _serverSecrets;
    private readonly ConcurrentDictionary<TenantId, TenantKeyRing> _rings = new();
    private readonly SemaphoreSlim _creating = new(1, 1);

    private KeyHierarchy(IObjectStore store, SecretBytes root)
    {
        _store = store;
        _root = root.Clone();
        using var tenantKeys = Wrapping.DeriveKey(_root, "keyreeve/mek/tenant-keks");
        using var serverSecrets = Wrapping.DeriveKey(_root, "keyreeve/mek/server-secrets");
        _tenantKeys = new CommittingAead(tenantKeys);
        _serverSecrets = new CommittingAead(serverSecrets);
    }

    /// <summary>Opens the hierarchy: unwraps every tenant's keys.</summary>
    /// <param name="store">Where wrapped keys are kept.</param>
    /// <param name="root">The root key; copied.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: the stored keys are not of this root key.</exception>
    public static async ValueTask<KeyHierarchy> OpenAsync(IObjectStore store, SecretBytes root, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(root);
        var hierarchy = new KeyHierarchy(store, root);
        try
        {
            foreach (var document in await store.ListDocumentsAsync(DocumentKind, cancellationToken)) hierarchy.Load(document);
            return hierarchy;
        }
        catch
        {
            hierarchy.Dispose();
            throw;
        }
    }

    /// <summary>Derives a key of the server's own: the same label gives the same key for the life of the root key.</summary>
    /// <param name="label">What it is for; one label for one purpose.</param>
    /// <param name="lengthInBytes">1 to 8160.</param>
    public SecretBytes Derive(string label, int lengthInBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(label);
        return Wrapping.DeriveKey(_root, "keyreeve/mek/derived:" + label, lengthInBytes);
    }

    /// <summary>Wraps a secret of the server's own, to be kept in a document or file. It opens under the same label alone.</summary>
    public byte[] WrapForServer(string label, SecretBytes secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return _serverSecrets.Seal(ServerAad(label), secret, [WrappingVersion]);
    }

    /// <summary>Opens what <see cref="WrapForServer"/> made.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>.</exception>
    public SecretBytes UnwrapForServer(string label, ReadOnlySpan<byte> wrapped)
    {
        if (wrapped.IsEmpty || wrapped[0] != WrappingVersion || !_serverSecrets.TryOpen(ServerAad(label), wrapped[1..], out var secret))
            throw new KeyreeveException(KeyreeveError.IntegrityFailure, $"The server's secret '{label}' does not open under this root key.");
        return secret;
    }

    /// <summary>Gives the tenant its first key-encryption key, if it has none.</summary>
    public async ValueTask EnsureTenantAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        if (_rings.ContainsKey(tenant)) return;
        await _creating.WaitAsync(cancellationToken);
        try
        {
            if (!_rings.ContainsKey(tenant)) await AddVersionAsync(tenant, 1, cancellationToken);
        }
        finally
        {
            _creating.Release();
        }
    }

    /// <summary>Gives the tenant a new key-encryption key for all that is wrapped from now on; the older ones stay readable.</summary>
    /// <returns>Its version.</returns>
    public async ValueTask<int> RotateTenantAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        await _creating.WaitAsync(cancellationToken);
        try
        {
            var version = _rings.TryGetValue(tenant, out var ring) ? checked(ring.Current.Version + 1) : 1;
            await AddVersionAsync(tenant, version, cancellationToken);
            return version;
        }
        finally
        {
            _creating.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _root.Dispose();
        _tenantKeys.Dispose();
        _serverSecrets.Dispose();
        _creating.Dispose();
        foreach (var ring in _rings.Values) ring.Dispose();
    }

    /// <summary>The tenant's keys.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: it has none.</exception>
    internal TenantKeyRing Of(TenantId tenant) => _rings.TryGetValue(tenant, out var ring)
        ? ring
        : throw new KeyreeveException(KeyreeveError.Sealed, "The tenant has no key-encryption key.");

    private async ValueTask AddVersionAsync(TenantId tenant, int version, CancellationToken cancellationToken)
    {
        using var kek = SecretBytes.Random(Wrapping.KeySizeInBytes);
        var body = _tenantKeys.Seal(TenantAad(tenant, version), kek, [WrappingVersion]);
        var document = new StoredDocument(DocumentKind, DocumentKey(tenant, version), 1, body);
        await _store.CommitAsync(new StoreChanges { Documents = [document] }, cancellationToken);
        Keep(tenant, version, kek);
    }

    private void Load(StoredDocument document)
    {
        var (tenant, version) = ParseDocumentKey(document.Key);
        var body = document.Body is { Length: > 0 } b ? b.Span : throw Altered();
        if (body[0] != WrappingVersion || !_tenantKeys.TryOpen(TenantAad(tenant, version), body[1..], out var kek)) throw Altered();
        using (kek) Keep(tenant, version, kek);
    }

    private void Keep(TenantId tenant, int version, SecretBytes kek) =>
        _rings.GetOrAdd(tenant, static _ => new TenantKeyRing()).Add(new TenantKeys(version, kek));

    private static string DocumentKey(TenantId tenant, int version) => string.Create(CultureInfo.InvariantCulture, $"{tenant.Value}/{version}");

    private static (TenantId Tenant, int Version) ParseDocumentKey(string key)
    {
        var parts = key.Split('/');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var tenant)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? (new TenantId(tenant), version)
            : throw Altered();
    }

    private static byte[] TenantAad(TenantId tenant, int version) =>
        Encoding.ASCII.GetBytes("keyreeve/tenant-kek/1\0" + DocumentKey(tenant, version));

    private static byte[] ServerAad(string label) => Encoding.UTF8.GetBytes("keyreeve/server-secret/1\0" + label);

    private static KeyreeveException Altered() =>
        new(KeyreeveError.IntegrityFailure, "A tenant's key-encryption key does not open under this root key, or was altered.");
}
