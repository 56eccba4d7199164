using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Tokens;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Leaves nothing of an object.</summary>
/// <param name="Id">Which object.</param>
public sealed record ObliterateRequest(UniqueIdentifier Id);

/// <summary>The object is no more.</summary>
public sealed record ObliterateResponse;

/// <summary>
/// Destroys an object together with all that is known of it; the audit trail alone still names it. Allowed wherever Destroy is,
/// and on what was destroyed before.
/// </summary>
public sealed class ObliterateOperation : ObjectOperation<ObliterateRequest, ObliterateResponse>, IGuarded<ObliterateRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Obliterate;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(ObliterateRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<ObliterateResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, ObliterateRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        if (found.State == State.Active) throw ObjectChanges.WrongState(found, "obliterated; deactivate it first");

        // The first version is what a named key is known by.
        var versions = await scope.Engine.Objects.FindVersionsAsync(scope.Tenant, found.Id, cancellationToken);
        if (versions.Any(version => version.Id != found.Id))
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, "The key has later versions, which are known by this one; obliterate those first.");
        TokenKeys.StageEnd(scope, found);
        scope.Delete(found);
        return new ObliterateResponse();
    }

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, ObliterateRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return GuardedActs.Destruction(scope, target.Object!, "destroy at once, with all that is known of it, the object", static _ => { });
    }
}
