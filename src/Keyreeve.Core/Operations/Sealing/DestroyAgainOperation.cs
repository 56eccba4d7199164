using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Tokens;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Asks that what the trail says was destroyed be so again, in a store that was put back to a copy from before.</summary>
/// <param name="Id">The object that the trail names.</param>
/// <param name="AllVersions">Whether its whole key was destroyed.</param>
public sealed record DestroyAgainRequest(UniqueIdentifier Id, bool AllVersions);

/// <summary>Destroys what was destroyed before, in whatever State a copy of the store has brought it back.</summary>
public sealed class DestroyAgainOperation : ObjectOperation<DestroyAgainRequest, DestroyResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Destroy;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    public override bool TakesArchived => true;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(DestroyAgainRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<DestroyResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, DestroyAgainRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        IReadOnlyList<ManagedObject> versions = request.AllVersions
            ? await scope.Engine.Objects.FindVersionsAsync(scope.Tenant, found.KeyIdentifier, cancellationToken)
            : [found];
        foreach (var version in versions.Where(static version => version.State is not (State.Destroyed or State.DestroyedCompromised)))
        {
            TokenKeys.StageEnd(scope, version);
            scope.Update(KeyVersions.Destroy(version, scope.Now));
            scope.Audit.Count++;
        }

        scope.Audit.Detail = "again: the store was put back to a copy from before it was destroyed";
        return new DestroyResponse(found.Id);
    }
}
