using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Writes down the State that an object has entered by itself.</summary>
/// <param name="Id">Which object.</param>
public sealed record TimedTransitionRequest(UniqueIdentifier Id);

/// <summary>The State it has.</summary>
/// <param name="State">The State.</param>
public sealed record TimedTransitionResponse(State State);

/// <summary>Writes down a change of State that came with a date, for the trail and the index; asked by the server alone.</summary>
public sealed class TimedTransitionOperation : ObjectOperation<TimedTransitionRequest, TimedTransitionResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.TimedTransition;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    public override bool TakesArchived => true;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(TimedTransitionRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<TimedTransitionResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, TimedTransitionRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        scope.Audit.Detail = $"{found.State} by its date";
        // As read it has the State already; the row has not.
        scope.StageAttributes(found, found.Attributes);
        return ValueTask.FromResult(new TimedTransitionResponse(found.State));
    }
}
