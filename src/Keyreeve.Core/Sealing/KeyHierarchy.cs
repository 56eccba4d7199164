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
/// root key ─ HKDF "keyreeve/mek/tenant-keks" ─ wraps every version of every tenant's KEK (documents "tenant-kek"), what blinds
///          │                                   a tenant's index (documents "tenant-blinding"), and the base secret (document "root")
/// base ──── HKDF "keyreeve/mek/server-secrets" ─ wraps secrets of the server's own (CA key …)
///          └ HKDF "keyreeve/mek/derived:" + label ─ keys that are needed again but never stored (audit signing seed …)
/// KEK ───── CommittingAead ─ wraps material, bound to its row
///          └ HKDF ─ authenticates rows
/// </code>
/// The base secret outlives the root keys, so that a rotation of the root rewrites one small document for each KEK, in one
/// transaction, and nothing else. An installation from before there was one has its first root key as base secret.
/// </remarks>
public sealed class KeyHierarchy : IDisposable
{
    /// <summary>The kind of the documents that hold wrapped tenant keys; the key is <c>tenant/version</c>.</summary>
    public const string DocumentKind = "tenant-kek";

    /// <summary>The kind of the documents that hold what blinds a tenant's index; the key is the tenant.</summary>
    public const string BlindingKind = "tenant-blinding";

    private const byte WrappingVersion = 1;

    private static readonly string[] Wrapped = [DocumentKind, BlindingKind];

    private readonly IObjectStore _store;
    private readonly ConcurrentDictionary<TenantId, TenantKeyRing> _rings = new();
    private readonly ConcurrentQueue<TenantKeyRing> _forgotten = new();
    private readonly SemaphoreSlim _changing = new(1, 1);
    private string? _whySuspended;
    private SecretBytes _root;
    private CommittingAead _wrapping;
    private SecretBytes _base = null!;
    private CommittingAead _serverSecrets = null!;

    private KeyHierarchy(IObjectStore store, SecretBytes root)
    {
        _store = store;
        _root = root.Clone();
        _wrapping = WrappingOf(_root);
    }

    /// <summary>Which root key it hangs from: 1 is the first, each rotation counts one up.</summary>
    public int Generation { get; private set; }

    /// <summary>Why nothing is served though it is open, such as a token that has been away for too long; null if it is.</summary>
    public string? WhySuspended
    {
        get => Volatile.Read(ref _whySuspended);
        set => Volatile.Write(ref _whySuspended, value);
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
            await hierarchy.LoadAsync(cancellationToken);
            return hierarchy;
        }
        catch
        {
            hierarchy.Dispose();
            throw;
        }
    }

    /// <summary>Which root key a store's keys are wrapped by, as the store says; whether it does is seen when it is opened.</summary>
    public static async ValueTask<int> ReadGenerationAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        return await RootDocument.FindAsync(store, cancellationToken) is { } document ? RootDocument.GenerationOf(document) : 1;
    }

    /// <summary>Derives a key of the server's own: the same label gives the same key for the life of the root key.</summary>
    /// <param name="label">What it is for; one label for one purpose.</param>
    /// <param name="lengthInBytes">1 to 8160.</param>
    public SecretBytes Derive(string label, int lengthInBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(label);
        return Wrapping.DeriveKey(_base, "keyreeve/mek/derived:" + label, lengthInBytes);
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
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (!_rings.ContainsKey(tenant)) await AddVersionAsync(tenant, 1, cancellationToken);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Gives the tenant a new key-encryption key for all that is wrapped from now on; the older ones stay readable.</summary>
    /// <returns>Its version.</returns>
    public async ValueTask<int> RotateTenantAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        await using var made = await PrepareTenantRotationAsync(tenant, cancellationToken);
        await _store.CommitAsync(new StoreChanges { Documents = made.Documents }, cancellationToken);
        made.Keep();
        return made.Version;
    }

    /// <summary>Makes the tenant's next key-encryption key, to be committed by the caller together with its record. Other changes wait
    /// until it is disposed.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ItemNotFound"/>: there is no such tenant.</exception>
    public async ValueTask<NewTenantKey> PrepareTenantRotationAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (!_rings.TryGetValue(tenant, out var ring)) throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no such tenant.");
            return await MakeVersionAsync(tenant, checked(ring.Current.Version + 1), _changing, cancellationToken);
        }
        catch
        {
            _changing.Release();
            throw;
        }
    }

    /// <summary>Makes the first key-encryption key of a new tenant, to be committed by the caller together with the tenant. Other changes
    /// wait until it is disposed.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Conflict"/>: there is such a tenant.</exception>
    internal async ValueTask<NewTenantKey> PrepareTenantAsync(Func<TenantId> choose, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            return await MakeVersionAsync(choose(), 1, _changing, cancellationToken);
        }
        catch
        {
            _changing.Release();
            throw;
        }
    }

    /// <summary>Prepares the end of all that a tenant's material is wrapped by, to be committed by the caller together with its record.
    /// Other changes wait until it is disposed.</summary>
    internal async ValueTask<EndedTenantKeys> PrepareTenantEndAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            var ending = new List<StoredDocument>();
            foreach (var document in await _store.ListDocumentsAsync(DocumentKind, cancellationToken))
                if (ParseDocumentKey(document.Key).Tenant == tenant) ending.Add(document);
            if (await _store.FindDocumentAsync(BlindingKind, tenant.ToString(), cancellationToken) is { } blinding) ending.Add(blinding);
            return new EndedTenantKeys(
                this, tenant, Has(tenant) ? VersionsOf(tenant) : [], [.. ending.Select(static d => d with { RowVersion = d.RowVersion + 1, Body = null })], _changing);
        }
        catch
        {
            _changing.Release();
            throw;
        }
    }

    /// <summary>Whether a tenant has keys.</summary>
    public bool Has(TenantId tenant) => _rings.ContainsKey(tenant);

    /// <summary>Wipes the keys of tenants that are gone. Not at once, since a request that began with them may be at them.</summary>
    internal void WipeForgotten()
    {
        while (_forgotten.TryDequeue(out var ring)) ring.Dispose();
    }

    /// <summary>Whether this is the root key from which everything hangs; tells a slot that opens from one that does not.</summary>
    public bool IsRoot(SecretBytes candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        return Volatile.Read(ref _root).Equals(candidate);
    }

    /// <summary>
    /// Wraps all that hangs from the root key by another one, in one transaction: after a crash either is the root. Nothing
    /// waits for it, since what is in use is unwrapped.
    /// </summary>
    /// <param name="newRoot">The new root key; copied. Whoever makes it has sealed it, as the next generation, before.</param>
    /// <param name="cancellationToken">Ends the wait for another change; not the change.</param>
    /// <returns>The new generation.</returns>
    public async ValueTask<int> RotateRootAsync(SecretBytes newRoot, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(newRoot);
        await _changing.WaitAsync(cancellationToken);
        try
        {
            var next = checked(Generation + 1);
            var wrapping = WrappingOf(newRoot);
            try
            {
                var documents = new List<StoredDocument>
                {
                    RootDocument.Make(wrapping, next, _base, (await RootDocument.FindAsync(_store, CancellationToken.None))!.RowVersion + 1),
                };
                foreach (var kind in Wrapped)
                    foreach (var document in await _store.ListDocumentsAsync(kind, CancellationToken.None)) documents.Add(ReWrap(document, wrapping));
                await _store.CommitAsync(new StoreChanges { Documents = documents }, CancellationToken.None);
            }
            catch
            {
                wrapping.Dispose();
                throw;
            }

            var (oldRoot, oldWrapping) = (_root, _wrapping);
            Volatile.Write(ref _root, newRoot.Clone());
            _wrapping = wrapping;
            Generation = next;
            oldRoot.Dispose();
            oldWrapping.Dispose();
            return next;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Destroys a version of a tenant's key that wraps nothing any more; the caller has counted.</summary>
    /// <exception cref="InvalidOperationException">It is the current one.</exception>
    public async ValueTask DestroyVersionAsync(TenantId tenant, int version, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            var ring = Of(tenant);
            if (ring.Current.Version == version) throw new InvalidOperationException("The current key-encryption key is in use.");
            if (await _store.FindDocumentAsync(DocumentKind, DocumentKey(tenant, version), CancellationToken.None) is { } document)
                await _store.CommitAsync(new StoreChanges { Documents = [document with { RowVersion = document.RowVersion + 1, Body = null }] }, CancellationToken.None);
            ring.Remove(version);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>The versions of a tenant's key that there are, oldest first.</summary>
    public IReadOnlyList<int> VersionsOf(TenantId tenant) => Of(tenant).Versions;

    /// <summary>The tenants that have keys.</summary>
    public IReadOnlyList<TenantId> Tenants => [.. _rings.Keys.OrderBy(static tenant => tenant.Value)];

    /// <inheritdoc/>
    public void Dispose()
    {
        _root.Dispose();
        _wrapping.Dispose();
        _base?.Dispose();
        _serverSecrets?.Dispose();
        _changing.Dispose();
        foreach (var ring in _rings.Values) ring.Dispose();
        WipeForgotten();
    }

    /// <summary>A copy of the root key, to be sealed in one more slot; the caller disposes it.</summary>
    internal SecretBytes CopyRoot() => Volatile.Read(ref _root).Clone();

    /// <summary>The tenant's keys.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: it has none.</exception>
    internal TenantKeyRing Of(TenantId tenant) => _rings.TryGetValue(tenant, out var ring)
        ? ring
        : throw new KeyreeveException(KeyreeveError.Sealed, "The tenant has no key-encryption key.");

    private async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        var keys = await _store.ListDocumentsAsync(DocumentKind, cancellationToken);
        if (await RootDocument.FindAsync(_store, cancellationToken) is { } document)
        {
            Generation = RootDocument.GenerationOf(document);
            _base = RootDocument.Open(_wrapping, document) ?? throw Altered();
        }
        else
        {
            Generation = 1;
            _base = keys.Count == 0 ? SecretBytes.Random(Wrapping.KeySizeInBytes) : _root.Clone();
        }

        using (var serverSecrets = Wrapping.DeriveKey(_base, "keyreeve/mek/server-secrets")) _serverSecrets = new CommittingAead(serverSecrets);
        foreach (var blinding in await _store.ListDocumentsAsync(BlindingKind, cancellationToken)) LoadBlinding(blinding);
        foreach (var key in keys) Load(key);
        // Last: a root key that opens nothing of what is there leaves no trace.
        if (await RootDocument.FindAsync(_store, cancellationToken) is null)
            await _store.CommitAsync(new StoreChanges { Documents = [RootDocument.Make(_wrapping, 1, _base, 1)] }, cancellationToken);
    }

    internal void Forget(TenantId tenant)
    {
        if (_rings.TryRemove(tenant, out var ring)) _forgotten.Enqueue(ring);
    }

    internal void Keep(NewTenantKey made, SecretBytes kek, SecretBytes? blinding)
    {
        if (blinding is not null) RingOf(made.Tenant).KeepBlinding(blinding);
        Keep(made.Tenant, made.Version, kek);
    }

    private async ValueTask AddVersionAsync(TenantId tenant, int version, CancellationToken cancellationToken)
    {
        await using var made = await MakeVersionAsync(tenant, version, turn: null, cancellationToken);
        await _store.CommitAsync(new StoreChanges { Documents = made.Documents }, cancellationToken);
        made.Keep();
    }

    private async ValueTask<NewTenantKey> MakeVersionAsync(TenantId tenant, int version, SemaphoreSlim? turn, CancellationToken cancellationToken)
    {
        var kek = SecretBytes.Random(Wrapping.KeySizeInBytes);
        try
        {
            var documents = new List<StoredDocument> { new(DocumentKind, DocumentKey(tenant, version), 1, _wrapping.Seal(TenantAad(tenant, version), kek, [WrappingVersion])) };
            // Of a new tenant there is nothing in an older format.
            if (version == 1) documents.Add(RowFormat.Document(tenant, before: null));
            var blinding = version == 1 ? null : await BlindingToKeepAsync(tenant, documents, cancellationToken);
            return new NewTenantKey(this, tenant, version, documents, kek, blinding, turn);
        }
        catch
        {
            kek.Dispose();
            throw;
        }
    }

    // What blinds the index comes from the first KEK and is kept for itself before there is a second, so that the first can
    // be destroyed one day.
    private async ValueTask<SecretBytes?> BlindingToKeepAsync(TenantId tenant, List<StoredDocument> documents, CancellationToken cancellationToken)
    {
        var key = tenant.Value.ToString(CultureInfo.InvariantCulture);
        if (await _store.FindDocumentAsync(BlindingKind, key, cancellationToken) is not null) return null;
        if (await _store.FindDocumentAsync(DocumentKind, DocumentKey(tenant, 1), cancellationToken) is not { } first) return null;
        using var kek = Open(_wrapping, first, TenantAad(tenant, 1));
        var blinding = TenantKeys.DeriveBlindingKey(kek);
        documents.Add(new StoredDocument(BlindingKind, key, 1, _wrapping.Seal(AadOf(BlindingKind, key), blinding, [WrappingVersion])));
        return blinding;
    }

    private void Load(StoredDocument document)
    {
        var (tenant, version) = ParseDocumentKey(document.Key);
        using var kek = Open(_wrapping, document, TenantAad(tenant, version));
        Keep(tenant, version, kek);
    }

    private void LoadBlinding(StoredDocument document)
    {
        if (!int.TryParse(document.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var tenant)) throw Altered();
        using var blinding = Open(_wrapping, document, AadOf(BlindingKind, document.Key));
        RingOf(new TenantId(tenant)).KeepBlinding(blinding);
    }

    private StoredDocument ReWrap(StoredDocument document, CommittingAead wrapping)
    {
        var aad = AadOf(document.Kind, document.Key);
        using var secret = Open(_wrapping, document, aad);
        return document with { RowVersion = document.RowVersion + 1, Body = wrapping.Seal(aad, secret, [WrappingVersion]) };
    }

    private static SecretBytes Open(CommittingAead wrapping, StoredDocument document, byte[] aad)
    {
        var body = document.Body is { Length: > 0 } b ? b.Span : throw Altered();
        return body[0] == WrappingVersion && wrapping.TryOpen(aad, body[1..], out var secret) ? secret : throw Altered();
    }

    private static CommittingAead WrappingOf(SecretBytes root)
    {
        using var key = Wrapping.DeriveKey(root, "keyreeve/mek/tenant-keks");
        return new CommittingAead(key);
    }

    private void Keep(TenantId tenant, int version, SecretBytes kek) => RingOf(tenant).Add(new TenantKeys(version, kek));

    private TenantKeyRing RingOf(TenantId tenant) => _rings.GetOrAdd(tenant, static _ => new TenantKeyRing());

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

    private static byte[] TenantAad(TenantId tenant, int version) => AadOf(DocumentKind, DocumentKey(tenant, version));

    private static byte[] AadOf(string kind, string key) => Encoding.ASCII.GetBytes($"keyreeve/{kind}/1\0{key}");

    private static byte[] ServerAad(string label) => Encoding.UTF8.GetBytes("keyreeve/server-secret/1\0" + label);

    private static KeyreeveException Altered() =>
        new(KeyreeveError.IntegrityFailure, "A tenant's key-encryption key does not open under this root key, or was altered.");
}
