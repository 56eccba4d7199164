using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Tokens;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks for a new key.</summary>
public sealed record CreateKeyRequest
{
    /// <summary>What a key is for if nothing else is said.</summary>
    public const CryptographicUsageMask DefaultUsage = CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt;

    /// <summary>Its name, see <see cref="KeySelector.IsName"/>; unique in the tenant.</summary>
    public required string Name { get; init; }

    /// <summary>Its key group; null for the caller's home group.</summary>
    public GroupName? Group { get; init; }

    /// <summary>The algorithm.</summary>
    public CryptographicAlgorithm Algorithm { get; init; } = CryptographicAlgorithm.AES;

    /// <summary>Length of the key in bits.</summary>
    public int LengthInBits { get; init; } = 256;

    /// <summary>What it may be used for.</summary>
    public CryptographicUsageMask Usage { get; init; } = DefaultUsage;

    /// <summary>Where it is to be; not stated: where its group has its keys.</summary>
    public KeyProtection Protection { get; init; }
}

/// <summary>
/// Creates a named key: its first version, Active, which is the current one. Its material never leaves the server: what
/// has to hold a key itself takes a data key, or creates a managed object for that.
/// </summary>
public sealed class CreateKeyOperation : Operation<CreateKeyRequest, NamedKey>, IRepeatable<CreateKeyRequest, NamedKey>
{
    private readonly CreateOperation _create = new();

    /// <inheritdoc/>
    public override OperationName Name => OperationName.Create;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, CreateKeyRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(request.Group ?? scope.Call.Principal.HomeGroup, null));

    /// <inheritdoc/>
    protected internal override async ValueTask<NamedKey> ExecuteAsync(
        OperationScope scope, OperationTarget target, CreateKeyRequest request, CancellationToken cancellationToken)
    {
        if (!KeySelector.IsName(request.Name))
        {
            throw new KeyreeveException(
                KeyreeveError.InvalidField,
                "A key's name has 1 to 128 letters, digits, '.', '_' and '-', begins with a letter or digit, and does not look like an identifier.");
        }

        if (request.Algorithm != CryptographicAlgorithm.AES || request.LengthInBits is not (128 or 192 or 256))
            throw new KeyreeveException(KeyreeveError.CryptographicParametersNotSupported, "A named key is AES with 128, 192 or 256 bits.");

        await _create.ExecuteAsync(scope, target, Translate(request, scope.Now), cancellationToken);
        return NamedKey.Of(scope.Inserts[^1]);
    }

    /// <inheritdoc/>
    public void Describe(CreateKeyRequest request, RequestDigest digest)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(digest);
        digest.Add("named key");
        digest.Add(request.Name);
        digest.Add(request.Group?.Value);
        digest.Add((long)request.Algorithm);
        digest.Add(request.LengthInBits);
        digest.Add((long)request.Usage);
        if (request.Protection != KeyProtection.Unstated) digest.Add((long)request.Protection);
    }

    /// <inheritdoc/>
    public byte[] Remember(NamedKey response) => response.Id.ToByteArray();

    /// <inheritdoc/>
    public ValueTask<NamedKey> RecallAsync(
        OperationScope scope, CreateKeyRequest request, ReadOnlyMemory<byte> remembered, CancellationToken cancellationToken) =>
        KeyVersions.RecallAsync(scope, remembered, cancellationToken);

    private static CreateRequest Translate(CreateKeyRequest request, DateTimeOffset now) => new()
    {
        ObjectType = ObjectType.SymmetricKey,
        Group = request.Group,
        Protections = request.Protection == KeyProtection.Unstated ? [] : [request.Protection],
        Attributes = AttributeSet.Empty
            .With(AttributeName.Name, AttributeValue.Of(
                new StructureField(AttributeField.NameValue, AttributeValue.Of(request.Name)),
                new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.UninterpretedTextString))))
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(request.Algorithm))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(request.LengthInBits))
            .With(AttributeName.CryptographicUsageMask, AttributeValue.Of(unchecked((int)request.Usage)))
            .With(AttributeName.ActivationDate, AttributeValue.Of(now))
            .With(AttributeName.Extractable, AttributeValue.Of(false)),
    };
}
