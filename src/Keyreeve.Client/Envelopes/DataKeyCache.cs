using System.Runtime.InteropServices;

namespace Keyreeve.Client.Envelopes;

/// <summary>
/// Data keys for small values, bounded by number, age and uses. Keys are looked up by what they are for: a named key that
/// encrypts, or a wrapped key that is to be opened.
/// </summary>
/// <remarks>Thread safe. Of several callers who miss the same key at once, one fetches and the others wait.</remarks>
internal sealed class DataKeyCache(EnvelopeEncryptorOptions options) : IDisposable
{
    private readonly Dictionary<string, CachedDataKey> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task<CachedDataKey>> _fetches = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private bool _isDisposed;

    private bool KeepsNone => options.DataKeyCapacity <= 0 || options.DataKeyLifetime <= TimeSpan.Zero;

    /// <summary>Gives a data key that the caller releases; fetches it when there is none.</summary>
    /// <param name="name">What the key is for.</param>
    /// <param name="forEncryption">Whether this counts as a use.</param>
    /// <param name="fetch">Gets the key from the server, with one holder.</param>
    /// <param name="cancellationToken">Ends the wait, not the fetch that others may wait for.</param>
    public async ValueTask<CachedDataKey> HoldAsync(
        string name, bool forEncryption, Func<Task<CachedDataKey>> fetch, CancellationToken cancellationToken)
    {
        if (KeepsNone)
            return await fetch().WaitAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            if (TryHold(name, forEncryption) is { } found)
                return found;
            var key = await FetchOnceAsync(name, fetch).WaitAsync(cancellationToken).ConfigureAwait(false);
            if ((!forEncryption || key.TryUse(options.DataKeyMaxUses)) && key.TryHold())
                return key;
        }
    }

    /// <summary>Finds a data key that the caller releases. Null when there is none that may still be used.</summary>
    public CachedDataKey? TryHold(string name, bool forEncryption)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_entries.TryGetValue(name, out var entry))
                return null;
            if (!IsTooOld(entry) && (!forEncryption || entry.TryUse(options.DataKeyMaxUses)) && entry.TryHold())
                return entry;
            _entries.Remove(name);
            entry.Release();
            return null;
        }
    }

    /// <summary>Keeps a data key under one more name, so that what was encrypted here can be decrypted without the server.</summary>
    public void AddAlias(string name, CachedDataKey key)
    {
        if (KeepsNone || !key.TryHold())
            return;
        lock (_gate)
            Insert(name, key);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            foreach (var entry in _entries.Values)
                entry.Release();
            _entries.Clear();
        }
    }

    private Task<CachedDataKey> FetchOnceAsync(string name, Func<Task<CachedDataKey>> fetch)
    {
        lock (_gate)
        {
            ref var running = ref CollectionsMarshal.GetValueRefOrAddDefault(_fetches, name, out var exists);
            if (!exists)
                running = FetchAndInsertAsync(name, fetch);
            return running!;
        }
    }

    private async Task<CachedDataKey> FetchAndInsertAsync(string name, Func<Task<CachedDataKey>> fetch)
    {
        // Off the caller's stack, which holds the lock.
        await Task.Yield();
        try
        {
            var key = await fetch().ConfigureAwait(false);
            lock (_gate)
                Insert(name, key);
            return key;
        }
        finally
        {
            lock (_gate)
                _fetches.Remove(name);
        }
    }

    /// <summary>Takes over the holder that the caller is.</summary>
    private void Insert(string name, CachedDataKey key)
    {
        if (_isDisposed)
        {
            key.Release();
            return;
        }

        if (_entries.Remove(name, out var replaced))
            replaced.Release();
        while (_entries.Count >= options.DataKeyCapacity)
            RemoveOldest();
        _entries.Add(name, key);
    }

    private void RemoveOldest()
    {
        var (name, entry) = _entries.MinBy(pair => pair.Value.MadeAt);
        _entries.Remove(name);
        entry.Release();
    }

    private bool IsTooOld(CachedDataKey entry) => options.TimeProvider.GetElapsedTime(entry.MadeAt) >= options.DataKeyLifetime;
}
