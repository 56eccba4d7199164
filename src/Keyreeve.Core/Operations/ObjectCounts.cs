using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations;

/// <summary>
/// How many objects tenants and principals have, where that is limited: counted once in the store, and from then on along with what is
/// made. Thread safe.
/// </summary>
internal sealed class ObjectCounts(IObjectStore store)
{
    private readonly ConcurrentDictionary<Counted, Task<StrongBox<long>>> _counts = new();

    /// <summary>Takes the places of what a request is about to make, until it is known not to be made.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ServerLimitExceeded"/>: there is no room.</exception>
    public async ValueTask TakeAsync(OperationScope scope, LimitRules limits)
    {
        if (scope.Inserts.Count == 0 && scope.Deletes.Count == 0) return;
        if (!limits.LimitObjects && _counts.IsEmpty) return;
        await TakeAsync(scope, new Counted(scope.Tenant, Owner: null), scope.Inserts.Count, scope.Deletes.Count, limits.Objects);
        foreach (var owner in scope.Inserts.Concat(scope.Deletes).Select(OwnerOf).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            var (made, gone) = (scope.Inserts.Count(IsOwned), scope.Deletes.Count(IsOwned));
            await TakeAsync(scope, new Counted(scope.Tenant, owner), made, gone, limits.ObjectsOf(owner));

            bool IsOwned(ManagedObject one) => string.Equals(OwnerOf(one), owner, StringComparison.Ordinal);
        }
    }

    private async ValueTask TakeAsync(OperationScope scope, Counted of, int made, int gone, long? most)
    {
        if (most is null && !_counts.ContainsKey(of)) return;
        var count = await _counts.GetOrAdd(of, CountAsync);
        // What the server does of itself, such as a rotation that is due, is counted and does not fail for that.
        if (Interlocked.Add(ref count.Value, made) > most && made > 0 && !scope.Call.Principal.IsServer)
        {
            Interlocked.Add(ref count.Value, -made);
            var who = of.Owner is { } owner ? $"principal '{owner}'" : "tenant";
            throw new KeyreeveException(KeyreeveError.ServerLimitExceeded, $"The {who} may have {most} objects, and has as many; have some obliterated, or a security officer raise the limit.");
        }

        scope.OnAbandoned(() => Interlocked.Add(ref count.Value, -made));
        if (gone > 0) scope.OnCommitted(() => Interlocked.Add(ref count.Value, -gone));
    }

    private static string? OwnerOf(ManagedObject counted) => (counted.Attributes.Find(AttributeName.Owner) as TextValue)?.Value;

    private async Task<StrongBox<long>> CountAsync(Counted of)
    {
        try
        {
            var conditions = of.Owner is { } owner ? IndexTerms.ConditionsFor(new AttributeKey(AttributeName.Owner), AttributeValue.Of(owner), out _) : [];
            var found = await store.LocateAsync(new ObjectQuery { Tenant = of.Tenant, Conditions = conditions, Limit = 1, CountAll = true }, CancellationToken.None);
            return new StrongBox<long>(found.Total ?? 0);
        }
        catch
        {
            // Counted again by the next one.
            _counts.TryRemove(of, out _);
            throw;
        }
    }

    /// <param name="Tenant">The tenant.</param>
    /// <param name="Owner">Who made them; null for all of the tenant.</param>
    private readonly record struct Counted(TenantId Tenant, string? Owner);
}
