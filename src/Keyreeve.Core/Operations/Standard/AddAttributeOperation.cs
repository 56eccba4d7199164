using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Adds an instance of an attribute.</summary>
/// <param name="Id">Which object.</param>
/// <param name="Key">Which attribute.</param>
/// <param name="Value">Its value.</param>
public sealed record AddAttributeRequest(UniqueIdentifier Id, AttributeKey Key, AttributeValue Value);

/// <summary>The attribute as it is now.</summary>
/// <param name="Id">The object.</param>
/// <param name="Instance">The added instance with its index.</param>
public sealed record AddAttributeResponse(UniqueIdentifier Id, AttributeInstance Instance);

/// <summary>KMIP 2.1 §6.1.2 Add Attribute.</summary>
public sealed class AddAttributeOperation : Operation<AddAttributeRequest, AddAttributeResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.AddAttribute;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, AddAttributeRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await scope.RequireAsync(request.Id, cancellationToken));

    /// <inheritdoc/>
    protected internal override ValueTask<AddAttributeResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, AddAttributeRequest request, CancellationToken cancellationToken)
    {
        var managedObject = target.Object!;
        var attributes = managedObject.Attributes;
        var value = AttributeChange.Stored(request.Key, request.Value);
        AttributeRules.CheckChange(managedObject, request.Key, request.Value, scope.Now);
        // spec: KMIP 2.1 §6.1.2 "Attribute Single Valued": it has a value already.
        if (attributes.Has(request.Key) && !AttributeRules.For(request.Key).IsMultiInstance)
            throw new KeyreeveException(KeyreeveError.AttributeSingleValued, $"Attribute {request.Key} has a value; modify it instead.");

        var changed = attributes.Add(request.Key, value);
        AttributeChange.Stage(scope, managedObject, changed);
        return new(new AddAttributeResponse(managedObject.Id, changed.All(request.Key)[^1]));
    }
}
