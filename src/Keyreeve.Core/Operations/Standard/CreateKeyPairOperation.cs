using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Tokens;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for a new key pair.</summary>
public sealed record CreateKeyPairRequest
{
    /// <summary>Attributes of both halves.</summary>
    public AttributeSet CommonAttributes { get; init; } = AttributeSet.Empty;

    /// <summary>Attributes of the private key; they come before the common ones.</summary>
    public AttributeSet PrivateKeyAttributes { get; init; } = AttributeSet.Empty;

    /// <summary>Attributes of the public key; they come before the common ones.</summary>
    public AttributeSet PublicKeyAttributes { get; init; } = AttributeSet.Empty;

    /// <summary>Names of templates for both halves (KMIP 1.x).</summary>
    public ImmutableArray<string> CommonTemplates { get; init; } = [];

    /// <summary>Names of templates for the private key (KMIP 1.x).</summary>
    public ImmutableArray<string> PrivateKeyTemplates { get; init; } = [];

    /// <summary>Names of templates for the public key (KMIP 1.x).</summary>
    public ImmutableArray<string> PublicKeyTemplates { get; init; } = [];

    /// <summary>The key group they are to be in; null for the caller's home group.</summary>
    public GroupName? Group { get; init; }

    /// <summary>Where the private key may be, the best first; none if nothing is said. The public key is no secret, and in the store.</summary>
    public ImmutableArray<KeyProtection> Protections { get; init; } = [];
}

/// <summary>The new key pair.</summary>
/// <param name="PrivateKeyId">The private key.</param>
/// <param name="PublicKeyId">The public key.</param>
public sealed record CreateKeyPairResponse(UniqueIdentifier PrivateKeyId, UniqueIdentifier PublicKeyId);

/// <summary>KMIP 2.1 §6.1.11 Create Key Pair: two objects, linked to each other, made in one transaction.</summary>
public sealed class CreateKeyPairOperation : Operation<CreateKeyPairRequest, CreateKeyPairResponse>, IRepeatable<CreateKeyPairRequest, CreateKeyPairResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.CreateKeyPair;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, CreateKeyPairRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(NewObject.GroupOf(scope, request.Group), null));

    /// <inheritdoc/>
    protected internal override async ValueTask<CreateKeyPairResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, CreateKeyPairRequest request, CancellationToken cancellationToken)
    {
        var group = target.Group!.Value;
        var privateStated = await NewObject.StatedAsync(
            scope, ObjectType.PrivateKey, Own(request.PrivateKeyAttributes, request.CommonAttributes),
            [.. request.PrivateKeyTemplates, .. request.CommonTemplates], cancellationToken);
        var publicStated = await NewObject.StatedAsync(
            scope, ObjectType.PublicKey, Own(request.PublicKeyAttributes, request.CommonAttributes),
            [.. request.PublicKeyTemplates, .. request.CommonTemplates], cancellationToken);

        privateStated = scope.Engine.Rules.WithDefaults(scope.Tenant, ObjectType.PrivateKey, privateStated);
        publicStated = scope.Engine.Rules.WithDefaults(scope.Tenant, ObjectType.PublicKey, publicStated);
        var (algorithm, stated, domain) = Parameters(privateStated, publicStated);
        var publicId = UniqueIdentifier.New(scope.Now);
        var privateId = UniqueIdentifier.New(scope.Now);
        using var material = await NewMaterial.PairAsync(
            scope, new NewKeyPlace(group, request.Protections),
            new NewPair(privateId, algorithm, stated, domain, NewObject.UsageOf(ObjectType.PrivateKey, privateStated)), cancellationToken);
        var derived = AttributeSet.Empty
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(KeyPairMaterial.LengthInBits(algorithm, stated, domain.Curve)));
        new NewObject
        {
            ObjectType = ObjectType.PublicKey,
            Id = publicId,
            Group = group,
            Stated = publicStated.WithOnly(LinkType.PrivateKeyLink, privateId),
            Derived = derived.Merge(FormatOf(publicStated, algorithm, domain.Curve, isPrivate: false)),
            Material = material.PublicKey,
            StoredFormat = KeyFormatType.X509,
            IsGenerated = true,
        }.StageIn(scope);
        new NewObject
        {
            ObjectType = ObjectType.PrivateKey,
            Id = privateId,
            Group = group,
            Stated = privateStated.WithOnly(LinkType.PublicKeyLink, publicId),
            Derived = derived.Merge(FormatOf(privateStated, algorithm, domain.Curve, isPrivate: true)),
            Material = material.Bytes,
            StoredFormat = material.StoredFormat,
            IsGenerated = true,
        }.StageIn(scope);
        return new CreateKeyPairResponse(privateId, publicId);
    }

    /// <inheritdoc/>
    public void Describe(CreateKeyPairRequest request, RequestDigest digest)
    {
        digest.Add(request.CommonAttributes);
        digest.Add(request.PrivateKeyAttributes);
        digest.Add(request.PublicKeyAttributes);
        foreach (var template in request.CommonTemplates) digest.Add(template);
        foreach (var template in request.PrivateKeyTemplates) digest.Add(template);
        foreach (var template in request.PublicKeyTemplates) digest.Add(template);
        digest.Add(request.Group?.Value);
        foreach (var protection in request.Protections) digest.Add((long)protection);
    }

    /// <inheritdoc/>
    public byte[] Remember(CreateKeyPairResponse response) => [.. response.PrivateKeyId.ToByteArray(), .. response.PublicKeyId.ToByteArray()];

    /// <inheritdoc/>
    public ValueTask<CreateKeyPairResponse> RecallAsync(
        OperationScope scope, CreateKeyPairRequest request, ReadOnlyMemory<byte> remembered, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new CreateKeyPairResponse(
            UniqueIdentifier.FromBytes(remembered.Span[..UniqueIdentifier.SizeInBytes]),
            UniqueIdentifier.FromBytes(remembered.Span[UniqueIdentifier.SizeInBytes..])));

    /// <summary>The attributes of one half: its own, and those of both that it does not state otherwise.</summary>
    // spec: KMIP 2.1 §6.1.9 "the Private Key Attributes and Public Key Attributes objects in the request, which take precedence
    // over the Common Attributes object".
    internal static AttributeSet Own(AttributeSet own, AttributeSet common)
    {
        foreach (var instance in common.Instances)
            if (!own.Has(instance.Key)) own = common.All(instance.Key).ToArray().Aggregate(own, static (set, i) => set.Add(i.Key, i.Value));
        return own;
    }

    private static (CryptographicAlgorithm Algorithm, int LengthInBits, PairDomain Domain) Parameters(AttributeSet privateKey, AttributeSet publicKey)
    {
        // Whichever half states them; KMIP 1.4 §4.2, Table 196: "SHALL be the same for both".
        var algorithm = Same(AttributeName.CryptographicAlgorithm) is EnumerationValue a
            ? (CryptographicAlgorithm)a.Value
            : throw new KeyreeveException(KeyreeveError.MissingField, "Cryptographic Algorithm is missing.");
        var domain = PairDomain.Of(Same(AttributeName.CryptographicDomainParameters));
        var length = Same(AttributeName.CryptographicLength) is IntegerValue l ? l.Value : 0;
        return (algorithm, length, domain);

        AttributeValue? Same(AttributeName name)
        {
            var (first, second) = (privateKey.Find(name), publicKey.Find(name));
            return first is null || second is null || first == second
                ? first ?? second
                : throw new KeyreeveException(KeyreeveError.InvalidField, $"{name} differs between the halves of the pair.");
        }
    }

    // spec: KMIP 2.1 §4.26 "a particular Key Format Type MAY be requested by the client if the cryptographic material is
    // produced by the server … The server SHALL comply with the client's requested format or SHALL fail the request."
    private static AttributeSet FormatOf(AttributeSet stated, CryptographicAlgorithm algorithm, RecommendedCurve curve, bool isPrivate)
    {
        var form = KeyForm.Of(algorithm, curve)!;
        if (stated.Find(AttributeName.KeyFormatType) is not EnumerationValue wanted)
            return AttributeSet.Empty.With(AttributeName.KeyFormatType, AttributeValue.Of(form.DefaultFormat(isPrivate)));
        form.RequireFormat((KeyFormatType)wanted.Value, isPrivate);
        return AttributeSet.Empty;
    }
}
