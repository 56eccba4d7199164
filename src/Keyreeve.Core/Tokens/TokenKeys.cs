using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Tokens;

/// <summary>
/// The keys that live in a token, and the order in which token and store change, so that a crash leaves nothing behind in
/// either: before a key is made there, and with the row that gives it up, a note of it is committed. Whatever has a note and no
/// row with that key is destroyed in the token; then the note goes. Thread safe.
/// </summary>
/// <remarks>What the token holds without row and without note is never destroyed: after a restore of an older store these are
/// keys that somebody may need again.</remarks>
public sealed class TokenKeys : IAsyncDisposable
{
    private const string NoteKind = "token-key";

    private readonly IObjectStore _store;
    private readonly ObjectVault _vault;
    private readonly IKeyToken _token;
    private readonly KeyHierarchy _hierarchy;
    private readonly DocumentSealer _sealer;
    private readonly Action<string> _log;
    private readonly ConcurrentDictionary<UniqueIdentifier, bool> _underWay = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly SemaphoreSlim _sweeping = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeSpan _interval;
    private Task _sweeper = Task.CompletedTask;

    /// <summary>The keys of one token.</summary>
    /// <param name="engine">What they belong to; it has to know of this by <see cref="Engine.TokenKeys"/>.</param>
    /// <param name="token">The token.</param>
    /// <param name="interval">How often it is tried again to destroy what the token did not when it was asked.</param>
    /// <param name="log">Told what was left behind and what became of it.</param>
    public TokenKeys(Engine engine, IKeyToken token, TimeSpan interval, Action<string> log)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(token);
        ArgumentNullException.ThrowIfNull(log);
        _store = engine.Store;
        _vault = engine.Objects;
        _token = token;
        _interval = interval;
        _log = log;
        _hierarchy = engine.Hierarchy;
        _sealer = new DocumentSealer(engine.Hierarchy);
    }

    /// <summary>The token.</summary>
    public IKeyToken Token => _token;

    /// <summary>Begins to destroy what has been left behind, now and whenever there is something.</summary>
    public void Start() => _sweeper = Task.Run(SweepAgainAndAgainAsync);

    /// <summary>Ends that.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sweeper;
        _stop.Dispose();
        _work.Dispose();
        _sweeping.Dispose();
        _sealer.Dispose();
    }

    /// <summary>Makes a key in the token for an object that the request is about to stage.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.FeatureNotSupported"/>: within a batch that may be undone; and what the
    /// token says.</exception>
    internal async ValueTask<TokenHandle> MakeAsync(OperationScope scope, TokenKeyWish wish, CancellationToken cancellationToken)
    {
        if (scope.Engine.Batch is not null)
            throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "A key that was made in the token cannot be taken back, so it cannot be in a batch that is undone.");
        var key = NoteKey(scope.Tenant, wish.Id);
        _underWay[wish.Id] = true;
        scope.OnCommitted(() => _underWay.TryRemove(wish.Id, out _));
        scope.OnAbandoned(() =>
        {
            _underWay.TryRemove(wish.Id, out _);
            _work.Release();
        });
        await _store.CommitAsync(new StoreChanges { Documents = [_sealer.Seal(NoteKind, key, 1, [])] }, cancellationToken);
        // From here on nothing is cancelled: what the token has made by then is to be used, or found again.
        var handle = await _token.MakeAsync(wish, CancellationToken.None);
        scope.Write(new StoredDocument(NoteKind, key, 2, Body: null));
        return handle;
    }

    /// <summary>Stages with an object's end that its key in the token is to end too.</summary>
    internal static void StageEnd(OperationScope scope, ManagedObject ending)
    {
        if (!ending.IsInToken) return;
        var keys = Of(scope.Engine);
        var handle = HandleOf(scope.Engine, ending);
        scope.Write(keys._sealer.Seal(NoteKind, NoteKey(scope.Tenant, handle.Id), 1, Encoding.UTF8.GetBytes(handle.Serial)));
        scope.OnCommitted(() => keys._work.Release());
    }

    /// <summary>Stages with a tenant's end that all its keys in the token are to end too.</summary>
    internal async ValueTask StageEndOfTenantAsync(OperationScope scope, TenantId tenant, CancellationToken cancellationToken)
    {
        foreach (var id in await _token.ListAsync(cancellationToken))
        {
            if (await _store.FindAsync(tenant, id, cancellationToken) is null) continue;
            if (await _store.FindDocumentAsync(NoteKind, NoteKey(tenant, id), cancellationToken) is null) scope.Write(_sealer.Seal(NoteKind, NoteKey(tenant, id), 1, []));
        }

        scope.OnCommitted(() => _work.Release());
    }

    /// <summary>The engine's.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.TokenUnavailable"/>: no token is configured any more.</exception>
    internal static TokenKeys Of(Engine engine) => engine.TokenKeys
        ?? throw new KeyreeveException(KeyreeveError.TokenUnavailable, "The key lives in a token, and this server has none; configure it in section [hsm].");

    /// <summary>Where an object's key is.</summary>
    internal static TokenHandle HandleOf(Engine engine, ManagedObject managedObject)
    {
        using var stored = engine.Objects.Unwrap(managedObject);
        var handle = TokenHandle.Decode(stored);
        return handle.Id == managedObject.Id
            ? handle
            : throw new KeyreeveException(KeyreeveError.IntegrityFailure, $"The row of {managedObject.Id} names another object's key in the token.");
    }

    /// <summary>Destroys in the token what has a note and no row.</summary>
    /// <returns>How many notes are left, because the token is not there or the key is being made at this moment.</returns>
    public async ValueTask<int> SweepAsync(CancellationToken cancellationToken)
    {
        await _sweeping.WaitAsync(cancellationToken);
        try
        {
            var left = 0;
            foreach (var note in await _store.ListDocumentsAsync(NoteKind, cancellationToken))
                if (!await TrySettleAsync(note, cancellationToken)) left++;
            return left;
        }
        finally
        {
            _sweeping.Release();
        }
    }

    private async Task SweepAgainAndAgainAsync()
    {
        try
        {
            while (true)
            {
                var left = await SweepOrSayAsync();
                // What is left is tried again after a while; otherwise somebody calls.
                await _work.WaitAsync(left > 0 ? _interval : Timeout.InfiniteTimeSpan, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
    }

    private async ValueTask<int> SweepOrSayAsync()
    {
        try
        {
            return await SweepAsync(_stop.Token);
        }
        catch (KeyreeveException failure)
        {
            _log($"Keys in the token that nothing names could not be looked for: {failure.Message}");
            return 1;
        }
    }

    private async ValueTask<bool> TrySettleAsync(StoredDocument note, CancellationToken cancellationToken)
    {
        if (!_sealer.TryOpen(note, out var content))
        {
            _log($"The note of a key in the token, {note.Key}, was altered outside the server; nothing is destroyed by it.");
            return false;
        }

        var (tenant, id) = IdOf(note);
        if (_underWay.ContainsKey(id)) return false;
        try
        {
            // Of a tenant that was deleted no row opens any more.
            if (!_hierarchy.Has(tenant) || await _vault.FindAsync(tenant, id, cancellationToken) is not { IsInToken: true })
                await _token.DestroyAsync(id, content.Length == 0 ? null : Encoding.UTF8.GetString(content), cancellationToken);
            await _store.CommitAsync(new StoreChanges { Documents = [new StoredDocument(NoteKind, note.Key, note.RowVersion + 1, Body: null)] }, cancellationToken);
            return true;
        }
        catch (KeyreeveException failure)
        {
            _log($"The key of {id} in the token is to be destroyed, and could not be: {failure.Message}");
            return false;
        }
    }

    private static string NoteKey(TenantId tenant, UniqueIdentifier id) => $"{tenant}/{id}";

    private static (TenantId Tenant, UniqueIdentifier Id) IdOf(StoredDocument note)
    {
        var slash = note.Key.IndexOf('/', StringComparison.Ordinal);
        return (new TenantId(int.Parse(note.Key.AsSpan(0, slash), CultureInfo.InvariantCulture)), UniqueIdentifier.Parse(note.Key[(slash + 1)..]));
    }
}
