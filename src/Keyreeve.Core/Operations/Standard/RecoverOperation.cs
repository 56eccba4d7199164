using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Brings an archived object back.</summary>
/// <param name="Id">Which object.</param>
public sealed record RecoverRequest(UniqueIdentifier Id);

/// <summary>The recovered object.</summary>
/// <param name="Id">The object.</param>
public sealed record RecoverResponse(UniqueIdentifier Id);

/// <summary>Brings an archived object back; one that is not archived stays as it is.</summary>
public sealed class RecoverOperation : ObjectOperation<RecoverRequest, RecoverResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Recover;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    public override bool TakesArchived => true;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(RecoverRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<RecoverResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, RecoverRequest request, CancellationToken cancellationToken)
    {
        // spec: KMIP 2.1 §4.5 "The server SHALL delete this attribute whenever a Recover operation is performed."
        var found = target.Object!;
        if (found.IsArchived) scope.StageAttributes(found, found.Attributes.Without(AttributeName.ArchiveDate));
        return ValueTask.FromResult(new RecoverResponse(found.Id));
    }
}
