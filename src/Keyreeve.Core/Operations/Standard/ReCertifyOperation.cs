using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Certificates;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Has a certificate renewed for the same key pair.</summary>
public sealed record ReCertifyRequest
{
    /// <summary>The certificate.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>A managed certificate request, if one is named.</summary>
    public UniqueIdentifier? CertificateRequestId { get; init; }

    /// <summary>The certificate request, if it comes along.</summary>
    public CertificateRequestBytes? CertificateRequest { get; init; }

    /// <summary>From the new certificate's Initial Date to its Activation Date; null to keep the dates.</summary>
    public TimeSpan? Offset { get; init; }

    /// <summary>Whether what comes of the old certificate is the first of the new one: its names, and the link to it.</summary>
    public bool TakenOverComesFirst { get; init; }

    /// <summary>Attributes of the new certificate that are not to be those of the old one.</summary>
    public AttributeSet Attributes { get; init; } = AttributeSet.Empty;

    /// <summary>Names of templates (KMIP 1.x).</summary>
    public ImmutableArray<string> Templates { get; init; } = [];
}

/// <summary>KMIP 2.1 §6.1.45 Re-certify.</summary>
public sealed class ReCertifyOperation : ObjectOperation<ReCertifyRequest, CertifyResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReCertify;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(ReCertifyRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<CertifyResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, ReCertifyRequest request, CancellationToken cancellationToken)
    {
        var old = target.Object!;
        if (old.ObjectType != ObjectType.Certificate || old.Material is null)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"Certificates are renewed, not objects of type {old.ObjectType}.");
        KeyUse.RequireInUse(old);
        using var value = await scope.Engine.Keys.OpenAsync(old, cancellationToken);
        using var certificate = LoadCertificate(value.Material);
        var stated = await NewObject.StatedAsync(scope, ObjectType.Certificate, request.Attributes, request.Templates, cancellationToken);
        var publicKey = await PublicKeyOfAsync(scope, old, cancellationToken);
        var wish = await WishAsync(scope, request, old, publicKey, certificate, cancellationToken);
        if (!wish.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
            throw new KeyreeveException(KeyreeveError.InvalidCertificateRequest, "The certificate request is for another public key.");

        var attributes = Renewed(old, stated, Dates(old.Attributes, request.Offset, scope.Now), request.TakenOverComesFirst);
        attributes = Linked(attributes, old, publicKey, request.TakenOverComesFirst);
        var from = attributes.Find(AttributeName.ActivationDate) is DateTimeValue activation && activation.Time > scope.Now
            ? activation.Time
            : scope.Now - IssuingAuthority.Allowance;
        var made = await new NewCertificate
        {
            Group = old.Group,
            Wish = wish,
            Subject = SubjectNames.Of(stated) ?? certificate.SubjectName,
            Stated = attributes,
            Rotated = Replacement.Rotated(old, scope.Now),
            From = from,
            Lifetime = certificate.NotAfter - certificate.NotBefore,
        }.StageInAsync(scope, cancellationToken);

        // spec: KMIP 2.1 §6.1.45 "For the existing certificate, the server SHALL create a Link attribute of Link Type Replacement pointing
        // to the new certificate. … For the public key, the server SHALL change the Link attribute of Link Type Certificate".
        scope.StageAttributes(old, old.Attributes
            .Without(AttributeName.Name)
            .With(AttributeName.RotateLatest, AttributeValue.Of(value: false))
            .WithOnly(LinkType.ReplacementObjectLink, made.Id));
        if (publicKey is not null) scope.StageAttributes(publicKey, publicKey.Attributes.WithMoved(LinkType.CertificateLink, old.Id, made.Id));
        return new CertifyResponse(made.Id);
    }

    private static async ValueTask<CertificateWish> WishAsync(
        OperationScope scope, ReCertifyRequest request, ManagedObject old, ManagedObject? publicKey, X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        var mode = scope.Engine.Modes.Of(old.Group);
        if (request.CertificateRequestId is { } id)
        {
            var managed = await scope.RequireAsync(id, cancellationToken);
            if (!scope.MaySee(managed)) throw KeyreeveException.NotFound();
            if (managed.ObjectType != ObjectType.CertificateRequest)
                throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {managed.ObjectType} is no certificate request.");
            return await Wishes.OfAsync(scope, managed, request.CertificateRequest, mode, cancellationToken);
        }

        if (request.CertificateRequest is not null || publicKey is not null)
            return await Wishes.OfAsync(scope, publicKey, request.CertificateRequest, mode, cancellationToken);
        return CertificateWish.Of(certificate.PublicKey.ExportSubjectPublicKeyInfo(), mode);
    }

    private static async ValueTask<ManagedObject?> PublicKeyOfAsync(OperationScope scope, ManagedObject certificate, CancellationToken cancellationToken)
    {
        if (Links.Of(certificate.Attributes, LinkType.PublicKeyLink) is not [var id]) return null;
        var found = await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken);
        return found is { ObjectType: ObjectType.PublicKey, Material: not null } && scope.May(OperationName.ReCertify, found) ? found : null;
    }

    // spec: KMIP 2.1 §6.1.45 Table 299: what is not copied from the existing certificate. What clients state, is, unless the request
    // states it otherwise; the names of the request come before those that are taken over, unless said otherwise.
    private static AttributeSet Renewed(ManagedObject old, AttributeSet stated, AttributeSet dates, bool takenOverFirst)
    {
        var attributes = takenOverFirst ? stated.Without(AttributeName.Name) : stated;
        foreach (var instance in old.Attributes.Instances)
        {
            var isTaken = !AttributeRules.IsInternal(instance.Key.Name) && AttributeRules.For(instance.Key).IsStatedByClient
                && instance.Key.Name is not (AttributeName.Link or AttributeName.OriginalCreationDate or AttributeName.RandomNumberGenerator or AttributeName.Fresh)
                && !CertificateFacts.IsOfName(instance.Key.Name)
                && (instance.Key.Name == AttributeName.Name || !stated.Has(instance.Key));
            if (isTaken && !attributes.All(instance.Key).ToArray().Any(i => i.Value == instance.Value)) attributes = attributes.Add(instance.Key, instance.Value);
        }

        foreach (var name in stated.All(AttributeName.Name))
            if (!attributes.All(AttributeName.Name).ToArray().Any(i => i.Value == name.Value)) attributes = attributes.Add(AttributeName.Name, name.Value);
        foreach (var date in dates.Instances)
            if (!stated.Has(date.Key)) attributes = attributes.With(date.Key, date.Value);
        return attributes;
    }

    private static AttributeSet Linked(AttributeSet attributes, ManagedObject old, ManagedObject? publicKey, bool replacedFirst)
    {
        if (replacedFirst) attributes = attributes.WithOnly(LinkType.ReplacedObjectLink, old.Id);
        if (publicKey is not null) attributes = attributes.WithOnly(LinkType.PublicKeyLink, publicKey.Id);
        return attributes.WithOnly(LinkType.ReplacedObjectLink, old.Id);
    }

    // spec: KMIP 2.1 §6.1.45 Table 298: AT2 = IT2 + Offset, DT2 = DT1 + (AT2 - AT1).
    private static AttributeSet Dates(AttributeSet old, TimeSpan? offset, DateTimeOffset now)
    {
        if (offset is not { } by) return AttributeSet.Empty;
        var activation = new DateTimeValue((now + by).ToUnixTimeSeconds());
        var dates = AttributeSet.Empty.With(AttributeName.ActivationDate, activation);
        return old.Find(AttributeName.ActivationDate) is DateTimeValue first && old.Find(AttributeName.DeactivationDate) is DateTimeValue last
            ? dates.With(AttributeName.DeactivationDate, last.Moved(first, activation))
            : dates;
    }

    private static X509Certificate2 LoadCertificate(SecretBytes der)
    {
        using var lease = der.Reveal();
        try
        {
            return X509CertificateLoader.LoadCertificate(lease.Span);
        }
        catch (System.Security.Cryptography.CryptographicException malformed)
        {
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "Certificates of X.509 alone are renewed.", malformed);
        }
    }
}
