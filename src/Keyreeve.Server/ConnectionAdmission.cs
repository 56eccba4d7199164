using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Keyreeve.Server;

/// <summary>
/// Counts connections by some key and admits one more only below a limit, so that no one peer takes the places of the
/// others. Thread safe.
/// </summary>
internal sealed class ConnectionAdmission(int limit)
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Admits one more for the key, until what is returned is disposed.</summary>
    public bool TryEnter(string key, [NotNullWhen(true)] out IDisposable? place)
    {
        place = null;
        while (true)
        {
            var count = _counts.GetOrAdd(key, 0);
            if (count >= limit) return false;
            if (!_counts.TryUpdate(key, count + 1, count)) continue;
            place = new Place(this, key);
            return true;
        }
    }

    private void Leave(string key)
    {
        while (_counts.TryGetValue(key, out var count))
        {
            if (count == 1 ? _counts.TryRemove(KeyValuePair.Create(key, count)) : _counts.TryUpdate(key, count - 1, count)) return;
        }
    }

    private sealed class Place(ConnectionAdmission admission, string key) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) admission.Leave(key);
        }
    }
}
