using System.Collections.Frozen;
using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>
/// What a ticket allows of all that its owner may do: what at least one of its rights does, as often as that right and the ticket
/// say. It never allows what the owner's roles do not. Thread safe.
/// </summary>
/// <param name="rights">The rights; null if operations are only counted.</param>
/// <param name="operations">How many operations may be done in all; null for any number.</param>
public sealed class DelegatedRights(ImmutableArray<DelegatedRight>? rights, long? operations)
{
    private long _left = operations ?? long.MaxValue;

    /// <summary>Whether there is anything that the owner may do and this does not allow, counts aside.</summary>
    public bool AreRestricted => rights is not null;

    /// <summary>The same rights, to be used no more.</summary>
    public DelegatedRights Spent() => new(rights, 0);

    /// <summary>Whether the operation can be asked at all, on whatever object.</summary>
    public bool Covers(OperationName operation) => rights is not { } stated || stated.Any(r => r.Covers(operation));

    /// <summary>Whether the operation on this object is allowed; nothing is counted.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="about">The object, or null if it is about none.</param>
    public bool Allows(OperationName operation, ManagedObject? about) => rights is not { } stated || stated.Any(r => r.Allows(operation, about));

    /// <summary>Takes one use of the right to do this.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.NotAuthorized"/>: no right allows it;
    /// <see cref="KeyreeveError.UsageLimitExceeded"/>: those that do are used up.</exception>
    public void Take(OperationName operation, ManagedObject? about)
    {
        if (!Allows(operation, about)) throw new KeyreeveException(KeyreeveError.NotAuthorized, $"The ticket does not allow {operation} here.");
        var isTaken = rights is not { } stated || stated.Any(r => r.Allows(operation, about) && r.TryTake());
        if (!isTaken || Interlocked.Decrement(ref _left) < 0)
            throw new KeyreeveException(KeyreeveError.UsageLimitExceeded, "The ticket has been used as often as it may be.");
    }
}

/// <summary>One right of a ticket; what is null restricts nothing. Thread safe.</summary>
public sealed class DelegatedRight
{
    private long _used;

    /// <summary>Which operations.</summary>
    public FrozenSet<OperationName>? Operations { get; init; }

    /// <summary>With which objects. A right so restricted allows no operation that is about no object.</summary>
    public FrozenSet<UniqueIdentifier>? Objects { get; init; }

    /// <summary>With the objects of which Object Groups.</summary>
    public FrozenSet<string>? ObjectGroups { get; init; }

    /// <summary>How often.</summary>
    public long? Uses { get; init; }

    internal bool Covers(OperationName operation) => Operations?.Contains(operation) ?? true;

    internal bool Allows(OperationName operation, ManagedObject? about)
    {
        if (!Covers(operation)) return false;
        if (Objects is not null && (about is null || !Objects.Contains(about.Id))) return false;
        return ObjectGroups is null || (about is not null && IsInGroup(about));
    }

    internal bool TryTake() => Uses is not { } most || Interlocked.Increment(ref _used) <= most;

    private bool IsInGroup(ManagedObject about)
    {
        foreach (var instance in about.Attributes.All(AttributeName.ObjectGroup))
            if (instance.Value is TextValue group && ObjectGroups!.Contains(group.Value)) return true;
        return false;
    }
}
