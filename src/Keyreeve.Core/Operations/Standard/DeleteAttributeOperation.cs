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

    /// <summary>A field that the instance has, such as the type of a Link (KMIP 3.0, where each type is an attribute of its own);
    /// null if any is meant.</summary>
    public StructureField? Among { get; init; }
}

/// <summary>What was deleted.</summary>
/// <param name="Id">The object.</param>
/// <param name="Instance">The deleted instance, or the first of those deleted.</param>
public sealed record DeleteAttributeResponse(UniqueIdentifier Id, AttributeInstance Instance);

/// <summary>Deletes an instance of an attribute, or all of them.</summary>
public sealed class DeleteAttributeOperation : ObjectOperation<DeleteAttributeRequest, DeleteAttributeResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.DeleteAttribute;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(DeleteAttributeRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<DeleteAttributeResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, DeleteAttributeRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        AttributeRules.CheckDelete(found, request.Key);
        if (request.Key.Name == AttributeName.UsageLimits) AttributeChange.RequireUnusedLimits(found);

        AttributeInstance? first = null;
        var changed = found.Attributes;
        foreach (var instance in found.Attributes.All(request.Key))
        {
            if (!AttributeChange.IsAmong(instance, request.Among)) continue;
            if (request.Index is { } index && instance.Index != index) continue;
            if (request.CurrentValue is { } current && instance.Value != current) continue;
            first ??= instance;
            changed = changed.Without(request.Key, instance.Index);
        }

        if (first is null) throw new KeyreeveException(KeyreeveError.AttributeNotFound, $"The object has no such attribute {request.Key}.");
        AttributeChange.Stage(scope, found, changed);
        return ValueTask.FromResult(new DeleteAttributeResponse(found.Id, first.Value));
    }
}
