using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations.Principals;

/// <summary>Asks that a token hold no more.</summary>
/// <param name="Identity">Its <see cref="PrincipalCredential.Identity"/>.</param>
public sealed record RevokeTokenRequest(string Identity);

/// <summary>Ends a token, another principal's or one of the caller's own. When this is answered nobody is let in by it.</summary>
/// <param name="directory">Who is known.</param>
/// <param name="isOwn">Whether it is one of the caller's own.</param>
public sealed class RevokeTokenOperation(PrincipalDirectory directory, bool isOwn) : Operation<RevokeTokenRequest, EnrolledPrincipal>
{
    /// <inheritdoc/>
    public override OperationName Name => isOwn ? OperationName.RevokeOwnToken : OperationName.RevokeToken;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    // Who may not ask does not learn whether there is such a token: then the whole tenant is asked about.
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, RevokeTokenRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(
            isOwn || directory.FindTokenOwner(scope.Tenant, request.Identity) is not { } owner ? null : directory.ScopeOf(scope, owner.Name), null));

    /// <inheritdoc/>
    protected internal override async ValueTask<EnrolledPrincipal> ExecuteAsync(
        OperationScope scope, OperationTarget target, RevokeTokenRequest request, CancellationToken cancellationToken)
    {
        var owner = directory.FindTokenOwner(scope.Tenant, request.Identity);
        if (owner is null || (isOwn && !string.Equals(owner.Name, scope.Call.Principal.Name, StringComparison.Ordinal)))
            throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no such token.");
        var stored = await directory.ReadEnabledAsync(scope.Tenant, owner.Name, cancellationToken);
        var revoked = stored.Credentials.FirstOrDefault(c => c.Token is not null && string.Equals(c.Identity, request.Identity, StringComparison.Ordinal))
            ?? throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no such token.");
        scope.Audit.Detail = $"'{owner.Name}': {AddCredentialOperation.Describe(revoked)}";

        var changed = stored with { Credentials = stored.Credentials.Remove(revoked), RowVersion = checked(stored.RowVersion + 1) };
        scope.Write(changed.Seal(directory.Sealer));
        await RemoveCredentialOperation.StageRemovalAsync(scope, revoked.Identity, cancellationToken);
        scope.OnCommitted(() => directory.Apply(changed));
        return changed;
    }
}
