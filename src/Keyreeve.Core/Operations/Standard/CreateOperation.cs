using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for a new symmetric key or new secret data.</summary>
public sealed record CreateRequest
{
    /// <summary>What to create: a symmetric key or secret data.</summary>
    public required ObjectType ObjectType { get; init; }

    /// <summary>Its attributes.</summary>
    public required AttributeSet Attributes { get; init; }

    /// <summary>Names of templates whose attributes come in where the request states none (KMIP 1.x).</summary>
    public ImmutableArray<string> Templates { get; init; } = [];

    /// <summary>The key group it is to be in; null for the caller's home group.</summary>
    public GroupName? Group { get; init; }

    /// <summary>Where it may be, the best first; none if nothing is said.</summary>
    public ImmutableArray<KeyProtection> Protections { get; init; } = [];
}

/// <summary>The new object.</summary>
/// <param name="ObjectType">What was created.</param>
/// <param name="Id">Its identity.</param>
public sealed record CreateResponse(ObjectType ObjectType, UniqueIdentifier Id);

/// <summary>Makes a symmetric key, or secret data, of random bytes.</summary>
public sealed class CreateOperation : Operation<CreateRequest, CreateResponse>, IRepeatable<CreateRequest, CreateResponse>
{
    private const int MostSecretDataInBits = 1 << 20;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.Create;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, CreateRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(NewObject.GroupOf(scope, request.Group), null));

    /// <inheritdoc/>
    protected internal override async ValueTask<CreateResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, CreateRequest request, CancellationToken cancellationToken)
    {
        if (request.ObjectType is not (ObjectType.SymmetricKey or ObjectType.SecretData))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"Create makes symmetric keys and secret data, not objects of type {request.ObjectType}.");

        var group = target.Group!.Value;
        var stated = await NewObject.StatedAsync(scope, request.ObjectType, request.Attributes, request.Templates, cancellationToken);
        stated = scope.Engine.Rules.WithDefaults(scope.Tenant, request.ObjectType, stated);
        var id = UniqueIdentifier.New(scope.Now);
        using var material = await GenerateAsync(scope, new NewKeyPlace(group, request.Protections), id, request.ObjectType, stated, cancellationToken);
        var made = new NewObject
        {
            ObjectType = request.ObjectType,
            Id = id,
            Group = group,
            Stated = stated,
            Derived = request.ObjectType == ObjectType.SecretData
                ? AttributeSet.Empty.With(AttributeName.SecretDataType, AttributeValue.Of(SecretDataType.Password))
                : AttributeSet.Empty,
            Material = material.Bytes,
            StoredFormat = material.StoredFormat,
            IsGenerated = true,
        }.StageIn(scope);
        return new CreateResponse(made.ObjectType, made.Id);
    }

    /// <inheritdoc/>
    public void Describe(CreateRequest request, RequestDigest digest)
    {
        digest.Add((long)request.ObjectType);
        digest.Add(request.Attributes);
        foreach (var template in request.Templates) digest.Add(template);
        digest.Add(request.Group?.Value);
        foreach (var protection in request.Protections) digest.Add((long)protection);
    }

    /// <inheritdoc/>
    public byte[] Remember(CreateResponse response) => response.Id.ToByteArray();

    /// <inheritdoc/>
    public ValueTask<CreateResponse> RecallAsync(
        OperationScope scope, CreateRequest request, ReadOnlyMemory<byte> remembered, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new CreateResponse(request.ObjectType, UniqueIdentifier.FromBytes(remembered.Span)));

    /// <summary>Makes the bytes of a new symmetric key or secret data.</summary>
    internal static async ValueTask<NewMaterial> GenerateAsync(
        OperationScope scope, NewKeyPlace place, UniqueIdentifier id, ObjectType objectType, AttributeSet stated, CancellationToken cancellationToken)
    {
        if (stated.Find(AttributeName.KeyFormatType) is EnumerationValue format
            && (KeyFormatType)format.Value is not (KeyFormatType.Raw or KeyFormatType.TransparentSymmetricKey))
            throw new KeyreeveException(KeyreeveError.KeyFormatTypeNotSupported, "A symmetric key is made in the formats Raw and Transparent Symmetric Key.");
        var lengthInBits = stated.Find(AttributeName.CryptographicLength) is IntegerValue length
            ? length.Value
            : throw new KeyreeveException(KeyreeveError.MissingField, "Cryptographic Length is missing.");
        if (objectType == ObjectType.SecretData)
        {
            if (place.ProtectionIn(scope) == KeyProtection.Hsm)
                throw new KeyreeveException(KeyreeveError.InvalidObjectType, "Keys live in the token, secret data does not.");
            return lengthInBits % 8 == 0 && lengthInBits <= MostSecretDataInBits
                ? new NewMaterial(SecretBytes.Random(lengthInBits / 8), KeyFormatType.Raw)
                : throw new KeyreeveException(KeyreeveError.InvalidAttributeValue, $"Secret data has a multiple of 8 bits, at most {MostSecretDataInBits}.");
        }

        var algorithm = stated.Find(AttributeName.CryptographicAlgorithm) is EnumerationValue a
            ? (CryptographicAlgorithm)a.Value
            : throw new KeyreeveException(KeyreeveError.MissingField, "Cryptographic Algorithm is missing.");
        return await NewMaterial.SymmetricAsync(
            scope, place, new NewSymmetricKey(id, algorithm, lengthInBits, NewObject.UsageOf(objectType, stated)), cancellationToken);
    }
}
