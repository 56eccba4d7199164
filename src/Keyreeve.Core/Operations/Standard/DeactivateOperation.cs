using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Ends an object's active life.</summary>
public sealed record DeactivateRequest
{
    /// <summary>Which object.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Why; not set counts as unspecified.</summary>
    public DeactivationReasonCode DeactivationReasonCode { get; init; }

    /// <summary>More about why, for people.</summary>
    public string? DeactivationMessage { get; init; }
}

/// <summary>The deactivated object.</summary>
/// <param name="Id">The object.</param>
public sealed record DeactivateResponse(UniqueIdentifier Id);

/// <summary>Makes an Active object Deactivated, from now on: it protects nothing any more, and goes on reading what it protected.</summary>
public sealed class DeactivateOperation : ObjectOperation<DeactivateRequest, DeactivateResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Deactivate;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(DeactivateRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<DeactivateResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, DeactivateRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        ObjectChanges.RequireLife(found);

        // spec: KMIP 2.1 §4.57, transition 6: from Active to Deactivated, and from nowhere else.
        if (found.State != State.Active) throw ObjectChanges.WrongState(found, "deactivated");
        if (request.DeactivationMessage is { Length: > AttributeValueRules.LongestValueInBytes / 4 })
            throw new KeyreeveException(KeyreeveError.InvalidField, "The Deactivation Message is too long.");
        scope.StageAttributes(found, found.Attributes
            .With(AttributeName.State, AttributeValue.Of(State.Deactivated))
            .With(AttributeName.DeactivationDate, AttributeValue.Of(scope.Now))
            .With(AttributeName.DeactivationReason, ReasonOf(request)));
        return ValueTask.FromResult(new DeactivateResponse(found.Id));
    }

    private static AttributeValue ReasonOf(DeactivateRequest request)
    {
        var code = request.DeactivationReasonCode == DeactivationReasonCode.NotSet ? DeactivationReasonCode.Unspecified : request.DeactivationReasonCode;
        var stated = new StructureField(AttributeField.DeactivationReasonCode, AttributeValue.Of(code));
        return request.DeactivationMessage is { } message
            ? AttributeValue.Of(stated, new StructureField(AttributeField.DeactivationMessage, AttributeValue.Of(message)))
            : AttributeValue.Of(stated);
    }
}
