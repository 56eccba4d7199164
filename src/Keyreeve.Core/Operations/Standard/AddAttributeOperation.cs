using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Adds an instance of an attribute.</summary>
/// <param name="Id">Which object.</param>
/// <param name="Key">Which attribute.</param>
/// <param name="Value">Its value.</param>
public sealed record AddAttributeRequest(UniqueIdentifier Id, AttributeKey Key, AttributeValue Value);

/// <summary>The attribute as it is now.</summary>
/// <param name="Id">The object.</param>
/// <param name="Instance">The added instance with its index.</param>
public sealed record AddAttributeResponse(UniqueIdentifier Id, AttributeInstance Instance);
