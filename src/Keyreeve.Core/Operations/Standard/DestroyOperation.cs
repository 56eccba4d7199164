using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Tokens;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Destroys an object's material; its attributes stay.</summary>
/// <param name="Id">Which object.</param>
public sealed record DestroyRequest(UniqueIdentifier Id);

/// <summary>The destroyed object.</summary>
/// <param name="Id">The object.</param>
public sealed record DestroyResponse(UniqueIdentifier Id);

/// <summary>Destroys an object's material for good; its attributes stay, its Names become free.</summary>
public sealed class DestroyOperation : ObjectOperation<DestroyRequest, DestroyResponse>, IGuarded<DestroyRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Destroy;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(DestroyRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<DestroyResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, DestroyRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        var attributes = found.Attributes
            .With(AttributeName.State, AttributeValue.Of(StateAfter(found)))
            .With(AttributeName.DestroyDate, AttributeValue.Of(scope.Now));
        TokenKeys.StageEnd(scope, found);
        scope.StageAttributes(found with { Material = null }, attributes);
        return ValueTask.FromResult(new DestroyResponse(found.Id));
    }

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, DestroyRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        var found = target.Object!;
        StateAfter(found);
        return GuardedActs.Destruction(scope, found, "destroy at once the object", static _ => { });
    }

    // spec: KMIP 2.1 §6.1.15 "Objects SHALL only be destroyed if they are in either Pre-Active or Deactivated state"; and
    // §4.57, transition 9, from Compromised. Templates have no State.
    private static State StateAfter(ManagedObject found) => found.State switch
    {
        State.PreActive or State.Deactivated or State.NotSet => State.Destroyed,
        State.Compromised => State.DestroyedCompromised,
        State.Active or State.Destroyed or State.DestroyedCompromised => throw ObjectChanges.WrongState(found, "destroyed; revoke it first"),
    };
}
