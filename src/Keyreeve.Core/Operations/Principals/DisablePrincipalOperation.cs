using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Approvals;

namespace Keyreeve.Core.Operations.Principals;

/// <summary>Asks that a principal be known no more.</summary>
/// <param name="PrincipalName">Its name, compared ordinally.</param>
public sealed record DisablePrincipalRequest(string PrincipalName);

/// <summary>
/// Disables a principal. When this is answered it is refused everywhere, on connections that are open too. For good: its
/// name and its key are not used again.
/// </summary>
public sealed class DisablePrincipalOperation(PrincipalDirectory directory) : Operation<DisablePrincipalRequest, EnrolledPrincipal>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.DisablePrincipal;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, DisablePrincipalRequest request, CancellationToken cancellationToken)
    {
        return ValueTask.FromResult(new OperationTarget(directory.ScopeOf(scope, request.PrincipalName), null));
    }

    /// <inheritdoc/>
    protected internal override async ValueTask<EnrolledPrincipal> ExecuteAsync(
        OperationScope scope, OperationTarget target, DisablePrincipalRequest request, CancellationToken cancellationToken)
    {
        var known = directory.FindByName(scope.Tenant, request.PrincipalName)
            ?? throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no principal of that name.");
        var stored = await directory.ReadAsync(known.Principal.Fingerprint, cancellationToken)
            ?? throw new KeyreeveException(KeyreeveError.IntegrityFailure, "The principal's document is missing from the store.");
        scope.Audit.Detail = $"'{stored.Principal.Name}' with the key {stored.Principal.Fingerprint}";
        if (stored.Principal.IsDisabled) return stored;

        await TwoPersonRule.NoteOfficersAsync(scope, target.Group, cancellationToken);
        var disabled = stored with
        {
            Principal = stored.Principal with { IsDisabled = true },
            DisabledAt = scope.Now,
            RowVersion = checked(stored.RowVersion + 1),
        };
        scope.Write(disabled.Seal(directory.Sealer));
        scope.OnCommitted(() => directory.Apply(disabled));
        return disabled;
    }
}
