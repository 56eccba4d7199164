using System.Collections.Concurrent;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>
/// Whose turn it is in an Object Group: the members are served one after the other, in the order in which they were made. Kept in
/// memory: after a restart the first begins again. Thread safe.
/// spec: KMIP 2.1 §6.1.28 "If the value specified for Object Group Member is Group Member Default, the server locates the default
/// object as defined by server policy."
/// </summary>
internal sealed class GroupTurns
{
    private const int MostGroups = 10_000;

    private readonly ConcurrentDictionary<(TenantId Tenant, string Group), UniqueIdentifier> _lastServed = new();

    /// <summary>An object has been served to a client: the member after it is the next.</summary>
    public void Served(ManagedObject served)
    {
        ArgumentNullException.ThrowIfNull(served);
        foreach (var instance in served.Attributes.All(AttributeName.ObjectGroup))
        {
            if (instance.Value is not TextValue group) continue;
            // Which turns are forgotten matters little; that memory is bounded does.
            if (_lastServed.Count >= MostGroups) _lastServed.Clear();
            _lastServed[(served.Tenant, group.Value)] = served.Id;
        }
    }

    /// <summary>The member whose turn it is, or null if there is none.</summary>
    /// <param name="tenant">Whose group.</param>
    /// <param name="group">Its name.</param>
    /// <param name="members">The members to choose from, in any order.</param>
    public UniqueIdentifier? Next(TenantId tenant, string group, IReadOnlyCollection<UniqueIdentifier> members)
    {
        if (members.Count == 0) return null;
        var inOrder = members.Order().ToList();
        return _lastServed.TryGetValue((tenant, group), out var last) && inOrder.Find(m => m.CompareTo(last) > 0) is var next && next != default
            ? next
            : inOrder[0];
    }
}
