using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Deletes an instance of an attribute, or all.</summary>
public sealed record DeleteAttributeRequest
{
    /// <summary>Which object.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Which attribute.</summary>
    public required AttributeKey Key { get; init; }

    /// <summary>The index of the instance (KMIP 1.x, where it is 0 if not stated); null if the instance is not stated so.</summary>
    public int? Index { get; init; }

    /// <summary>The present value of the instance (KMIP 2.x). If neither this nor <see cref="Index"/> is stated, all
    /// instances are deleted.</summary>
    public AttributeValue? CurrentValue { get; init; }
}

/// <summary>What was deleted.</summary>
/// <param name="Id">The object.</param>
/// <param name="Instance">The deleted instance, or the first of those deleted.</param>
public sealed record DeleteAttributeResponse(UniqueIdentifier Id, AttributeInstance Instance);

/// <summary>KMIP 2.1 §6.1.14 Delete Attribute.</summary>
public sealed class DeleteAttributeOperation : Operation<DeleteAttributeRequest, DeleteAttributeResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.DeleteAttribute;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, DeleteAttributeRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await scope.RequireAsync(request.Id, cancellationToken));

    /// <inheritdoc/>
    protected internal override ValueTask<DeleteAttributeResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, DeleteAttributeRequest request, CancellationToken cancellationToken)
    {
        var managedObject = target.Object!;
        var attributes = managedObject.Attributes;
        AttributeRules.CheckDelete(managedObject, request.Key);
        var first = default(AttributeInstance);
        var changed = attributes;
        foreach (var instance in attributes.All(request.Key))
        {
            if (!IsMeant(instance, request)) continue;
            if (changed == attributes) first = instance;
            changed = changed.Without(request.Key, instance.Index);
        }

        if (changed == attributes) throw new KeyreeveException(KeyreeveError.AttributeNotFound, $"The object has no such attribute {request.Key}.");
        AttributeChange.Stage(scope, managedObject, changed);
        return new(new DeleteAttributeResponse(managedObject.Id, first));
    }

    private static bool IsMeant(AttributeInstance instance, DeleteAttributeRequest request) =>
        (request.Index is not { } index || instance.Index == index) && (request.CurrentValue is not { } value || instance.Value == value);
}
