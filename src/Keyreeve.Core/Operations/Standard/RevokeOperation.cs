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

/// <summary>KMIP 2.1 §6.1.52 Revoke.</summary>
public sealed class RevokeOperation : Operation<RevokeRequest, RevokeResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Revoke;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, RevokeRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await scope.RequireAsync(request.Id, cancellationToken));

    /// <inheritdoc/>
    protected internal override ValueTask<RevokeResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, RevokeRequest request, CancellationToken cancellationToken)
    {
        var managedObject = target.Object!;
        var next = Next(managedObject.State, IsCompromise(request.RevocationReasonCode));
        var attributes = managedObject.Attributes
            .With(AttributeName.State, AttributeValue.Of(next))
            .With(AttributeName.RevocationReason, ReasonOf(request));
        if (IsCompromise(request.RevocationReasonCode))
        {
            // spec: KMIP 2.1 §4.9 "If it is not possible to estimate when the compromise occurred, then this value SHOULD be
            // set to the Initial Date for the object."
            var occurred = request.CompromiseOccurrenceDate is { } date ? AttributeValue.Of(date) : attributes.Find(AttributeName.InitialDate)!;
            attributes = attributes
                .With(AttributeName.CompromiseDate, AttributeValue.Of(scope.Now))
                .With(AttributeName.CompromiseOccurrenceDate, occurred);
        }
        else
        {
            attributes = attributes.With(AttributeName.DeactivationDate, AttributeValue.Of(scope.Now));
        }

        AttributeChange.Stage(scope, managedObject, attributes);
        return new(new RevokeResponse(managedObject.Id));
    }

    // spec: KMIP 2.1 §4.57 State, Figure 2: compromise leads from every State to one that says so; anything else from Active to
    // Deactivated alone.
    private static State Next(State state, bool isCompromise) => (state, isCompromise) switch
    {
        (State.PreActive or State.Active or State.Deactivated or State.Compromised or State.NotSet, true) => State.Compromised,
        (State.Destroyed or State.DestroyedCompromised, true) => State.DestroyedCompromised,
        (State.Active, false) => State.Deactivated,
        _ => throw new KeyreeveException(
            KeyreeveError.WrongKeyLifecycleState, $"The object is {state}; for this reason only an Active object can be revoked."),
    };

    private static bool IsCompromise(RevocationReasonCode code) => code is RevocationReasonCode.KeyCompromise or RevocationReasonCode.CACompromise;

    private static AttributeValue ReasonOf(RevokeRequest request)
    {
        var code = new StructureField(AttributeField.RevocationReasonCode, AttributeValue.Of(request.RevocationReasonCode));
        return request.RevocationMessage is { } message
            ? AttributeValue.Of(code, new StructureField(AttributeField.RevocationMessage, AttributeValue.Of(message)))
            : AttributeValue.Of(code);
    }
}
