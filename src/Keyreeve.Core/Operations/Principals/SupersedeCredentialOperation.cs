using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations.Principals;

/// <summary>Says that a renewed key was used.</summary>
/// <param name="Fingerprint">Whose it is: <see cref="Principal.Fingerprint"/>.</param>
/// <param name="Identity">The key that was used.</param>
public sealed record SupersedeCredentialRequest(string Fingerprint, string Identity);

/// <summary>
/// Ends the keys that a renewed one takes the place of, a grace after its first use: whoever has it has shown that it works. The server does
/// this of itself.
/// </summary>
public sealed class SupersedeCredentialOperation(PrincipalDirectory directory) : Operation<SupersedeCredentialRequest, EnrolledPrincipal>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.SupersedeCredential;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, SupersedeCredentialRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override async ValueTask<EnrolledPrincipal> ExecuteAsync(
        OperationScope scope, OperationTarget target, SupersedeCredentialRequest request, CancellationToken cancellationToken)
    {
        var present = await directory.ReadAsync(request.Fingerprint, cancellationToken)
            ?? throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no such principal.");
        if (present.FindKey(request.Identity) is not { Renewal: { UsedAt: null } renewal })
            throw new KeyreeveException(KeyreeveError.ItemNotFound, "The principal has no such renewed key, or it is known to be in use.");

        var ends = scope.Now + KeyRenewal.Grace;
        var changed = present with
        {
            FirstEndsAt = present.First is null ? present.FirstEndsAt ?? ends : null,
            Credentials = [.. present.Credentials.Select(c => AfterUse(c, request.Identity, renewal, scope.Now, ends))],
            RowVersion = checked(present.RowVersion + 1),
        };
        scope.Write(changed.Seal(directory.Sealer));
        scope.OnCommitted(() => directory.Apply(changed));
        scope.Audit.Detail = $"'{present.Principal.Name}' uses the key {request.Identity}; its earlier ones end at {ends:u}";
        return changed;
    }

    private static PrincipalCredential AfterUse(PrincipalCredential credential, string used, KeyRenewal renewal, DateTimeOffset now, DateTimeOffset ends)
    {
        if (credential.Renewal is not { } own) return credential;
        if (string.Equals(credential.Identity, used, StringComparison.Ordinal)) return credential with { Renewal = own with { UsedAt = now } };
        // One that was asked for later may still come to be used.
        return own.RenewedAt > renewal.RenewedAt ? credential : credential with { EndsAt = credential.EndsAt ?? ends };
    }
}
