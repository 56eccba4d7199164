using Keyreeve.Core.Access;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations.Principals;

/// <summary>Asks that a principal be recognised no more by one of its credentials.</summary>
/// <param name="PrincipalName">Its name, compared ordinally.</param>
/// <param name="Identity">The credential's <see cref="PrincipalCredential.Identity"/>.</param>
public sealed record RemoveCredentialRequest(string PrincipalName, string Identity);

/// <summary>
/// Takes a credential from a principal. When this is answered nobody is let in by it, on connections that are open too. The
/// first one stays, since it is the identity itself: whoever wants it gone disables the principal, or renews it.
/// </summary>
public sealed class RemoveCredentialOperation(PrincipalDirectory directory) : Operation<RemoveCredentialRequest, EnrolledPrincipal>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.RemoveCredential;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, RemoveCredentialRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(directory.ScopeOf(scope, request.PrincipalName), null));

    /// <inheritdoc/>
    protected internal override async ValueTask<EnrolledPrincipal> ExecuteAsync(
        OperationScope scope, OperationTarget target, RemoveCredentialRequest request, CancellationToken cancellationToken)
    {
        var stored = await directory.ReadEnabledAsync(scope.Tenant, request.PrincipalName, cancellationToken);
        if (string.Equals(stored.Principal.Fingerprint, request.Identity, StringComparison.Ordinal))
            throw new KeyreeveException(KeyreeveError.InvalidField, "The first credential is the identity itself: disable the principal, or renew it with another key.");
        var removed = stored.Credentials.FirstOrDefault(c => string.Equals(c.Identity, request.Identity, StringComparison.Ordinal))
            ?? throw new KeyreeveException(KeyreeveError.ItemNotFound, "The principal has no such credential.");
        scope.Audit.Detail = $"'{request.PrincipalName}': {AddCredentialOperation.Describe(removed)}";

        var changed = stored with { Credentials = stored.Credentials.Remove(removed), RowVersion = checked(stored.RowVersion + 1) };
        scope.Write(changed.Seal(directory.Sealer));
        await StageRemovalAsync(scope, removed.Identity, cancellationToken);
        scope.OnCommitted(() => directory.Apply(changed));
        return changed;
    }

    /// <summary>Stages the end of the document that keeps a credential unique.</summary>
    internal static async ValueTask StageRemovalAsync(OperationScope scope, string identity, CancellationToken cancellationToken)
    {
        var document = await scope.Engine.Store.FindDocumentAsync(PrincipalCredential.DocumentKind, identity, cancellationToken)
            ?? throw new KeyreeveException(KeyreeveError.IntegrityFailure, "The credential's document is missing from the store.");
        scope.Write(new StoredDocument(document.Kind, document.Key, checked(document.RowVersion + 1), Body: null));
    }
}
