using System.Text;
using Keyreeve.Core.Access;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations.Principals;

/// <summary>Asks for a certificate with a one-time code.</summary>
// A class: a record's generated ToString would print the code.
public sealed class EnrolRequest
{
    /// <summary>The code.</summary>
    public required string Code { get; init; }

    /// <summary>The certificate signing request, PEM.</summary>
    public required string SigningRequest { get; init; }
}

/// <summary>What an enrolled principal gets.</summary>
/// <param name="Principal">The principal.</param>
/// <param name="Certificate">Its certificate.</param>
public sealed record Enrolment(Principal Principal, IssuedCertificate Certificate);

/// <summary>
/// Enrols a principal: the caller is nobody yet, and the code decides. A code that never was, was used or has expired gives
/// one answer. Of two callers with the same code one wins: the code's removal is part of the same commit.
/// </summary>
public sealed class EnrolOperation(PrincipalDirectory directory, ICertificateIssuer issuer) : Operation<EnrolRequest, Enrolment>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Enrol;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, EnrolRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override async ValueTask<Enrolment> ExecuteAsync(
        OperationScope scope, OperationTarget target, EnrolRequest request, CancellationToken cancellationToken)
    {
        // Before the code: what is wrong with the request is told whether the code is good or not.
        var fingerprint = issuer.Examine(request.SigningRequest);
        var grant = await TakeCodeAsync(scope, request.Code, cancellationToken);
        // From here on it is the tenant's affair, and stands in its trail.
        scope.Audit.Tenant = grant.Tenant;
        scope.Engine.Tenants.RequireOpen(grant.Tenant);
        scope.Audit.Group = grant.Bindings[0].Group?.Value;
        scope.Audit.Detail = $"'{grant.Name}' with the key {fingerprint}, by a code of '{grant.IssuedBy}'";

        var enrolled = grant.IsRenewal
            ? await RenewAsync(scope, grant, fingerprint, cancellationToken)
            : await AddAsync(scope, grant, fingerprint, cancellationToken);
        var issued = directory.Issued.Keep(scope, issuer.Issue(request.SigningRequest, grant.Name, grant.Tenant), fingerprint, enrolled.Principal.Fingerprint);
        scope.OnCommitted(() => directory.Apply(enrolled));
        return new Enrolment(enrolled.Principal, issued);
    }

    private async ValueTask<EnrolmentGrant> TakeCodeAsync(OperationScope scope, string code, CancellationToken cancellationToken)
    {
        // Also for what is not a code: a lookup that finds nothing, so that it takes as long.
        var isCode = EnrolmentCode.TryHash(code, out var hash);
        var document = await scope.Engine.Store.FindDocumentAsync(EnrolmentGrant.DocumentKind, hash ?? new string('0', 64), cancellationToken);
        var stored = document ?? new StoredDocument(EnrolmentGrant.DocumentKind, hash ?? "", 1, new byte[256]);
        var grant = EnrolmentGrant.Open(stored, directory.Sealer);
        if (!isCode || document is null || grant is null || grant.ExpiresAt <= scope.Now)
            throw new KeyreeveException(KeyreeveError.AuthenticationFailed, "The enrolment code is not valid: it is wrong, was used, or has expired.");

        scope.Write(new StoredDocument(document.Kind, document.Key, checked(document.RowVersion + 1), Body: null));
        return grant;
    }

    private async ValueTask<EnrolledPrincipal> AddAsync(
        OperationScope scope, EnrolmentGrant grant, string fingerprint, CancellationToken cancellationToken)
    {
        if (await directory.ReadNameAsync(grant.Tenant, grant.Name, cancellationToken) is not null)
            throw new KeyreeveException(KeyreeveError.NonUniqueName, "A principal of that name exists, or did.");
        await directory.RequireFreeAsync(fingerprint, cancellationToken);

        var enrolled = NewPrincipal(scope, grant, fingerprint);
        scope.Write(enrolled.Seal(directory.Sealer));
        scope.Write(SealName(grant, fingerprint, 1));
        return enrolled;
    }

    // With the same key: only a new certificate. With another: another principal takes over name, rights and credentials, and
    // the one that had them is disabled in the same commit.
    private async ValueTask<EnrolledPrincipal> RenewAsync(
        OperationScope scope, EnrolmentGrant grant, string fingerprint, CancellationToken cancellationToken)
    {
        var name = await directory.ReadNameAsync(grant.Tenant, grant.Name, cancellationToken);
        var old = name is { } taken ? await directory.ReadAsync(taken.Fingerprint, cancellationToken) : null;
        if (name is not { } current || old is null || old.Principal.IsDisabled)
            throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no enabled principal of that name any more.");
        if (string.Equals(current.Fingerprint, fingerprint, StringComparison.Ordinal))
            return old.FirstEndsAt is null ? old : throw new KeyreeveException(KeyreeveError.ObjectAlreadyExists, "This key was renewed already, and the new one is in use; make another.");

        await directory.RequireFreeAsync(fingerprint, cancellationToken);
        // The keys by which the old one was renewed are the old one's, and end with it.
        var moving = old.Credentials.RemoveAll(static c => c.Renewal is not null);
        var enrolled = NewPrincipal(scope, grant, fingerprint) with { Credentials = moving };
        foreach (var moved in moving) scope.Write(await MoveAsync(scope, moved, fingerprint, cancellationToken));
        foreach (var ended in old.Credentials.Except(moving)) await RemoveCredentialOperation.StageRemovalAsync(scope, ended.Identity, cancellationToken);
        var replaced = old with
        {
            Credentials = [],
            Principal = old.Principal with { IsDisabled = true },
            DisabledAt = scope.Now,
            RowVersion = checked(old.RowVersion + 1),
        };
        scope.Write(enrolled.Seal(directory.Sealer));
        scope.Write(replaced.Seal(directory.Sealer));
        scope.Write(SealName(grant, fingerprint, checked(current.RowVersion + 1)));
        scope.OnCommitted(() => directory.Apply(replaced));
        return enrolled;
    }

    private async ValueTask<StoredDocument> MoveAsync(OperationScope scope, PrincipalCredential credential, string fingerprint, CancellationToken cancellationToken)
    {
        var known = await scope.Engine.Store.FindDocumentAsync(PrincipalCredential.DocumentKind, credential.Identity, cancellationToken);
        return credential.Seal(directory.Sealer, fingerprint, checked((known?.RowVersion ?? 0) + 1));
    }

    private static EnrolledPrincipal NewPrincipal(OperationScope scope, EnrolmentGrant grant, string fingerprint) => new()
    {
        Principal = new Principal
        {
            Tenant = grant.Tenant,
            Name = grant.Name,
            Fingerprint = fingerprint,
            HomeGroup = grant.HomeGroup,
            Bindings = grant.Bindings,
        },
        EnrolledAt = scope.Now,
        IssuedBy = grant.IssuedBy,
        RowVersion = 1,
    };

    private StoredDocument SealName(EnrolmentGrant grant, string fingerprint, long rowVersion) => directory.Sealer.Seal(
        EnrolledPrincipal.NameDocumentKind, EnrolledPrincipal.NameKey(grant.Tenant, grant.Name), rowVersion, Encoding.ASCII.GetBytes(fingerprint));
}
