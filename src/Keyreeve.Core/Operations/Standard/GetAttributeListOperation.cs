using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks which attributes an object has.</summary>
/// <param name="Id">Which object.</param>
public sealed record GetAttributeListRequest(UniqueIdentifier Id);

/// <summary>The attributes that the object has.</summary>
/// <param name="Id">The object.</param>
/// <param name="Names">Each once, in the order of their numbers.</param>
public sealed record GetAttributeListResponse(UniqueIdentifier Id, ImmutableArray<AttributeKey> Names);
