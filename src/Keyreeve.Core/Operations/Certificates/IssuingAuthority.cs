using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Certificates;

/// <summary>An authority that signs certificates: a managed private key and its certificate.</summary>
internal sealed class IssuingAuthority : IDisposable
{
    /// <summary>Clocks differ: what is issued now holds a little earlier.</summary>
    public static readonly TimeSpan Allowance = TimeSpan.FromMinutes(5);

    private const int SerialSizeInBytes = 16;
    private const int MadeKeyInBits = 3072;

    private readonly AuthorityKey _key;
    private readonly X509Certificate2 _certificate;

    private IssuingAuthority(AuthorityKey key, X509Certificate2 certificate)
    {
        _key = key;
        _certificate = certificate;
    }

    /// <summary>Until when it can sign.</summary>
    public DateTimeOffset Ends => new(_certificate.NotAfter);

    /// <summary>
    /// The authority that a request names by a Certificate Link, or the one of the configuration, which is made if there is none.
    /// </summary>
    /// <exception cref="KeyreeveException">It is not here, or may not sign.</exception>
    public static async ValueTask<IssuingAuthority> FindAsync(OperationScope scope, AttributeSet stated, CancellationToken cancellationToken)
    {
        // spec: KMIP 2.1 §4.31 Certificate Link "For a Certificate: … points to the parent certificate for a certificate in a
        // certificate chain": the request's own link says who is to be the parent.
        var named = Links.Of(stated, LinkType.CertificateLink);
        if (named.Count > 1) throw new KeyreeveException(KeyreeveError.InvalidField, "A certificate has one issuer.");
        if (named.Count == 1) return await OfCertificateAsync(scope, named[0], cancellationToken);

        var options = scope.Engine.Certification;
        if (options.AuthorityName.Length == 0)
            throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "No certificate authority is configured; name one by a Certificate Link.");
        if (await scope.Engine.Objects.FindByNameAsync(scope.Tenant, options.AuthorityName, cancellationToken) is not { } key) return Make(scope, options);
        if (key.ObjectType != ObjectType.PrivateKey || key.Group != options.AuthorityGroup)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The Name of the configured certificate authority is that of something else.");
        return await OpenAsync(scope, key, await CertificateOfAsync(scope, key, cancellationToken), cancellationToken);
    }

    /// <summary>Signs a certificate.</summary>
    /// <returns>The certificate, DER.</returns>
    public byte[] Issue(CertificateWish wish, X500DistinguishedName subject, CryptographicUsageMask usage, (DateTimeOffset From, DateTimeOffset To) validity)
    {
        var leaf = new CertificateRequest(subject, wish.PublicKey, _key.HashAlgorithm);
        leaf.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        foreach (var extension in wish.Extensions) leaf.CertificateExtensions.Add(extension);
        if (!wish.Extensions.Any(e => e is X509KeyUsageExtension || string.Equals(e.Oid?.Value, "2.5.29.15", StringComparison.Ordinal)))
            leaf.CertificateExtensions.Add(new X509KeyUsageExtension(UsageOf(usage, wish.PublicKey), critical: true));
        leaf.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(leaf.PublicKey, critical: false));
        if (_certificate.Extensions.Any(e => e is X509SubjectKeyIdentifierExtension))
            leaf.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var certificate = leaf.Create(_certificate.SubjectName, _key, validity.From, validity.To, NewSerial());
        return certificate.RawData;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        _certificate.Dispose();
    }

    private static async ValueTask<IssuingAuthority> OfCertificateAsync(OperationScope scope, UniqueIdentifier id, CancellationToken cancellationToken)
    {
        var certificate = await RequireAsync(scope, id, ObjectType.Certificate, cancellationToken);
        var publicKey = await RequireAsync(scope, OnlyLink(certificate, LinkType.PublicKeyLink), ObjectType.PublicKey, cancellationToken);
        var key = await RequireAsync(scope, OnlyLink(publicKey, LinkType.PrivateKeyLink), ObjectType.PrivateKey, cancellationToken);
        // To have it sign is to use it: that takes the right to certify where the authority is, not where the certificate goes.
        if (!await scope.MayTakeAsync(OperationName.Certify, key, cancellationToken))
            throw new KeyreeveException(KeyreeveError.PermissionDenied, $"{scope.Call.Principal.Name} may not Certify in key group '{key.Group.Value}'.");
        return await OpenAsync(scope, key, certificate, cancellationToken);
    }

    private static async ValueTask<ManagedObject> CertificateOfAsync(OperationScope scope, ManagedObject key, CancellationToken cancellationToken)
    {
        var publicId = OnlyLink(key, LinkType.PublicKeyLink);
        var publicKey = await scope.Engine.Objects.FindAsync(scope.Tenant, publicId, cancellationToken) ?? throw NotWhole();
        return await scope.Engine.Objects.FindAsync(scope.Tenant, OnlyLink(publicKey, LinkType.CertificateLink), cancellationToken) ?? throw NotWhole();
    }

    private static async ValueTask<IssuingAuthority> OpenAsync(
        OperationScope scope, ManagedObject key, ManagedObject certificate, CancellationToken cancellationToken)
    {
        KeyUse.RequireInUse(key);
        KeyUse.RequireInUse(certificate);
        if (key.State != State.Active || certificate.State is not (State.Active or State.PreActive))
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, "The key of a certificate authority is Active, and its certificate not revoked.");
        if (!key.CryptographicUsageMask.HasFlag(CryptographicUsageMask.CertificateSign))
            throw new KeyreeveException(KeyreeveError.IncompatibleUsageMask, "The authority's Cryptographic Usage Mask does not allow CertificateSign.");
        if (key.Attributes.Has(AttributeName.KeyWrappingData))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The authority's key was itself registered wrapped; this server does not use it.");
        using var material = await scope.Engine.Keys.OpenAsync(key, cancellationToken);
        using var value = await scope.Engine.Keys.OpenAsync(certificate, cancellationToken);
        using var lease = value.Material.Reveal();
        var loaded = X509CertificateLoader.LoadCertificate(lease.Span);
        var signing = AuthorityKey.Open(key, material.Material);
        if (IsAuthority(loaded) && signing.PublicHalf.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(loaded.PublicKey.ExportSubjectPublicKeyInfo()))
            return new IssuingAuthority(signing, loaded);
        signing.Dispose();
        loaded.Dispose();
        throw new KeyreeveException(KeyreeveError.InvalidField, "The certificate is not that of an authority with this key.");
    }

    private static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is { CertificateAuthority: true };

    // Three objects, linked as an authority's are that a client brings: the private key never leaves.
    private static IssuingAuthority Make(OperationScope scope, CertificationOptions options)
    {
        using var pair = scope.Engine.GeneratePair(GroupMode.Strict, CryptographicAlgorithm.RSA, MadeKeyInBits, default);
        var key = AuthorityKey.OfRsa(pair.PrivateKey);
        var request = new CertificateRequest(new X500DistinguishedName(options.AuthoritySubject), key.PublicHalf, key.HashAlgorithm);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var certificate = request.Create(request.SubjectName, key, scope.Now - Allowance, scope.Now + options.AuthorityLifetime, NewSerial());

        var (privateId, publicId, certificateId) = (UniqueIdentifier.New(scope.Now), UniqueIdentifier.New(scope.Now), UniqueIdentifier.New(scope.Now));
        var active = AttributeSet.Empty.With(AttributeName.ActivationDate, AttributeValue.Of(scope.Now));
        var rsa = AttributeSet.Empty
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.RSA))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(MadeKeyInBits));
        using var value = SecretBytes.CopyFrom(certificate.RawData);
        new NewObject
        {
            ObjectType = ObjectType.Certificate,
            Id = certificateId,
            Group = options.AuthorityGroup,
            Stated = Named(active, options.AuthorityName + "-certificate").With(LinkType.PublicKeyLink, publicId)
                .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.Verify)),
            Derived = CertificateFacts.Read(certificate.RawData),
            Material = value,
        }.StageIn(scope);
        new NewObject
        {
            ObjectType = ObjectType.PublicKey,
            Id = publicId,
            Group = options.AuthorityGroup,
            Stated = Named(active, options.AuthorityName + "-public-key").With(LinkType.PrivateKeyLink, privateId).With(LinkType.CertificateLink, certificateId)
                .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.Verify)),
            Derived = rsa.With(AttributeName.KeyFormatType, AttributeValue.Of(KeyFormatType.PKCS1)),
            Material = pair.PublicKey,
            StoredFormat = KeyFormatType.X509,
            IsGenerated = true,
        }.StageIn(scope);
        new NewObject
        {
            ObjectType = ObjectType.PrivateKey,
            Id = privateId,
            Group = options.AuthorityGroup,
            Stated = Named(active, options.AuthorityName).With(LinkType.PublicKeyLink, publicId)
                .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)(CryptographicUsageMask.CertificateSign | CryptographicUsageMask.CRLSign)))
                .With(AttributeName.Sensitive, AttributeValue.Of(value: true))
                .With(AttributeName.Extractable, AttributeValue.Of(value: false)),
            Derived = rsa.With(AttributeName.KeyFormatType, AttributeValue.Of(KeyFormatType.PKCS1)),
            Material = pair.PrivateKey,
            StoredFormat = KeyFormatType.PKCS8,
            IsGenerated = true,
        }.StageIn(scope);
        return new IssuingAuthority(key, certificate);
    }

    private static AttributeSet Named(AttributeSet attributes, string name) => attributes.With(AttributeName.Name, AttributeValue.Of(
        new StructureField(AttributeField.NameValue, AttributeValue.Of(name)),
        new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.UninterpretedTextString))));

    private static async ValueTask<ManagedObject> RequireAsync(
        OperationScope scope, UniqueIdentifier id, ObjectType type, CancellationToken cancellationToken)
    {
        var found = await scope.RequireAsync(id, cancellationToken);
        if (!scope.MaySee(found)) throw KeyreeveException.NotFound();
        return found.ObjectType == type
            ? found
            : throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"A certificate authority is a chain of links from certificate to private key; a {found.ObjectType} stands in it.");
    }

    private static UniqueIdentifier OnlyLink(ManagedObject from, LinkType type) => Links.Of(from.Attributes, type) is [var id] ? id : throw NotWhole();

    private static KeyreeveException NotWhole() =>
        new(KeyreeveError.InvalidField, "A certificate authority is a private key, its public key and its certificate, linked to each other.");

    // What the key is for, in the words of certificates.
    private static X509KeyUsageFlags UsageOf(CryptographicUsageMask mask, PublicKey key)
    {
        var isRsa = string.Equals(key.Oid.Value, "1.2.840.113549.1.1.1", StringComparison.Ordinal);
        var usage = X509KeyUsageFlags.None;
        if (Has(CryptographicUsageMask.Sign | CryptographicUsageMask.Verify | CryptographicUsageMask.Authenticate)) usage |= X509KeyUsageFlags.DigitalSignature;
        if (Has(CryptographicUsageMask.ContentCommitment)) usage |= X509KeyUsageFlags.NonRepudiation;
        if (isRsa && Has(CryptographicUsageMask.WrapKey | CryptographicUsageMask.UnwrapKey)) usage |= X509KeyUsageFlags.KeyEncipherment;
        if (isRsa && Has(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)) usage |= X509KeyUsageFlags.DataEncipherment;
        if (Has(CryptographicUsageMask.KeyAgreement | CryptographicUsageMask.DeriveKey)) usage |= X509KeyUsageFlags.KeyAgreement;
        return usage == X509KeyUsageFlags.None ? X509KeyUsageFlags.DigitalSignature : usage;

        bool Has(CryptographicUsageMask any) => (mask & any) != CryptographicUsageMask.NotSet;
    }

    // spec: RFC 5280 §4.1.2.2 "serialNumber … MUST be a positive integer … not longer than 20 octets"; 127 random bits.
    private static byte[] NewSerial()
    {
        var serial = new byte[SerialSizeInBytes];
        CryptoRandom.Fill(serial);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40);
        return serial;
    }
}
