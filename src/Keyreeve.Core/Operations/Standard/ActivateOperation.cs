using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Makes an object Active.</summary>
/// <param name="Id">Which object.</param>
public sealed record ActivateRequest(UniqueIdentifier Id);

/// <summary>The activated object.</summary>
/// <param name="Id">The object.</param>
public sealed record ActivateResponse(UniqueIdentifier Id);

/// <summary>Makes a Pre-Active object Active, from now on.</summary>
public sealed class ActivateOperation : ObjectOperation<ActivateRequest, ActivateResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Activate;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(ActivateRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<ActivateResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, ActivateRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        ObjectChanges.RequireLife(found);

        // spec: KMIP 2.1 §6.1.1 "The operation SHALL only be performed on an object in the Pre-Active state and has the
        // effect of changing its state to Active, and setting its Activation Date to the current date and time."
        if (found.State != State.PreActive) throw ObjectChanges.WrongState(found, "activated");
        scope.StageAttributes(found, found.Attributes
            .With(AttributeName.State, AttributeValue.Of(State.Active))
            .With(AttributeName.ActivationDate, AttributeValue.Of(scope.Now)));
        return ValueTask.FromResult(new ActivateResponse(found.Id));
    }
}
