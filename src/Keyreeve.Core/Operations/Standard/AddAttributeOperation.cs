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

/// <summary>Adds an instance of an attribute.</summary>
public sealed class AddAttributeOperation : ObjectOperation<AddAttributeRequest, AddAttributeResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.AddAttribute;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(AddAttributeRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<AddAttributeResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, AddAttributeRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        var value = await AttributeChange.CheckedAsync(scope, found, request.Key, request.Value, cancellationToken);
        if (found.Attributes.Has(request.Key) && !AttributeRules.For(request.Key).IsMultiInstance)
            throw new KeyreeveException(KeyreeveError.AttributeSingleValued, $"Attribute {request.Key} has a value; modify it instead.");

        var changed = found.Attributes.Add(request.Key, value);
        AttributeChange.Stage(scope, found, changed);
        return new AddAttributeResponse(found.Id, changed.All(request.Key)[^1]);
    }
}
