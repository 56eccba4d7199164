using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Keyreeve.Server.Alerts.Watching;

/// <summary>
/// A dictionary of limited size. When it is full, the one worth least of some that chance picks makes room: whoever brings in many
/// new names pushes out other new ones, and not what has been known for weeks. Not thread safe.
/// </summary>
/// <param name="capacity">How many at most.</param>
/// <param name="worth">What is worth more stays.</param>
internal sealed class BoundedTable<TKey, TValue>(int capacity, Func<TValue, long> worth)
    where TKey : notnull
{
    private const int Candidates = 24;

    private readonly Dictionary<TKey, int> _places = [];
    private readonly List<(TKey Key, TValue Value)> _entries = [];

    public int Count => _entries.Count;

    /// <summary>How many had to make room.</summary>
    public long Evicted { get; private set; }

    public IEnumerable<(TKey Key, TValue Value)> Entries => _entries;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var found = _places.TryGetValue(key, out var place);
        value = found ? _entries[place].Value : default;
        return found;
    }

    public void Set(TKey key, TValue value)
    {
        if (_places.TryGetValue(key, out var place))
        {
            _entries[place] = (key, value);
            return;
        }

        if (_entries.Count >= capacity) Evict();
        _places.Add(key, _entries.Count);
        _entries.Add((key, value));
    }

    private void Evict()
    {
        var least = RandomNumberGenerator.GetInt32(_entries.Count);
        for (var i = 1; i < Candidates; i++)
        {
            var other = RandomNumberGenerator.GetInt32(_entries.Count);
            if (worth(_entries[other].Value) < worth(_entries[least].Value)) least = other;
        }

        var last = _entries.Count - 1;
        _places.Remove(_entries[least].Key);
        if (least != last)
        {
            _entries[least] = _entries[last];
            _places[_entries[least].Key] = least;
        }

        _entries.RemoveAt(last);
        Evicted++;
    }
}
