using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations.Principals;

/// <summary>Asks to be known by another key as well, which takes the place of the present one when it is used.</summary>
/// <param name="Request">What the issuer of certificates takes, PEM: a signing request, or the certificate of your own authority.</param>
public sealed record RenewCertificateRequest(string Request);

/// <summary>
/// Certifies a new key of the caller's own: same name, same rights, and no younger than the credential that asks. Both keys hold until the new
/// one is used for the first time; then <see cref="SupersedeCredentialOperation"/> ends the earlier ones after a grace. A caller that never
/// comes to use the new one, for whatever reason, has lost nothing.
/// </summary>
public sealed class RenewCertificateOperation(PrincipalDirectory directory, ICertificateIssuer issuer) : Operation<RenewCertificateRequest, IssuedCertificate>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.RenewCertificate;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    // About the caller itself, and nobody else.
    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, RenewCertificateRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override async ValueTask<IssuedCertificate> ExecuteAsync(
        OperationScope scope, OperationTarget target, RenewCertificateRequest request, CancellationToken cancellationToken)
    {
        var fingerprint = issuer.Examine(request.Request);
        var (present, shown) = await PresentAsync(scope, cancellationToken);
        await directory.RequireFreeAsync(fingerprint, cancellationToken);
        var renewed = PrincipalCredential.OfKey(fingerprint) with
        {
            Renewal = new KeyRenewal { Replaces = shown.Identity, RenewedAt = scope.Now, Since = scope.Call.Principal.CredentialSince },
        };

        var leaving = Leaving(present, scope.Now);
        foreach (var gone in leaving) await RemoveCredentialOperation.StageRemovalAsync(scope, gone.Identity, cancellationToken);
        var changed = present with
        {
            Credentials = [.. present.Credentials.Except(leaving), renewed],
            RowVersion = checked(present.RowVersion + 1),
        };
        scope.Write(changed.Seal(directory.Sealer));
        scope.Write(renewed.Seal(directory.Sealer, present.Principal.Fingerprint, 1));
        var issued = directory.Issued.Keep(
            scope, issuer.Issue(request.Request, present.Principal.Name, present.Principal.Tenant), fingerprint, present.Principal.Fingerprint);
        scope.OnCommitted(() => directory.Apply(changed));
        scope.Audit.Detail = $"'{present.Principal.Name}' may show the key {fingerprint} in place of {shown.Identity}";
        return issued;
    }

    private async ValueTask<(EnrolledPrincipal Present, PrincipalCredential Shown)> PresentAsync(OperationScope scope, CancellationToken cancellationToken)
    {
        var caller = scope.Call.Principal;
        if (scope.Call.User is not null)
            throw new KeyreeveException(KeyreeveError.PermissionDenied, "The certificate is the connection's and not the user's behind it.");
        if (await directory.ReadAsync(caller.Fingerprint, cancellationToken) is not { Principal.IsDisabled: false } present)
            throw new KeyreeveException(KeyreeveError.PermissionDenied, "The caller has no credential that could be renewed.");
        if (present.FindKey(caller.Credential) is not { } shown)
            throw new KeyreeveException(KeyreeveError.PermissionDenied, "A certificate is renewed by whoever shows it; what was shown is another kind of credential.");
        // Who still has the earlier key does not become somebody beside the one who renewed it.
        return shown.EndsAt is null
            ? (present, shown)
            : throw new KeyreeveException(KeyreeveError.PermissionDenied, "This certificate was renewed already, and the new one is in use: take that one, or enrol with a new code.");
    }

    // What has ended, and of those that nobody uses the oldest, so that there is room for one more.
    private static List<PrincipalCredential> Leaving(EnrolledPrincipal present, DateTimeOffset now)
    {
        var renewals = present.Credentials.Where(static c => c.Renewal is not null).ToList();
        var unused = renewals.Where(static c => c.Renewal!.UsedAt is null && c.EndsAt is null).OrderByDescending(static c => c.Renewal!.RenewedAt);
        return [.. renewals.Where(c => c.EndsAt <= now), .. unused.Skip(KeyRenewal.MostUnused - 1)];
    }
}
