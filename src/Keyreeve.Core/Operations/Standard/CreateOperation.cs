using System.Collections.Immutable;
using Keyreeve.Core.Objects;

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
