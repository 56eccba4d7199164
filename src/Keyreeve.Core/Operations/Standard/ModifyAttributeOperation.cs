using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Changes the value of an attribute that exists.</summary>
public sealed record ModifyAttributeRequest
{
    /// <summary>Which object.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Which attribute.</summary>
    public required AttributeKey Key { get; init; }

    /// <summary>Its new value.</summary>
    public required AttributeValue Value { get; init; }

    /// <summary>The index of the instance (KMIP 1.x, where it is 0 if not stated); null if the instance is not stated so.</summary>
    public int? Index { get; init; }

    /// <summary>The present value of the instance (KMIP 2.x); null if the instance is not stated so.</summary>
    public AttributeValue? CurrentValue { get; init; }
}

/// <summary>The attribute as it is now.</summary>
/// <param name="Id">The object.</param>
/// <param name="Instance">The changed instance.</param>
public sealed record ModifyAttributeResponse(UniqueIdentifier Id, AttributeInstance Instance);

/// <summary>KMIP 2.1 §6.1.30 Modify Attribute.</summary>
public sealed class ModifyAttributeOperation : Operation<ModifyAttributeRequest, ModifyAttributeResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ModifyAttribute;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ModifyAttributeRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await scope.RequireAsync(request.Id, cancellationToken));

    /// <inheritdoc/>
    protected internal override ValueTask<ModifyAttributeResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, ModifyAttributeRequest request, CancellationToken cancellationToken)
    {
        var managedObject = target.Object!;
        var attributes = managedObject.Attributes;
        AttributeRules.CheckChange(managedObject, request.Key, request.Value, scope.Now);
        var current = Instance(attributes, request);
        if (AttributeRules.For(request.Key).Change == ClientRight.Once)
            throw new KeyreeveException(KeyreeveError.AttributeReadOnly, $"Attribute {request.Key} cannot be changed once set.");

        var changed = attributes.Replace(request.Key, current.Index, AttributeChange.Stored(request.Key, request.Value));
        AttributeChange.Stage(scope, managedObject, changed);
        return new(new ModifyAttributeResponse(managedObject.Id, current with { Value = request.Value }));
    }

    // spec: KMIP 1.4 §4.15: by index, 0 if not stated; KMIP 2.1 §6.1.30: by its present value, needed only if there are several.
    private static AttributeInstance Instance(AttributeSet attributes, ModifyAttributeRequest request)
    {
        var all = attributes.All(request.Key);
        foreach (var instance in all)
        {
            if (request.Index is { } index ? instance.Index == index : request.CurrentValue is null || instance.Value == request.CurrentValue)
            {
                if (request.Index is null && request.CurrentValue is null && all.Length > 1)
                    throw new KeyreeveException(KeyreeveError.AttributeMultiValued, $"Attribute {request.Key} has several values; state the present one.");
                return instance;
            }
        }

        throw new KeyreeveException(KeyreeveError.AttributeNotFound, $"The object has no such attribute {request.Key}; add it instead.");
    }
}
