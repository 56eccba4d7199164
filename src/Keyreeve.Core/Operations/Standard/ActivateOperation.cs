using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Makes an object Active.</summary>
/// <param name="Id">Which object.</param>
public sealed record ActivateRequest(UniqueIdentifier Id);

/// <summary>The activated object.</summary>
/// <param name="Id">The object.</param>
public sealed record ActivateResponse(UniqueIdentifier Id);

/// <summary>KMIP 2.1 §6.1.1 Activate.</summary>
public sealed class ActivateOperation : Operation<ActivateRequest, ActivateResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Activate;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ActivateRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await scope.RequireAsync(request.Id, cancellationToken));

    /// <inheritdoc/>
    protected internal override ValueTask<ActivateResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, ActivateRequest request, CancellationToken cancellationToken)
    {
        var managedObject = target.Object!;
        // spec: KMIP 2.1 §6.1.1 "…SHALL return Wrong Key Lifecycle State": the object is not Pre-Active.
        if (managedObject.State != State.PreActive)
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, $"Only a Pre-Active object can be activated; this one is {managedObject.State}.");

        AttributeChange.Stage(scope, managedObject, managedObject.Attributes
            .With(AttributeName.State, AttributeValue.Of(State.Active))
            .With(AttributeName.ActivationDate, AttributeValue.Of(scope.Now)));
        return new(new ActivateResponse(managedObject.Id));
    }
}
