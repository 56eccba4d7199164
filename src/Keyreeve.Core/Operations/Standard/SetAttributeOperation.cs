using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Sets an attribute that has at most one value: adds or changes it.</summary>
/// <param name="Id">Which object.</param>
/// <param name="Key">Which attribute.</param>
/// <param name="Value">Its value.</param>
public sealed record SetAttributeRequest(UniqueIdentifier Id, AttributeKey Key, AttributeValue Value);

/// <summary>The object whose attribute was set.</summary>
/// <param name="Id">The object.</param>
public sealed record SetAttributeResponse(UniqueIdentifier Id);

/// <summary>KMIP 2.1 §6.1.55 Set Attribute.</summary>
public sealed class SetAttributeOperation : Operation<SetAttributeRequest, SetAttributeResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.SetAttribute;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, SetAttributeRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await scope.RequireAsync(request.Id, cancellationToken));

    /// <inheritdoc/>
    protected internal override ValueTask<SetAttributeResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, SetAttributeRequest request, CancellationToken cancellationToken)
    {
        var managedObject = target.Object!;
        AttributeRules.CheckChange(managedObject, request.Key, request.Value, scope.Now);
        var rule = AttributeRules.For(request.Key);
        if (rule.IsMultiInstance)
            throw new KeyreeveException(KeyreeveError.AttributeMultiValued, $"Attribute {request.Key} may have several values; add, modify or delete one.");
        if (rule.Change == ClientRight.Once && managedObject.Attributes.Has(request.Key))
            throw new KeyreeveException(KeyreeveError.AttributeReadOnly, $"Attribute {request.Key} cannot be changed once set.");

        AttributeChange.Stage(scope, managedObject, managedObject.Attributes.With(request.Key, AttributeChange.Stored(request.Key, request.Value)));
        return new(new SetAttributeResponse(managedObject.Id));
    }
}
