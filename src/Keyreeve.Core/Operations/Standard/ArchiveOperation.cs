using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Puts an object away.</summary>
/// <param name="Id">Which object.</param>
public sealed record ArchiveRequest(UniqueIdentifier Id);

/// <summary>The archived object.</summary>
/// <param name="Id">The object.</param>
public sealed record ArchiveResponse(UniqueIdentifier Id);

/// <summary>
/// Puts an object away: it keeps its place in the store, and nothing is done with it, nor is it found where archived objects
/// are not asked for, until it is recovered.
/// </summary>
public sealed class ArchiveOperation : ObjectOperation<ArchiveRequest, ArchiveResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Archive;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(ArchiveRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<ArchiveResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, ArchiveRequest request, CancellationToken cancellationToken)
    {
        // spec: KMIP 1.4 §11.23 "Object is already archived … Object Archived": the pipeline refuses it.
        var found = target.Object!;
        scope.StageAttributes(found, found.Attributes.With(AttributeName.ArchiveDate, AttributeValue.Of(scope.Now)));
        return ValueTask.FromResult(new ArchiveResponse(found.Id));
    }
}
