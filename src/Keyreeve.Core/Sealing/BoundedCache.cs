using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// A cache bounded in number and time whose reads take no lock and allocate nothing, and that knows which fills are
/// stale: a fill that began before an invalidation of its key is not kept. Thread safe.
/// </summary>
/// <remarks>
/// Eviction is second-chance: an entry that was read since the hand last passed stays. What leaves the cache is handed to
/// <c>released</c> exactly once.
/// </remarks>
internal sealed class BoundedCache<TKey, TValue> : IDisposable
    where TKey : notnull
    where TValue : class
{
    private const int StripeCount = 256;

    private static readonly TimeSpan LongestTrimInterval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();
    private readonly ConcurrentQueue<Entry> _hand = new();
    private readonly Stripe[] _stripes = new Stripe[StripeCount];
    private readonly TimeProvider _time;
    private readonly int _capacity;
    private readonly long _lifetimeInTicks;
    private readonly Action<TValue> _released;
    private readonly ITimer _trim;

    /// <summary>Makes a cache.</summary>
    /// <param name="capacity">How many entries at most; it may be passed by as many as there are threads.</param>
    /// <param name="lifetime">How long an entry is used at most; what nobody asks for goes within a quarter of it more.</param>
    /// <param name="time">The clock.</param>
    /// <param name="released">Called for every value that leaves.</param>
    public BoundedCache(int capacity, TimeSpan lifetime, TimeProvider time, Action<TValue> released)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        for (var i = 0; i < StripeCount; i++) _stripes[i] = new Stripe();
        _capacity = capacity;
        _time = time;
        _lifetimeInTicks = (long)(lifetime.TotalSeconds * time.TimestampFrequency);
        _released = released;
        var trimEvery = lifetime / 4 < LongestTrimInterval ? lifetime / 4 : LongestTrimInterval;
        _trim = time.CreateTimer(static cache => ((BoundedCache<TKey, TValue>)cache!).Trim(), this, trimEvery, trimEvery);
    }

    /// <summary>How many entries there are; for figures only.</summary>
    public int Count => _entries.Count;

    /// <summary>Looks a value up.</summary>
    public bool TryGet(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        value = null;
        if (!_entries.TryGetValue(key, out var entry)) return false;
        if (_time.GetTimestamp() > entry.ExpiresAt)
        {
            Remove(entry);
            return false;
        }

        // Written only when it changes, so that a hot entry's line stays shared between processors.
        if (!entry.WasRead) entry.WasRead = true;
        value = entry.Value;
        return true;
    }

    /// <summary>To be asked before a value is read from where it is kept.</summary>
    public long BeginFill(TKey key)
    {
        var stripe = StripeOf(key);
        lock (stripe) return stripe.Generation;
    }

    /// <summary>Keeps a value, unless its key was invalidated since the fill began.</summary>
    /// <returns>Whether it was kept. If not, the value still belongs to the caller.</returns>
    public bool TryKeep(TKey key, TValue value, long fill)
    {
        var entry = new Entry(key, value, _time.GetTimestamp() + _lifetimeInTicks);
        var stripe = StripeOf(key);
        lock (stripe)
        {
            if (stripe.Generation != fill || !_entries.TryAdd(key, entry)) return false;
        }

        _hand.Enqueue(entry);
        while (_entries.Count > _capacity && EvictOne())
        {
        }

        return true;
    }

    /// <summary>Forgets a key; fills that began before are not kept.</summary>
    public void Invalidate(TKey key)
    {
        Entry? removed;
        var stripe = StripeOf(key);
        lock (stripe)
        {
            unchecked { stripe.Generation++; }
            _entries.TryRemove(key, out removed);
        }

        if (removed is not null) Release(removed);
    }

    /// <summary>Forgets every key of which that holds; fills that began before, of whatever key, are not kept.</summary>
    public void InvalidateWhere(Func<TKey, bool> condition)
    {
        // A key that is being filled is not among the entries yet.
        foreach (var stripe in _stripes)
        {
            lock (stripe) unchecked { stripe.Generation++; }
        }

        foreach (var key in _entries.Keys)
            if (condition(key)) Invalidate(key);
    }

    /// <summary>Forgets everything and stops the clock.</summary>
    public void Dispose()
    {
        _trim.Dispose();
        foreach (var key in _entries.Keys) Invalidate(key);
    }

    private void Trim()
    {
        var now = _time.GetTimestamp();
        for (var left = _hand.Count; left > 0 && _hand.TryDequeue(out var entry); left--)
        {
            if (entry.IsReleased) continue;
            if (now > entry.ExpiresAt) Remove(entry);
            else _hand.Enqueue(entry);
        }
    }

    private bool EvictOne()
    {
        while (_hand.TryDequeue(out var entry))
        {
            if (entry.IsReleased) continue;
            if (entry.WasRead)
            {
                entry.WasRead = false;
                _hand.Enqueue(entry);
                continue;
            }

            Remove(entry);
            return true;
        }

        return false;
    }

    private void Remove(Entry entry)
    {
        if (_entries.TryRemove(KeyValuePair.Create(entry.Key, entry))) Release(entry);
    }

    private void Release(Entry entry)
    {
        entry.IsReleased = true;
        _released(entry.Value);
    }

    private Stripe StripeOf(TKey key) => _stripes[unchecked((uint)key.GetHashCode()) % StripeCount];

    private sealed class Stripe
    {
        public long Generation;
    }

    private sealed class Entry(TKey key, TValue value, long expiresAt)
    {
        public TKey Key { get; } = key;

        public TValue Value { get; } = value;

        public long ExpiresAt { get; } = expiresAt;

        public volatile bool WasRead;

        public volatile bool IsReleased;
    }
}
