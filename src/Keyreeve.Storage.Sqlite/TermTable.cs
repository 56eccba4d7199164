using System.Collections.Concurrent;

namespace Keyreeve.Storage.Sqlite;

/// <summary>
/// The numbers of terms that readers and writer look up most: those of committed rows alone. Callers choose the names of
/// custom attributes, so the table is bounded; terms beyond it are looked up in the file.
/// </summary>
internal sealed class TermTable
{
    private const int Capacity = 4096;

    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private int _count;

    public bool TryGet(string term, out int number) => _numbers.TryGetValue(term, out number);

    public void Add(string term, int number)
    {
        if (Volatile.Read(ref _count) < Capacity && _numbers.TryAdd(term, number)) Interlocked.Increment(ref _count);
    }
}
