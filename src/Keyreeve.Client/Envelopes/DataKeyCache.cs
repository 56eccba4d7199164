using System.Runtime.InteropServices;
using Keyreeve.Client.Connecting;

namespace Keyreeve.Client.Envelopes;

/// <summary>
/// Data keys for small values, bounded by number, age, uses and bytes. Keys are looked up by what they are for: a named key that
/// encrypts, or a wrapped key that is to be opened.
/// </summary>
/// <remarks>
/// Thread safe. Of several callers who miss the same key at once, one fetches and the others wait. A fetch that began before
/// <see cref="Forget"/> does not bring back what was forgotten. What is too old to be used is wiped when it becomes so, whether or not
/// anybody asks for it.
/// </remarks>
internal sealed class DataKeyCache(EnvelopeEncryptorOptions options) : IDisposable
{
    private const double ShortestSweepInSeconds = 0.1;
    private const double LongestSweepInSeconds = 3600;

    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);

    /// <summary>The entry not used for longest first.</summary>
    private readonly LinkedList<Entry> _order = [];

    private readonly Dictionary<string, Task<CachedDataKey>> _fetches = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private ITimer? _sweep;
    private int _generation;
    private int _isRefreshingMany;
    private bool _isDisposed;

    /// <summary>Grows with each <see cref="Forget"/>.</summary>
    public int Generation
    {
        get
        {
            lock (_gate)
                return _generation;
        }
    }

    private bool KeepsNone => options.DataKeyCapacity <= 0 || options.DataKeyLifetime <= TimeSpan.Zero;

    /// <summary>Gives a data key that the caller releases; fetches it when there is none.</summary>
    /// <param name="use">What the key is for.</param>
    /// <param name="fetch">Gets the key from the server, with one holder.</param>
    /// <param name="cancellationToken">Ends the wait, not the fetch that others may wait for.</param>
    public async ValueTask<CachedDataKey> HoldAsync(DataKeyUse use, Func<Task<CachedDataKey>> fetch, CancellationToken cancellationToken)
    {
        if (KeepsNone)
        {
            ClientMetrics.CacheFetches.Add(1);
            return await fetch().WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            if (TryHold(use) is { } found)
                return found;
            CachedDataKey key;
            try
            {
                key = await FetchOnceAsync(use.Name, fetch).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (KeyreeveClientException e) when (options.OutageGrace > TimeSpan.Zero && e.IsOutage)
            {
                if (TryHoldInGrace(use) is { } stale)
                    return stale;
                throw;
            }

            if (key.TryUse(use, options) && key.TryHold())
                return key;
        }
    }

    /// <summary>Finds a data key that the caller releases. Null when there is none that may still be used.</summary>
    public CachedDataKey? TryHold(DataKeyUse use)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_entries.TryGetValue(use.Name, out var node))
                return null;
            var key = node.Value.Key;
            var age = options.TimeProvider.GetElapsedTime(key.MadeAt);
            if (age >= options.DataKeyLifetime)
            {
                if (IsOver(age))
                    Remove(node, "age");
                return null;
            }

            if (!key.TryUse(use, options))
            {
                Remove(node, "uses");
                return null;
            }

            // Until it was removed from here, the cache itself holds it.
            _ = key.TryHold();
            if (node.Next is not null)
            {
                _order.Remove(node);
                _order.AddLast(node);
            }

            ClientMetrics.CacheHits.Add(1);
            return key;
        }
    }

    /// <summary>Whether it is time to ask the server about a key again.</summary>
    public bool IsDue(CachedDataKey key) => options.TimeProvider.GetElapsedTime(key.MadeAt) >= options.RefreshAfter;

    /// <summary>Asks the server about a key again, aside from the calls.</summary>
    public void Refresh(string name, Func<Task<CachedDataKey>> fetch)
    {
        lock (_gate)
        {
            if (_isDisposed || _fetches.ContainsKey(name))
                return;
        }

        _ = RefreshAsync(name, fetch);
    }

    /// <summary>Begins to ask the server about many keys again; false when that is under way already.</summary>
    public bool TryBeginRefresh() => Interlocked.Exchange(ref _isRefreshingMany, 1) == 0;

    /// <summary>Ends what <see cref="TryBeginRefresh"/> began.</summary>
    public void EndRefresh() => Volatile.Write(ref _isRefreshingMany, 0);

    /// <summary>Keeps a data key that was fetched with others, unless something was forgotten since the fetch began.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="key">The key; the caller stays a holder.</param>
    /// <param name="generation"><see cref="Generation"/> before the fetch.</param>
    public void Keep(string name, CachedDataKey key, int generation)
    {
        if (KeepsNone)
            return;
        lock (_gate)
        {
            if (generation == _generation && key.TryHold())
                Insert(name, key);
        }
    }

    /// <summary>Wipes a data key that the server has refused.</summary>
    public void Refuse(string name)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(name, out var refused))
                Remove(refused, "refused");
        }
    }

    /// <summary>Wipes all data keys that a key wrapped.</summary>
    public void Forget(Guid keyId)
    {
        lock (_gate)
        {
            _generation = unchecked(_generation + 1);
            for (var node = _order.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Key.Wrapped.KeyId == keyId)
                    Remove(node, "forgotten");
                node = next;
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            while (_order.First is { } node)
                Remove(node, "forgotten");
            _sweep?.Dispose();
            _sweep = null;
        }
    }

    /// <summary>Finds a data key that is older than its lifetime, for as long as no server can be reached; the caller releases it.</summary>
    public CachedDataKey? TryHoldInGrace(DataKeyUse use)
    {
        lock (_gate)
        {
            if (_isDisposed || !_entries.TryGetValue(use.Name, out var node))
                return null;
            var key = node.Value.Key;
            if (IsOver(options.TimeProvider.GetElapsedTime(key.MadeAt)) || !key.TryUse(use, options) || !key.TryHold())
                return null;
            ClientMetrics.GraceUses.Add(1);
            return key;
        }
    }

    private Task<CachedDataKey> FetchOnceAsync(string name, Func<Task<CachedDataKey>> fetch, bool isRefresh = false)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            // A fetch may have ended since the caller looked.
            if (!isRefresh && _entries.TryGetValue(name, out var fetched)
                && options.TimeProvider.GetElapsedTime(fetched.Value.Key.MadeAt) < options.DataKeyLifetime)
                return Task.FromResult(fetched.Value.Key);
            ref var running = ref CollectionsMarshal.GetValueRefOrAddDefault(_fetches, name, out var exists);
            if (!exists)
                running = FetchAndInsertAsync(name, fetch, _generation);
            return running!;
        }
    }

    private async Task RefreshAsync(string name, Func<Task<CachedDataKey>> fetch)
    {
        try
        {
            await FetchOnceAsync(name, fetch, isRefresh: true).ConfigureAwait(false);
        }
        catch (Exception e) when (e is KeyreeveClientException or ObjectDisposedException)
        {
            // Nobody waits for this: whoever finds the key gone or grown old asks himself, and learns why.
        }
    }

    private async Task<CachedDataKey> FetchAndInsertAsync(string name, Func<Task<CachedDataKey>> fetch, int generation)
    {
        // Off the caller's stack, which holds the lock.
        await Task.Yield();
        try
        {
            ClientMetrics.CacheFetches.Add(1);
            var key = await fetch().ConfigureAwait(false);
            lock (_gate)
            {
                if (generation != _generation)
                    key.Release();
                else
                    InsertWithAlias(name, key);
            }

            return key;
        }
        catch (KeyreeveClientException e) when (!e.IsOutage)
        {
            Refuse(name);
            throw;
        }
        finally
        {
            lock (_gate)
                _fetches.Remove(name);
        }
    }

    // What was made here to encrypt is found to decrypt as well, without the server.
    private void InsertWithAlias(string name, CachedDataKey key)
    {
        if (key.Alias is { } alias && key.TryHold())
            Insert(alias, key);
        Insert(name, key);
    }

    /// <summary>Takes over the holder that the caller is.</summary>
    private void Insert(string name, CachedDataKey key)
    {
        if (_isDisposed)
        {
            key.Release();
            return;
        }

        if (_entries.TryGetValue(name, out var replaced))
            Remove(replaced, "age");
        while (_entries.Count >= options.DataKeyCapacity)
            Remove(_order.First!, "room");
        _entries.Add(name, _order.AddLast(new Entry(name, key)));
        ClientMetrics.CachedKeys.Add(1);
        _sweep ??= options.TimeProvider.CreateTimer(static cache => ((DataKeyCache)cache!).Sweep(), this, NextSweep(TimeSpan.Zero), Timeout.InfiniteTimeSpan);
    }

    private void Sweep()
    {
        lock (_gate)
        {
            var oldest = TimeSpan.Zero;
            for (var node = _order.First; node is not null;)
            {
                var next = node.Next;
                var age = options.TimeProvider.GetElapsedTime(node.Value.Key.MadeAt);
                if (IsOver(age))
                    Remove(node, "age");
                else if (age > oldest)
                    oldest = age;
                node = next;
            }

            if (_entries.Count > 0)
            {
                _sweep?.Change(NextSweep(oldest), Timeout.InfiniteTimeSpan);
                return;
            }

            // Where there is nothing to wipe, nothing keeps a cache alive that nobody has disposed of.
            _sweep?.Dispose();
            _sweep = null;
        }
    }

    // Times may be as long as a TimeSpan is: their sum is not one then.
    private TimeSpan NextSweep(TimeSpan oldest) => TimeSpan.FromSeconds(Math.Clamp(
        options.DataKeyLifetime.TotalSeconds + options.OutageGrace.TotalSeconds - oldest.TotalSeconds, ShortestSweepInSeconds, LongestSweepInSeconds));

    private bool IsOver(TimeSpan age) => age >= options.DataKeyLifetime && age - options.DataKeyLifetime >= options.OutageGrace;

    private void Remove(LinkedListNode<Entry> node, string reason)
    {
        _entries.Remove(node.Value.Name);
        _order.Remove(node);
        node.Value.Key.Release();
        ClientMetrics.CachedKeys.Add(-1);
        ClientMetrics.CacheEvictions.Add(1, new KeyValuePair<string, object?>("reason", reason));
    }

    private readonly record struct Entry(string Name, CachedDataKey Key);
}
