using System.Collections.Concurrent;

namespace Keyreeve.Server.Identity;

/// <summary>
/// Remembers what was asked for lately, in constant time whatever it holds: when the young generation is full, the old one is
/// dropped whole and the young one takes its place. Thread safe.
/// </summary>
/// <param name="capacity">How many entries a generation has; it may be passed by as many as there are threads.</param>
internal sealed class TwoGenerations<TValue>(int capacity)
    where TValue : class
{
    private readonly Lock _turning = new();
    private volatile Generation _young = new();
    private volatile Generation _old = new();

    /// <summary>How many entries there are, at most twice the capacity; some may count twice.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>What is kept under a key; null if nothing.</summary>
    public TValue? Find(string key)
    {
        if (_young.Entries.TryGetValue(key, out var value)) return value;
        if (!_old.Entries.TryGetValue(key, out value)) return null;
        Keep(key, value);
        return value;
    }

    /// <summary>Keeps a value.</summary>
    public void Keep(string key, TValue value)
    {
        var young = _young;
        if (!young.Entries.TryAdd(key, value) || Interlocked.Increment(ref young.Count) < capacity) return;
        lock (_turning)
        {
            if (_young != young) return;
            _old = young;
            _young = new Generation();
        }
    }

    private sealed class Generation
    {
        public readonly ConcurrentDictionary<string, TValue> Entries = new(StringComparer.Ordinal);

        // Asked of the dictionary itself it would take all of its locks.
        public int Count;
    }
}
