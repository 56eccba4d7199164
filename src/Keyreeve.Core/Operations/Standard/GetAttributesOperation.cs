using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for attributes of an object.</summary>
public sealed record GetAttributesRequest
{
    /// <summary>Which object.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Which attributes; null for all.</summary>
    public ImmutableArray<AttributeKey>? Names { get; init; }
}

/// <summary>The attributes that exist of those asked for.</summary>
/// <param name="Id">The object.</param>
/// <param name="Attributes">All instances; those that only later or earlier protocol versions know are the front door's to
/// leave out.</param>
public sealed record GetAttributesResponse(UniqueIdentifier Id, AttributeSet Attributes);
