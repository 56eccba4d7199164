using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Takes an object out of use.</summary>
public sealed record RevokeRequest
{
    /// <summary>Which object.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Why.</summary>
    public required RevocationReasonCode RevocationReasonCode { get; init; }

    /// <summary>More about why, for people.</summary>
    public string? RevocationMessage { get; init; }

    /// <summary>When it is believed to have been compromised; only if that is why.</summary>
    public DateTimeOffset? CompromiseOccurrenceDate { get; init; }
}

/// <summary>The revoked object.</summary>
/// <param name="Id">The object.</param>
public sealed record RevokeResponse(UniqueIdentifier Id);

/// <summary>Takes an object out of use: Deactivated, or Compromised if that is why.</summary>
public sealed class RevokeOperation : ObjectOperation<RevokeRequest, RevokeResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Revoke;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(RevokeRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<RevokeResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, RevokeRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        ObjectChanges.RequireLife(found);
        if (request.RevocationReasonCode == RevocationReasonCode.NotSet)
            throw new KeyreeveException(KeyreeveError.MissingField, "The Revocation Reason Code is missing.");
        var isCompromise = request.RevocationReasonCode is RevocationReasonCode.KeyCompromise or RevocationReasonCode.CACompromise;
        if (!isCompromise && request.CompromiseOccurrenceDate is not null)
            throw new KeyreeveException(KeyreeveError.InvalidField, "A Compromise Occurrence Date goes with a reason of compromise alone.");

        var attributes = isCompromise ? Compromise(found, request, scope.Now) : Deactivate(found, scope.Now);
        scope.StageAttributes(found, attributes.With(AttributeName.RevocationReason, ReasonOf(request)));
        return ValueTask.FromResult(new RevokeResponse(found.Id));
    }

    private static AttributeSet Compromise(ManagedObject found, RevokeRequest request, DateTimeOffset now)
    {
        // spec: KMIP 2.1 §4.57, transitions 3, 5, 8 and 10. A second compromise is none of them.
        var state = found.State switch
        {
            State.PreActive or State.Active or State.Deactivated => State.Compromised,
            State.Destroyed => State.DestroyedCompromised,
            State.Compromised or State.DestroyedCompromised or State.NotSet => throw ObjectChanges.WrongState(found, "revoked"),
        };

        // spec: KMIP 2.1 §6.1.44 "if a value is not provided in the Revoke request then Compromise Occurrence Date SHOULD be
        // set to the Initial Date for the object."
        var occurrence = request.CompromiseOccurrenceDate is { } stated
            ? AttributeValue.Of(stated)
            : found.Attributes.Find(AttributeName.InitialDate) ?? AttributeValue.Of(now);
        return found.Attributes
            .With(AttributeName.State, AttributeValue.Of(state))
            .With(AttributeName.CompromiseDate, AttributeValue.Of(now))
            .With(AttributeName.CompromiseOccurrenceDate, occurrence);
    }

    // spec: KMIP 2.1 §4.57, transition 6
    private static AttributeSet Deactivate(ManagedObject found, DateTimeOffset now) => found.State == State.Active
        ? found.Attributes.With(AttributeName.State, AttributeValue.Of(State.Deactivated)).With(AttributeName.DeactivationDate, AttributeValue.Of(now))
        : throw ObjectChanges.WrongState(found, "deactivated");

    private static AttributeValue ReasonOf(RevokeRequest request)
    {
        var code = new StructureField(AttributeField.RevocationReasonCode, AttributeValue.Of(request.RevocationReasonCode));
        if (request.RevocationMessage is not { } message) return AttributeValue.Of(code);
        if (message.Length > AttributeValueRules.LongestValueInBytes / 4)
            throw new KeyreeveException(KeyreeveError.InvalidField, "The Revocation Message is too long.");
        return AttributeValue.Of(code, new StructureField(AttributeField.RevocationMessage, AttributeValue.Of(message)));
    }
}
