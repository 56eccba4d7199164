using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Sets an attribute that has at most one value: adds or changes it.</summary>
/// <param name="Id">Which object.</param>
/// <param name="Key">Which attribute.</param>
/// <param name="Value">Its value.</param>
public sealed record SetAttributeRequest(UniqueIdentifier Id, AttributeKey Key, AttributeValue Value);

/// <summary>The object whose attribute was set.</summary>
/// <param name="Id">The object.</param>
public sealed record SetAttributeResponse(UniqueIdentifier Id);
