using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Principals;

/// <summary>Asks to be known by another key from now on.</summary>
/// <param name="Request">What the issuer of certificates takes, PEM: a signing request, or the certificate of your own authority; null
/// if the server is to make the key.</param>
public sealed record ReProvisionRequest(string? Request);

/// <summary>The caller has another credential.</summary>
/// <param name="CertificateId">The certificate, kept as an object in the caller's home group.</param>
public sealed record ReProvisionResponse(UniqueIdentifier CertificateId);

/// <summary>
/// Gives the caller's name and rights to another key of its own, and disables the present one in the same commit: the next request with
/// it is refused, on connections that are open too.
/// </summary>
public sealed class ReProvisionOperation(PrincipalDirectory directory, ICertificateIssuer issuer) : Operation<ReProvisionRequest, ReProvisionResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReProvision;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    // About the caller itself, and nobody else.
    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ReProvisionRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override async ValueTask<ReProvisionResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, ReProvisionRequest request, CancellationToken cancellationToken)
    {
        // spec: KMIP 2.1 §6.1.48 "The current client credential SHALL be made invalid", with which "the client may then subsequently
        // retrieve the private key" that the server made: it could not.
        if (request.Request is not { } stated)
        {
            throw new KeyreeveException(
                KeyreeveError.FeatureNotSupported, "Send a request or a certificate: a key made here could not be fetched once the present one is refused.");
        }

        var fingerprint = issuer.Examine(stated);
        var present = await PresentAsync(scope, cancellationToken);
        if (await directory.ReadAsync(fingerprint, cancellationToken) is not null)
            throw new KeyreeveException(KeyreeveError.ObjectAlreadyExists, "This public key is a principal's already, or was; make a new key.");
        var issued = directory.Issued.Keep(scope, issuer.Issue(stated, present.Principal.Name, present.Principal.Tenant), fingerprint, fingerprint);
        await ReplaceAsync(scope, present, fingerprint, cancellationToken);
        scope.Audit.Detail = $"'{present.Principal.Name}' has the key {fingerprint} from now on";

        using var certificate = X509Certificate2.CreateFromPem(issued.CertificatePem);
        using var material = SecretBytes.CopyFrom(certificate.RawData);
        var kept = new NewObject
        {
            ObjectType = ObjectType.Certificate,
            Id = UniqueIdentifier.New(scope.Now),
            Group = scope.Call.Principal.HomeGroup,
            Stated = AttributeSet.Empty,
            Derived = CertificateFacts.Read(certificate.RawData),
            Material = material,
            StoredFormat = KeyFormatType.X509,
        }.StageIn(scope);
        return new ReProvisionResponse(kept.Id);
    }

    private async ValueTask<EnrolledPrincipal> PresentAsync(OperationScope scope, CancellationToken cancellationToken)
    {
        if (scope.Call.User is not null)
            throw new KeyreeveException(KeyreeveError.PermissionDenied, "The certificate is the connection's and not the user's behind it.");
        var present = await directory.ReadAsync(scope.Call.Principal.Fingerprint, cancellationToken);
        return present is { Principal.IsDisabled: false }
            ? present
            : throw new KeyreeveException(KeyreeveError.PermissionDenied, "The caller has no credential that could be replaced.");
    }

    private async ValueTask ReplaceAsync(OperationScope scope, EnrolledPrincipal present, string fingerprint, CancellationToken cancellationToken)
    {
        var name = await directory.ReadNameAsync(present.Principal.Tenant, present.Principal.Name, cancellationToken);
        if (name is not { } current || !string.Equals(current.Fingerprint, present.Principal.Fingerprint, StringComparison.Ordinal))
            throw new KeyreeveException(KeyreeveError.PermissionDenied, "The caller's name is another's by now.");
        var next = new EnrolledPrincipal
        {
            Principal = present.Principal with { Fingerprint = fingerprint },
            EnrolledAt = scope.Now,
            IssuedBy = present.Principal.Name,
            RowVersion = 1,
        };
        var replaced = present with
        {
            Principal = present.Principal with { IsDisabled = true },
            DisabledAt = scope.Now,
            RowVersion = checked(present.RowVersion + 1),
        };
        scope.Write(next.Seal(directory.Sealer));
        scope.Write(replaced.Seal(directory.Sealer));
        scope.Write(directory.Sealer.Seal(
            EnrolledPrincipal.NameDocumentKind, EnrolledPrincipal.NameKey(present.Principal.Tenant, present.Principal.Name),
            checked(current.RowVersion + 1), Encoding.ASCII.GetBytes(fingerprint)));
        scope.OnCommitted(() => directory.Apply(next));
        scope.OnCommitted(() => directory.Apply(replaced));
    }
}
