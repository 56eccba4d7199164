using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Sets an attribute that has at most one value: adds or changes it.</summary>
/// <param name="Id">Which object.</param>
/// <param name="Key">Which attribute.</param>
/// <param name="Value">Its value.</param>
/// <param name="Among">A field that the instance has, such as the type of a Link (KMIP 3.0); null if any is meant.</param>
public sealed record SetAttributeRequest(UniqueIdentifier Id, AttributeKey Key, AttributeValue Value, StructureField? Among = null);

/// <summary>The object whose attribute was set.</summary>
/// <param name="Id">The object.</param>
public sealed record SetAttributeResponse(UniqueIdentifier Id);

/// <summary>Sets an attribute that has one value, or none yet.</summary>
public sealed class SetAttributeOperation : ObjectOperation<SetAttributeRequest, SetAttributeResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.SetAttribute;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(SetAttributeRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<SetAttributeResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, SetAttributeRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        var value = await AttributeChange.CheckedAsync(scope, found, request.Key, request.Value, cancellationToken);
        AttributeInstance[] present = [.. found.Attributes.All(request.Key).ToArray().Where(i => AttributeChange.IsAmong(i, request.Among))];

        // spec: KMIP 2.1 §6.1.51 "If it has more than one instance an error is raised."
        if (present.Length > 1)
            throw new KeyreeveException(KeyreeveError.AttributeMultiValued, $"Attribute {request.Key} has several values; modify one of them.");
        if (present.Length == 1 && AttributeRules.For(request.Key).Change == ClientRight.Once)
            throw new KeyreeveException(KeyreeveError.AttributeReadOnly, $"Attribute {request.Key} cannot be changed once set.");
        AttributeChange.Stage(
            scope, found, present is [var only] ? found.Attributes.Replace(request.Key, only.Index, value) : found.Attributes.Add(request.Key, value));
        return new SetAttributeResponse(found.Id);
    }
}
