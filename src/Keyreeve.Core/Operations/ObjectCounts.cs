using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations;

/// <summary>
/// How many objects a tenant has, where that is limited: counted once in the store, and from then on along with what is made. Thread
/// safe.
/// </summary>
internal sealed class ObjectCounts(IObjectStore store)
{
    private readonly ConcurrentDictionary<TenantId, Task<StrongBox<long>>> _counts = new();

    /// <summary>Takes the places of what a request is about to make, until it is known not to be made.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ServerLimitExceeded"/>: there is no room.</exception>
    public async ValueTask TakeAsync(OperationScope scope, long? most)
    {
        var (made, gone) = (scope.Inserts.Count, scope.Deletes.Count);
        if (made == 0 && gone == 0) return;
        if (most is null && !_counts.ContainsKey(scope.Tenant)) return;
        var count = await _counts.GetOrAdd(scope.Tenant, CountAsync);
        if (Interlocked.Add(ref count.Value, made) > most && made > 0)
        {
            Interlocked.Add(ref count.Value, -made);
            throw new KeyreeveException(KeyreeveError.ServerLimitExceeded, $"The tenant may have {most} objects, and has as many; have some obliterated, or a security officer raise the limit.");
        }

        scope.OnAbandoned(() => Interlocked.Add(ref count.Value, -made));
        if (gone > 0) scope.OnCommitted(() => Interlocked.Add(ref count.Value, -gone));
    }

    private async Task<StrongBox<long>> CountAsync(TenantId tenant)
    {
        try
        {
            var found = await store.LocateAsync(new ObjectQuery { Tenant = tenant, Conditions = [], Limit = 1, CountAll = true }, CancellationToken.None);
            return new StrongBox<long>(found.Total ?? 0);
        }
        catch
        {
            // Counted again by the next one.
            _counts.TryRemove(tenant, out _);
            throw;
        }
    }
}
