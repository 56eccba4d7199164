using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Tokens;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for a key that replaces another.</summary>
public sealed record ReKeyRequest
{
    /// <summary>The key to replace.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Seconds from the making of the new key to its activation; null to take over the dates as they are.</summary>
    public uint? OffsetInSeconds { get; init; }

    /// <summary>What the new key has otherwise than the old one.</summary>
    public AttributeSet Attributes { get; init; } = AttributeSet.Empty;

    /// <summary>Names of templates (KMIP 1.x).</summary>
    public ImmutableArray<string> Templates { get; init; } = [];

    /// <summary>Where the new key may be, the best first; none: where the old one is.</summary>
    public ImmutableArray<KeyProtection> Protections { get; init; } = [];
}

/// <summary>The key that replaces.</summary>
/// <param name="Id">The new key.</param>
public sealed record ReKeyResponse(UniqueIdentifier Id);

/// <summary>
/// Makes a key that replaces another: it takes over names and attributes, and the other goes on decrypting. Of a named key it
/// is the next version.
/// </summary>
public sealed class ReKeyOperation : ObjectOperation<ReKeyRequest, ReKeyResponse>, IRepeatable<ReKeyRequest, ReKeyResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReKey;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(ReKeyRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<ReKeyResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, ReKeyRequest request, CancellationToken cancellationToken)
    {
        var existing = target.Object!;
        Replacement.Require(existing, ObjectType.SymmetricKey);
        var stated = await NewObject.StatedAsync(scope, ObjectType.SymmetricKey, request.Attributes, request.Templates, cancellationToken);
        if (stated.Find(AttributeName.CryptographicAlgorithm) is { } other && other != existing.Attributes.Find(AttributeName.CryptographicAlgorithm))
            throw new KeyreeveException(KeyreeveError.InvalidField, "A key is replaced by one of the same algorithm.");
        var lengthInBits = stated.Find(AttributeName.CryptographicLength) is IntegerValue length ? length.Value : existing.CryptographicLength;
        var id = UniqueIdentifier.New(scope.Now);
        using var material = await NewMaterial.SymmetricAsync(
            scope, Replacement.PlaceOf(existing, request.Protections),
            new NewSymmetricKey(id, existing.CryptographicAlgorithm, lengthInBits, Replacement.UsageOf(existing, stated)), cancellationToken);
        var next = new Replacement
        {
            Existing = existing,
            Id = id,
            Stated = stated,
            OffsetInSeconds = request.OffsetInSeconds,
            Material = material.Bytes,
            StoredFormat = material.StoredFormat,
        }.StageIn(scope);
        return new ReKeyResponse(next.Id);
    }

    /// <inheritdoc/>
    public void Describe(ReKeyRequest request, RequestDigest digest)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(digest);
        digest.Add(request.Id.ToString());
        digest.Add(request.OffsetInSeconds ?? -1L);
        digest.Add(request.Attributes);
        foreach (var template in request.Templates) digest.Add(template);
        foreach (var protection in request.Protections) digest.Add((long)protection);
    }

    /// <inheritdoc/>
    public byte[] Remember(ReKeyResponse response) => response.Id.ToByteArray();

    /// <inheritdoc/>
    public ValueTask<ReKeyResponse> RecallAsync(
        OperationScope scope, ReKeyRequest request, ReadOnlyMemory<byte> remembered, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new ReKeyResponse(UniqueIdentifier.FromBytes(remembered.Span)));
}
