using System.Collections.Immutable;
using Keyreeve.Core.Objects;
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
        using var material = Generate(scope.Engine.Modes.Of(group), request.ObjectType, stated);
        var made = new NewObject
        {
            ObjectType = request.ObjectType,
            Id = UniqueIdentifier.New(scope.Now),
            Group = group,
            Stated = stated,
            Derived = request.ObjectType == ObjectType.SecretData
                ? AttributeSet.Empty.With(AttributeName.SecretDataType, AttributeValue.Of(SecretDataType.Password))
                : AttributeSet.Empty,
            Material = material,
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
    }

    /// <inheritdoc/>
    public byte[] Remember(CreateResponse response) => response.Id.ToByteArray();

    /// <inheritdoc/>
    public ValueTask<CreateResponse> RecallAsync(
        OperationScope scope, CreateRequest request, ReadOnlyMemory<byte> remembered, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new CreateResponse(request.ObjectType, UniqueIdentifier.FromBytes(remembered.Span)));

    /// <summary>Makes the bytes of a new symmetric key or secret data.</summary>
    internal static SecretBytes Generate(GroupMode mode, ObjectType objectType, AttributeSet stated)
    {
        if (stated.Find(AttributeName.KeyFormatType) is EnumerationValue format
            && (KeyFormatType)format.Value is not (KeyFormatType.Raw or KeyFormatType.TransparentSymmetricKey))
            throw new KeyreeveException(KeyreeveError.KeyFormatTypeNotSupported, "A symmetric key is made in the formats Raw and Transparent Symmetric Key.");
        var lengthInBits = stated.Find(AttributeName.CryptographicLength) is IntegerValue length
            ? length.Value
            : throw new KeyreeveException(KeyreeveError.MissingField, "Cryptographic Length is missing.");
        if (objectType == ObjectType.SecretData)
        {
            return lengthInBits % 8 == 0 && lengthInBits <= MostSecretDataInBits
                ? SecretBytes.Random(lengthInBits / 8)
                : throw new KeyreeveException(KeyreeveError.InvalidAttributeValue, $"Secret data has a multiple of 8 bits, at most {MostSecretDataInBits}.");
        }

        var algorithm = stated.Find(AttributeName.CryptographicAlgorithm) is EnumerationValue a
            ? (CryptographicAlgorithm)a.Value
            : throw new KeyreeveException(KeyreeveError.MissingField, "Cryptographic Algorithm is missing.");
        return SymmetricMaterial.Generate(mode, algorithm, lengthInBits);
    }
}
