using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Destroys an object's material; its attributes stay.</summary>
/// <param name="Id">Which object.</param>
public sealed record DestroyRequest(UniqueIdentifier Id);

/// <summary>The destroyed object.</summary>
/// <param name="Id">The object.</param>
public sealed record DestroyResponse(UniqueIdentifier Id);

/// <summary>KMIP 2.1 §6.1.17 Destroy. The wrapped material leaves the store; attributes stay as a record.</summary>
public sealed class DestroyOperation : Operation<DestroyRequest, DestroyResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Destroy;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, DestroyRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await scope.RequireAsync(request.Id, cancellationToken));

    /// <inheritdoc/>
    protected internal override ValueTask<DestroyResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, DestroyRequest request, CancellationToken cancellationToken)
    {
        var managedObject = target.Object!;
        var next = managedObject.State switch
        {
            State.PreActive or State.Deactivated or State.NotSet => State.Destroyed,
            State.Compromised => State.DestroyedCompromised,
            State.Destroyed or State.DestroyedCompromised => throw new KeyreeveException(KeyreeveError.ObjectDestroyed, "The object is destroyed already."),
            // spec: KMIP 2.1 §6.1.17 "…objects SHALL only be destroyed if they are in either Pre-Active or Deactivated state."
            State.Active => throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, "The object is Active; revoke it first."),
        };
        var destroyed = managedObject with { Material = null };
        AttributeChange.Stage(scope, destroyed, destroyed.Attributes
            .With(AttributeName.State, AttributeValue.Of(next))
            .With(AttributeName.DestroyDate, AttributeValue.Of(scope.Now)));
        return new(new DestroyResponse(managedObject.Id));
    }
}
