using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Tokens;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for a key pair that replaces another.</summary>
public sealed record ReKeyKeyPairRequest
{
    /// <summary>The private key of the pair to replace.</summary>
    public required UniqueIdentifier PrivateKeyId { get; init; }

    /// <summary>Seconds from the making of the new pair to its activation; null to take over the dates as they are.</summary>
    public uint? OffsetInSeconds { get; init; }

    /// <summary>What both new halves have otherwise than the old ones.</summary>
    public AttributeSet CommonAttributes { get; init; } = AttributeSet.Empty;

    /// <summary>What the new private key has otherwise; comes before the common ones.</summary>
    public AttributeSet PrivateKeyAttributes { get; init; } = AttributeSet.Empty;

    /// <summary>What the new public key has otherwise; comes before the common ones.</summary>
    public AttributeSet PublicKeyAttributes { get; init; } = AttributeSet.Empty;

    /// <summary>Names of templates for both halves (KMIP 1.x).</summary>
    public ImmutableArray<string> CommonTemplates { get; init; } = [];

    /// <summary>Names of templates for the private key (KMIP 1.x).</summary>
    public ImmutableArray<string> PrivateKeyTemplates { get; init; } = [];

    /// <summary>Names of templates for the public key (KMIP 1.x).</summary>
    public ImmutableArray<string> PublicKeyTemplates { get; init; } = [];

    /// <summary>Where the new private key may be, the best first; none: where the old one is.</summary>
    public ImmutableArray<KeyProtection> Protections { get; init; } = [];
}

/// <summary>The pair that replaces.</summary>
/// <param name="PrivateKeyId">The new private key.</param>
/// <param name="PublicKeyId">The new public key.</param>
public sealed record ReKeyKeyPairResponse(UniqueIdentifier PrivateKeyId, UniqueIdentifier PublicKeyId);

/// <summary>Makes a key pair that replaces another, half by half, all in one commit.</summary>
public sealed class ReKeyKeyPairOperation
    : ObjectOperation<ReKeyKeyPairRequest, ReKeyKeyPairResponse>, IRepeatable<ReKeyKeyPairRequest, ReKeyKeyPairResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReKeyKeyPair;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(ReKeyKeyPairRequest request) => request.PrivateKeyId;

    /// <inheritdoc/>
    protected internal override async ValueTask<ReKeyKeyPairResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, ReKeyKeyPairRequest request, CancellationToken cancellationToken)
    {
        var privateKey = target.Object!;
        Replacement.Require(privateKey, ObjectType.PrivateKey);
        var publicKey = await FindPublicKeyAsync(scope, privateKey, cancellationToken);
        Replacement.Require(publicKey, ObjectType.PublicKey);
        var privateStated = await NewObject.StatedAsync(
            scope, ObjectType.PrivateKey, CreateKeyPairOperation.Own(request.PrivateKeyAttributes, request.CommonAttributes),
            [.. request.PrivateKeyTemplates, .. request.CommonTemplates], cancellationToken);
        var publicStated = await NewObject.StatedAsync(
            scope, ObjectType.PublicKey, CreateKeyPairOperation.Own(request.PublicKeyAttributes, request.CommonAttributes),
            [.. request.PublicKeyTemplates, .. request.CommonTemplates], cancellationToken);

        RequireSameKind(privateKey, privateStated, publicStated);
        var publicId = UniqueIdentifier.New(scope.Now);
        var privateId = UniqueIdentifier.New(scope.Now);
        var wish = new NewPair(
            privateId, privateKey.CryptographicAlgorithm, privateKey.CryptographicLength, PairDomain.Of(privateKey.Attributes.Find(AttributeName.CryptographicDomainParameters)), Replacement.UsageOf(privateKey, privateStated));
        using var material = await NewMaterial.PairAsync(scope, Replacement.PlaceOf(privateKey, request.Protections), wish, cancellationToken);
        new Replacement
        {
            Existing = publicKey,
            Id = publicId,
            Stated = publicStated,
            OffsetInSeconds = request.OffsetInSeconds,
            PairLink = Links.Value(LinkType.PrivateKeyLink, privateId),
            Material = material.PublicKey!,
            StoredFormat = KeyFormatType.X509,
        }.StageIn(scope);
        new Replacement
        {
            Existing = privateKey,
            Id = privateId,
            Stated = privateStated,
            OffsetInSeconds = request.OffsetInSeconds,
            PairLink = Links.Value(LinkType.PublicKeyLink, publicId),
            Material = material.Bytes,
            StoredFormat = material.StoredFormat,
        }.StageIn(scope);
        return new ReKeyKeyPairResponse(privateId, publicId);
    }

    /// <inheritdoc/>
    public void Describe(ReKeyKeyPairRequest request, RequestDigest digest)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(digest);
        digest.Add(request.PrivateKeyId.ToString());
        digest.Add(request.OffsetInSeconds ?? -1L);
        digest.Add(request.CommonAttributes);
        digest.Add(request.PrivateKeyAttributes);
        digest.Add(request.PublicKeyAttributes);
        foreach (var template in request.CommonTemplates) digest.Add(template);
        foreach (var template in request.PrivateKeyTemplates) digest.Add(template);
        foreach (var template in request.PublicKeyTemplates) digest.Add(template);
        foreach (var protection in request.Protections) digest.Add((long)protection);
    }

    /// <inheritdoc/>
    public byte[] Remember(ReKeyKeyPairResponse response) => [.. response.PrivateKeyId.ToByteArray(), .. response.PublicKeyId.ToByteArray()];

    /// <inheritdoc/>
    public ValueTask<ReKeyKeyPairResponse> RecallAsync(
        OperationScope scope, ReKeyKeyPairRequest request, ReadOnlyMemory<byte> remembered, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new ReKeyKeyPairResponse(
            UniqueIdentifier.FromBytes(remembered.Span[..UniqueIdentifier.SizeInBytes]),
            UniqueIdentifier.FromBytes(remembered.Span[UniqueIdentifier.SizeInBytes..])));

    private static async ValueTask<ManagedObject> FindPublicKeyAsync(OperationScope scope, ManagedObject privateKey, CancellationToken cancellationToken)
    {
        if (Links.Of(privateKey.Attributes, LinkType.PublicKeyLink) is not [var id, ..])
            throw new KeyreeveException(KeyreeveError.NotReplaceable, "The private key has no Link to its public key, so there is no pair to replace.");
        var publicKey = await scope.RequireAsync(id, cancellationToken);
        // The decision was made on the private key's group; the public half may lie in another.
        return scope.May(OperationName.ReKeyKeyPair, publicKey) ? publicKey : throw KeyreeveException.NotFound();
    }

    private static void RequireSameKind(ManagedObject privateKey, AttributeSet privateStated, AttributeSet publicStated)
    {
        foreach (var name in new[] { AttributeName.CryptographicAlgorithm, AttributeName.CryptographicLength, AttributeName.CryptographicDomainParameters })
        {
            foreach (var stated in new[] { privateStated, publicStated })
                if (stated.Find(name) is { } other && other != privateKey.Attributes.Find(name))
                    throw new KeyreeveException(KeyreeveError.InvalidField, $"A pair is replaced by one of the same {name}.");
        }
    }
}
