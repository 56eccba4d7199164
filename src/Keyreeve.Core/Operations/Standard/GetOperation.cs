using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Envelopes;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for an object itself.</summary>
public sealed record GetRequest
{
    /// <summary>Which object.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The form wanted; <see cref="KeyFormatType.NotSet"/> for the one it has.</summary>
    public KeyFormatType KeyFormatType { get; init; }

    /// <summary>Whether a key that was registered wrapped is wanted so.</summary>
    public KeyWrapType KeyWrapType { get; init; }

    /// <summary>How to compress an elliptic curve's public key, the standard's Key Compression Type; 0 if not stated.</summary>
    public uint KeyCompressionType { get; init; }

    /// <summary>How to wrap it; null to have it in clear.</summary>
    public KeyWrappingSpecification? KeyWrappingSpecification { get; init; }

    /// <summary>Encodes a Key Value that is to be wrapped as a whole; null if the front door has no such encoding.</summary>
    public IKeyValueEncoding? KeyValueEncoding { get; init; }
}

/// <summary>The object. Whoever encodes it disposes of it.</summary>
public sealed class GetResponse : IDisposable
{
    /// <summary>Its identity.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>What it holds.</summary>
    public required ObjectValue Value { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Value.Dispose();
}

/// <summary>Gives an object out. Material that is not to leave, or to leave only wrapped, does not, whoever asks.</summary>
public sealed class GetOperation : ObjectOperation<GetRequest, GetResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Get;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Release;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(GetRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<GetResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, GetRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        scope.Audit.Algorithm = AlgorithmNames.Of(found.CryptographicAlgorithm);
        KeyUse.RequireInUse(found);
        RequireRelease(found, request);

        // spec: KMIP 2.1 §4.24 "The server SHALL change the attribute value to False as soon as the object has been served via
        // the Get operation to a client."
        if (found.Attributes.Find(AttributeName.Fresh) is BooleanValue { Value: true })
            scope.Update(found with { Attributes = found.Attributes.With(AttributeName.Fresh, AttributeValue.Of(value: false)) });

        var value = found.Material is null ? ValueElsewhere(found, request) : await ReadAsync(scope, found, request, cancellationToken);
        return new GetResponse { Id = found.Id, Value = value };
    }

    private static async ValueTask<ObjectValue> ReadAsync(OperationScope scope, ManagedObject found, GetRequest request, CancellationToken cancellationToken)
    {
        using var key = await scope.Engine.Keys.OpenAsync(found, cancellationToken);
        if (!GivenValue.HasKeyBlock(found.ObjectType))
        {
            if (request.KeyWrappingSpecification is not null)
                throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"Objects of type {found.ObjectType} are not wrapped.");
            return GivenValue.Of(found, null, key.Material.Clone());
        }

        var block = GivenValue.KeyBlockOf(found, key.Material, request);
        try
        {
            return GivenValue.Of(found, await WrappedAsAskedAsync(scope, found, block, request, cancellationToken), null);
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }

    private static async ValueTask<KeyBlock> WrappedAsAskedAsync(
        OperationScope scope, ManagedObject found, KeyBlock block, GetRequest request, CancellationToken cancellationToken)
    {
        var wrapper = new KeyWrapper(scope, request.KeyValueEncoding);
        var specification = request.KeyWrappingSpecification;
        if (block.Wrapping is not null && (specification is not null || request.KeyWrapType == KeyWrapType.NotWrapped))
        {
            var unwrapped = await wrapper.UnwrapAsync(block, cancellationToken);
            block.Dispose();
            block = unwrapped;
        }

        if (specification is null) return block;
        var withAttributes = new KeyBlock
        {
            KeyFormatType = block.KeyFormatType,
            KeyCompressionType = block.KeyCompressionType,
            Material = block.Material,
            Transparent = block.Transparent,
            CryptographicAlgorithm = found.CryptographicAlgorithm,
            CryptographicLength = block.CryptographicLength,
            Attributes = specification.AttributeNames.IsDefaultOrEmpty
                ? AttributeSet.Empty
                : VisibleAttributes.Of(found, mayGet: true).Split(specification.AttributeNames.Contains).Chosen,
        };
        using (block) return await wrapper.WrapAsync(withAttributes, specification, cancellationToken);
    }

    // A key whose value the client kept elsewhere: the Key Block without a Key Value.
    private static ObjectValue ValueElsewhere(ManagedObject found, GetRequest request)
    {
        if (!found.Attributes.Has(AttributeName.KeyValuePresent))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {found.ObjectType} has nothing to get but its attributes.");
        return request.KeyWrappingSpecification is null
            ? GivenValue.Of(found, GivenValue.KeyBlockOf(found, null, request), null)
            : throw new KeyreeveException(KeyreeveError.InvalidField, "The key's value is not here, so it cannot be wrapped.");
    }

    private static void RequireRelease(ManagedObject found, GetRequest request)
    {
        // spec: KMIP 2.1 §4.23 "If False then the server SHALL prevent the object value being retrieved."
        if (found.Attributes.Find(AttributeName.Extractable) is BooleanValue { Value: false })
            throw new KeyreeveException(KeyreeveError.NotExtractable, "The object's value never leaves the server.");

        // spec: KMIP 2.1 §4.55 "If True then the server SHALL prevent the object value being retrieved (via the Get operation)
        // unless it is wrapped by another key."
        var leavesWrapped = request.KeyWrappingSpecification is not null
            || (found.Attributes.Has(AttributeName.KeyWrappingData) && request.KeyWrapType != KeyWrapType.NotWrapped);
        if (!leavesWrapped && found.Attributes.Find(AttributeName.Sensitive) is BooleanValue { Value: true })
            throw new KeyreeveException(KeyreeveError.Sensitive, "The object's value leaves the server wrapped by another key alone.");
    }
}
