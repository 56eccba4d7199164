using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Brings in an object that was made elsewhere.</summary>
public sealed class RegisterRequest
{
    /// <summary>What it is.</summary>
    public required ObjectType ObjectType { get; init; }

    /// <summary>Its attributes.</summary>
    public required AttributeSet Attributes { get; init; }

    /// <summary>Of a template: what it gives to the objects made of it (KMIP 1.x).</summary>
    public AttributeSet? Contents { get; init; }

    /// <summary>Names of templates whose attributes come in where the request states none (KMIP 1.x).</summary>
    public ImmutableArray<string> Templates { get; init; } = [];

    /// <summary>What it holds; null for a template. The caller disposes of it after the operation.</summary>
    public required ObjectValue? Value { get; init; }

    /// <summary>The key group it is to be in; null for the caller's home group.</summary>
    public GroupName? Group { get; init; }
}

/// <summary>The registered object.</summary>
/// <param name="Id">Its identity.</param>
public sealed record RegisterResponse(UniqueIdentifier Id);

/// <summary>Registers an object; what comes wrapped is kept wrapped.</summary>
public sealed class RegisterOperation : Operation<RegisterRequest, RegisterResponse>, IRepeatable<RegisterRequest, RegisterResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Register;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, RegisterRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(NewObject.GroupOf(scope, request.Group), null));

    /// <inheritdoc/>
    protected internal override async ValueTask<RegisterResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, RegisterRequest request, CancellationToken cancellationToken)
    {
        var group = target.Group!.Value;
        // KMIP 1.0 has a template's Name among its contents, KMIP 1.2 beside them.
        if (request.Contents is { } contents) await NewObject.StatedAsync(scope, request.ObjectType, contents, [], cancellationToken);
        var own = request.Contents is { } alone && request.Attributes.Instances.IsEmpty ? alone : request.Attributes;
        var stated = await NewObject.StatedAsync(scope, request.ObjectType, own, request.Templates, cancellationToken);
        if (request.Value?.KeyBlock is { KeyFormatType: KeyFormatType.PKCS12, Wrapping: null, Material: { } encoded })
            return await RegisterContainerAsync(scope, group, request, stated, encoded, cancellationToken);
        using var value = RegisteredValue.Read(request, stated, scope.Engine.Modes.Of(group));
        var made = new NewObject
        {
            ObjectType = request.ObjectType,
            Id = UniqueIdentifier.New(scope.Now),
            Group = group,
            Stated = WithWrappingLink(stated, request.Value?.KeyBlock?.Wrapping),
            Derived = request.Contents is null ? value.Derived : value.Derived.With(AttributeName.TemplateContents, TemplateContents.Of(request.Contents)),
            Material = value.Bytes,
            StoredFormat = value.Format,
        }.StageIn(scope);
        return new RegisterResponse(made.Id);
    }

    // A container is opened: its key is kept like any other, each certificate of its chain as an object of its own, linked as a
    // Get of the container follows them.
    private static async ValueTask<RegisterResponse> RegisterContainerAsync(
        OperationScope scope, GroupName group, RegisterRequest request, AttributeSet stated, SecretBytes encoded, CancellationToken cancellationToken)
    {
        if (request.ObjectType != ObjectType.PrivateKey)
            throw new KeyreeveException(KeyreeveError.KeyFormatTypeNotSupported, "A PKCS#12 container is registered as a private key.");
        using var container = await Pkcs12Release.OpenAsync(scope, stated, encoded, cancellationToken);
        var chain = container.Certificate is { } own ? [own, .. container.Chain] : container.Chain;
        UniqueIdentifier? above = null;
        foreach (var certificate in chain.Reverse()) above = StageCertificate(scope, group, certificate, above);

        using var key = new ObjectValue
        {
            ObjectType = ObjectType.PrivateKey,
            KeyBlock = new KeyBlock
            {
                KeyFormatType = KeyFormatType.PKCS8,
                Material = container.PrivateKey!.Clone(),
                CryptographicAlgorithm = request.Value!.KeyBlock!.CryptographicAlgorithm,
                CryptographicLength = request.Value.KeyBlock.CryptographicLength,
            },
        };
        var inside = new RegisterRequest { ObjectType = ObjectType.PrivateKey, Attributes = stated, Value = key };
        using var value = RegisteredValue.Read(inside, stated, scope.Engine.Modes.Of(group));
        if (above is { } first) stated = stated.WithOnly(LinkType.PKCS12CertificateLink, first);
        if (!stated.Has(AttributeName.PKCS12FriendlyName) && container.FriendlyName is { } name)
            stated = stated.With(AttributeName.PKCS12FriendlyName, AttributeValue.Of(name));
        var made = new NewObject
        {
            ObjectType = ObjectType.PrivateKey,
            Id = UniqueIdentifier.New(scope.Now),
            Group = group,
            Stated = stated,
            Derived = value.Derived.With(AttributeName.KeyFormatType, AttributeValue.Of(KeyFormatType.PKCS12)),
            Material = value.Bytes,
            StoredFormat = value.Format,
        }.StageIn(scope);
        return new RegisterResponse(made.Id);
    }

    private static UniqueIdentifier StageCertificate(OperationScope scope, GroupName group, byte[] der, UniqueIdentifier? above)
    {
        using var value = SecretBytes.CopyFrom(der);
        return new NewObject
        {
            ObjectType = ObjectType.Certificate,
            Id = UniqueIdentifier.New(scope.Now),
            Group = group,
            Stated = above is { } issuer ? AttributeSet.Empty.With(LinkType.PKCS12CertificateLink, issuer) : AttributeSet.Empty,
            Derived = CertificateFacts.Read(der),
            Material = value,
        }.StageIn(scope).Id;
    }

    /// <inheritdoc/>
    public void Describe(RegisterRequest request, RequestDigest digest)
    {
        digest.Add((long)request.ObjectType);
        digest.Add(request.Attributes);
        foreach (var template in request.Templates) digest.Add(template);
        digest.Add(request.Group?.Value);
        digest.Add(request.Value);
    }

    /// <inheritdoc/>
    public byte[] Remember(RegisterResponse response) => response.Id.ToByteArray();

    /// <inheritdoc/>
    public ValueTask<RegisterResponse> RecallAsync(
        OperationScope scope, RegisterRequest request, ReadOnlyMemory<byte> remembered, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new RegisterResponse(UniqueIdentifier.FromBytes(remembered.Span)));

    // spec: KMIP 2.1 §6.1.43 "If the Managed Object being registered is wrapped, the server SHALL create a Link attribute of Link
    // Type Wrapping Key Link pointing to the Managed Object with which the Managed Object being registered is wrapped."
    private static AttributeSet WithWrappingLink(AttributeSet stated, KeyWrappingData? wrapping) => wrapping?.EncryptionKey is not { } key
        ? stated
        : stated.Add(AttributeName.Link, AttributeValue.Of(
            new StructureField(AttributeField.LinkType, AttributeValue.Of(LinkType.WrappingKeyLink)),
            new StructureField(AttributeField.LinkedObjectIdentifier, AttributeValue.Of(key.UniqueIdentifier))));
}
