using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Deletes an instance of an attribute, or all.</summary>
public sealed record DeleteAttributeRequest
{
    /// <summary>Which object.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Which attribute.</summary>
    public required AttributeKey Key { get; init; }

    /// <summary>The index of the instance (KMIP 1.x, where it is 0 if not stated); null if the instance is not stated so.</summary>
    public int? Index { get; init; }

    /// <summary>The present value of the instance (KMIP 2.x). If neither this nor <see cref="Index"/> is stated, all
    /// instances are deleted.</summary>
    public AttributeValue? CurrentValue { get; init; }
}

/// <summary>What was deleted.</summary>
/// <param name="Id">The object.</param>
/// <param name="Instance">The deleted instance, or the first of those deleted.</param>
public sealed record DeleteAttributeResponse(UniqueIdentifier Id, AttributeInstance Instance);
