using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Certificates;
using Keyreeve.Core.Operations.Envelopes;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Has a certificate made for a public key.</summary>
public sealed record CertifyRequest
{
    /// <summary>The public key, or a managed certificate request; null if the request below stands alone.</summary>
    public UniqueIdentifier? Id { get; init; }

    /// <summary>The certificate request, if it comes along.</summary>
    public CertificateRequestBytes? CertificateRequest { get; init; }

    /// <summary>Attributes of the certificate. A Certificate Link names the authority's certificate.</summary>
    public AttributeSet Attributes { get; init; } = AttributeSet.Empty;

    /// <summary>Names of templates (KMIP 1.x).</summary>
    public ImmutableArray<string> Templates { get; init; } = [];

    /// <summary>The key group of a certificate for a key that is not here; null for the caller's home group.</summary>
    public GroupName? Group { get; init; }
}

/// <summary>The certificate that was made.</summary>
/// <param name="Id">Its identity.</param>
public sealed record CertifyResponse(UniqueIdentifier Id);

/// <summary>KMIP 2.1 §6.1.6 Certify.</summary>
public sealed class CertifyOperation : Operation<CertifyRequest, CertifyResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Certify;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, CertifyRequest request, CancellationToken cancellationToken) => request.Id is { } id
            ? OperationTarget.Of(await scope.RequireAsync(id, cancellationToken))
            : new OperationTarget(NewObject.GroupOf(scope, request.Group), null);

    /// <inheritdoc/>
    protected internal override async ValueTask<CertifyResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, CertifyRequest request, CancellationToken cancellationToken)
    {
        var group = target.Group!.Value;
        var stated = await NewObject.StatedAsync(scope, ObjectType.Certificate, request.Attributes, request.Templates, cancellationToken);
        var wish = await Wishes.OfAsync(scope, target.Object, request.CertificateRequest, scope.Engine.Modes.Of(group), cancellationToken);
        var publicKey = target.Object is { ObjectType: ObjectType.PublicKey } key ? key : null;
        // spec: KMIP 2.1 §6.1.6 "For the public key, the server SHALL create a Link attribute of Link Type Certificate pointing to the
        // generated certificate. For the generated certificate, the server SHALL create a Link attribute of Link Type Public Key."
        var linked = publicKey is null ? stated : stated.WithOnly(LinkType.PublicKeyLink, publicKey.Id);
        var made = await new NewCertificate
        {
            Group = group,
            Wish = wish,
            Subject = SubjectNames.Of(stated) ?? SubjectNames.Common(publicKey?.Name ?? publicKey?.Id.ToString() ?? "unnamed"),
            Stated = linked,
            From = stated.Find(AttributeName.ActivationDate) is DateTimeValue activation ? activation.Time : scope.Now - IssuingAuthority.Allowance,
            Lifetime = scope.Engine.Certification.Lifetime,
        }.StageInAsync(scope, cancellationToken);
        if (publicKey is not null) scope.StageAttributes(publicKey, publicKey.Attributes.With(LinkType.CertificateLink, made.Id));
        return new CertifyResponse(made.Id);
    }
}

/// <summary>What certificates are asked for with: a request in the message, a managed one, or a public key alone.</summary>
internal static class Wishes
{
    /// <summary>Reads what is asked for, and checks that request and public key agree.</summary>
    public static async ValueTask<CertificateWish> OfAsync(
        OperationScope scope, ManagedObject? about, CertificateRequestBytes? request, GroupMode mode, CancellationToken cancellationToken)
    {
        if (about is null)
        {
            return request is { } alone
                ? CertificateWish.Read(alone, mode)
                : throw new KeyreeveException(KeyreeveError.MissingField, "The request names no public key and brings no certificate request.");
        }

        KeyUse.RequireInUse(about);
        if (about.Material is null || about.Attributes.Has(AttributeName.KeyWrappingData))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The public key itself is not here.");
        using var key = await scope.Engine.Keys.OpenAsync(about, cancellationToken);
        if (about.ObjectType == ObjectType.CertificateRequest)
        {
            if (request is not null) throw new KeyreeveException(KeyreeveError.InvalidField, "There are two certificate requests.");
            using var lease = key.Material.Reveal();
            var type = about.Attributes.Find(AttributeName.CertificateRequestType) is EnumerationValue kept ? (CertificateRequestType)kept.Value : CertificateRequestType.PKCS10;
            return CertificateWish.Read(new CertificateRequestBytes(type, lease.Span.ToArray()), mode);
        }

        if (about.ObjectType != ObjectType.PublicKey)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"Public keys and certificate requests are certified, not objects of type {about.ObjectType}.");
        using var encoded = ObjectContent.Of(
            about.ObjectType, about.Attributes, about.Material.KeyFormatType, key.Material, new WrittenForm(KeyFormatType.X509)).Bytes;
        using var bytes = encoded!.Reveal();
        if (request is null) return CertificateWish.Of(bytes.Span, mode);
        var wish = CertificateWish.Read(request, mode);
        return wish.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(bytes.Span)
            ? wish
            : throw new KeyreeveException(KeyreeveError.InvalidCertificateRequest, "The certificate request is for another public key.");
    }
}
