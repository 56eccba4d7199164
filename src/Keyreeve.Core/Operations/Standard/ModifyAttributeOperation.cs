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

    /// <summary>A field that the instance has, such as the type of a Link (KMIP 3.0, where each type is an attribute of its own);
    /// null if any is meant.</summary>
    public StructureField? Among { get; init; }
}

/// <summary>The attribute as it is now.</summary>
/// <param name="Id">The object.</param>
/// <param name="Instance">The changed instance.</param>
public sealed record ModifyAttributeResponse(UniqueIdentifier Id, AttributeInstance Instance);

/// <summary>Changes one instance of an attribute.</summary>
public sealed class ModifyAttributeOperation : ObjectOperation<ModifyAttributeRequest, ModifyAttributeResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ModifyAttribute;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(ModifyAttributeRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<ModifyAttributeResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, ModifyAttributeRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        var value = await AttributeChange.CheckedAsync(scope, found, request.Key, request.Value, cancellationToken);
        if (AttributeRules.For(request.Key).Change == ClientRight.Once)
            throw new KeyreeveException(KeyreeveError.AttributeReadOnly, $"Attribute {request.Key} cannot be changed once set.");

        var current = InstanceOf(found.Attributes, request);
        AttributeChange.Stage(scope, found, found.Attributes.Replace(request.Key, current.Index, value));
        return new ModifyAttributeResponse(found.Id, current with { Value = value });
    }

    // spec: KMIP 1.4 §4.15: the instance is named by its index; KMIP 2.1 §6.1.34 "If no Current Attribute is specified in the
    // request, then if there is only a single instance of the Attribute it SHALL be selected …, and if there are multiple
    // instances of the Attribute an error SHALL be returned".
    private static AttributeInstance InstanceOf(AttributeSet attributes, ModifyAttributeRequest request)
    {
        AttributeInstance[] all = [.. attributes.All(request.Key).ToArray().Where(i => AttributeChange.IsAmong(i, request.Among))];
        if (request.Index is null && request.CurrentValue is null && all.Length > 1)
            throw new KeyreeveException(KeyreeveError.AttributeMultiValued, $"Attribute {request.Key} has several values; state the present one.");
        foreach (var instance in all)
        {
            if (request.Index is { } index && instance.Index != index) continue;
            if (request.CurrentValue is { } current && instance.Value != current) continue;
            return instance;
        }

        throw new KeyreeveException(KeyreeveError.AttributeNotFound, $"The object has no such attribute {request.Key}; add it instead.");
    }
}
