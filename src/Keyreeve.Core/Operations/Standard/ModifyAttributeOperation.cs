using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Changes the value of an attribute that exists.</summary>
public sealed record ModifyAttributeRequest
{
    /// <summary>Which object.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Which attribute.</summary>
    public required AttributeKey Key { get; init; }

    /// <summary>Its new value.</summary>
    public required AttributeValue Value { get; init; }

    /// <summary>The index of the instance (KMIP 1.x, where it is 0 if not stated); null if the instance is not stated so.</summary>
    public int? Index { get; init; }

    /// <summary>The present value of the instance (KMIP 2.x); null if the instance is not stated so.</summary>
    public AttributeValue? CurrentValue { get; init; }
}

/// <summary>The attribute as it is now.</summary>
/// <param name="Id">The object.</param>
/// <param name="Instance">The changed instance.</param>
public sealed record ModifyAttributeResponse(UniqueIdentifier Id, AttributeInstance Instance);
