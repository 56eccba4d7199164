using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;

namespace Keyreeve.Core.Operations.Conversation;

/// <summary>Has a client told of a change.</summary>
/// <param name="Before">The object before it.</param>
/// <param name="After">The object after it.</param>
public sealed record NotifyRequest(ManagedObject Before, ManagedObject After);

/// <summary>What there is to tell; nothing if no attribute that a client sees has changed.</summary>
/// <param name="Id">The object.</param>
/// <param name="Changed">The attributes that have other values now, and the Last Change Date.</param>
/// <param name="Deleted">The attributes that it has no more.</param>
public sealed record NotifyResponse(UniqueIdentifier Id, ImmutableArray<AttributeInstance> Changed, ImmutableArray<AttributeKey> Deleted);

/// <summary>KMIP 2.1 §6.2.2 Notify, which the server sends: decided and recorded as reading the attributes by the client that receives it.</summary>
public sealed class NotifyOperation : ObjectOperation<NotifyRequest, NotifyResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Notify;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    public override bool TakesArchived => true;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(NotifyRequest request) => request.After.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<NotifyResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, NotifyRequest request, CancellationToken cancellationToken)
    {
        var mayGet = scope.May(OperationName.Get, request.After);
        var (before, after) = (VisibleAttributes.Of(request.Before, mayGet), VisibleAttributes.Of(request.After, mayGet));
        var isOtherState = before.Find(AttributeName.State) != after.Find(AttributeName.State);
        // spec: KMIP 2.1 §6.2.2 "The attributes that have changed. This includes at least the Last Change Date attribute."
        var changed = after.Instances.Where(i => i.Key.Name == AttributeName.LastChangeDate
            || (!before.All(i.Key).Contains(i) && !(isOtherState && FollowsFromState(i.Key.Name)))).ToImmutableArray();
        var deleted = before.Instances.Select(i => i.Key).Distinct().Where(key => !after.Has(key)).ToImmutableArray();
        return new(new NotifyResponse(request.After.Id, changed, deleted));
    }

    // Dates that the server sets with a State: that State and the Last Change Date say the same, as OASIS' cases have it.
    private static bool FollowsFromState(AttributeName name) =>
        name is AttributeName.DestroyDate or AttributeName.CompromiseDate or AttributeName.DeactivationDate;
}
