using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Approvals;

namespace Keyreeve.Core.Operations.Principals;

/// <summary>Asks that a principal be recognised by one thing more.</summary>
/// <param name="PrincipalName">Its name, compared ordinally.</param>
/// <param name="Credential">By what.</param>
public sealed record AddCredentialRequest(string PrincipalName, PrincipalCredential Credential);

/// <summary>
/// Gives a principal another credential, with all the rights it has. Who gives it needs the right for all of them: it is as
/// if he enrolled the principal anew.
/// </summary>
public sealed class AddCredentialOperation(PrincipalDirectory directory) : Operation<AddCredentialRequest, EnrolledPrincipal>, IGuarded<AddCredentialRequest>
{
    /// <summary>The most credentials that one principal has, tokens of our own aside.</summary>
    public const int MostCredentials = 32;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.AddCredential;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, AddCredentialRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(directory.ScopeOf(scope, request.PrincipalName), null));

    /// <inheritdoc/>
    protected internal override async ValueTask<EnrolledPrincipal> ExecuteAsync(
        OperationScope scope, OperationTarget target, AddCredentialRequest request, CancellationToken cancellationToken)
    {
        scope.Audit.Detail = $"'{request.PrincipalName}': {Describe(request.Credential)}";
        scope.Engine.Tenants.RequireOwnIssuer(scope.Tenant, request.Credential);
        var stored = await directory.ReadEnabledAsync(scope.Tenant, request.PrincipalName, cancellationToken);
        if (stored.Credentials.Count(static c => c.Token is null) + 1 >= MostCredentials)
            throw new KeyreeveException(KeyreeveError.ServerLimitExceeded, $"A principal has at most {MostCredentials} credentials; remove one.");
        await directory.RequireFreeAsync(request.Credential.Identity, cancellationToken);

        var changed = stored with { Credentials = stored.Credentials.Add(request.Credential), RowVersion = checked(stored.RowVersion + 1) };
        scope.Write(changed.Seal(directory.Sealer));
        scope.Write(request.Credential.Seal(directory.Sealer, stored.Principal.Fingerprint, 1));
        scope.OnCommitted(() => directory.Apply(changed));
        return changed;
    }

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, AddCredentialRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new GuardedAct
        {
            Kind = ApprovalKind.Policy,
            Summary = $"recognise '{request.PrincipalName}' by one thing more: {Describe(request.Credential)}",
            Describe = digest =>
            {
                digest.Add(request.PrincipalName);
                digest.Add(request.Credential.Identity);
            },
        };
    }

    internal static string Describe(PrincipalCredential credential) => credential.Kind switch
    {
        CredentialKind.CertificateName => $"the name {credential.Name} that the authority {credential.Authority} vouches for",
        CredentialKind.TokenSubject => $"the subject {credential.Name} of {credential.Authority}",
        CredentialKind.ApiToken => $"the token {credential.Identity}",
        _ => $"the key {credential.Identity}",
    };
}
