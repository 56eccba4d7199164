using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Brings in an object that was made elsewhere. Disposes of <see cref="Value"/> when done.</summary>
public sealed class RegisterRequest
{
    /// <summary>What it is.</summary>
    public required ObjectType ObjectType { get; init; }

    /// <summary>Its attributes.</summary>
    public required AttributeSet Attributes { get; init; }

    /// <summary>Names of templates whose attributes come in where the request states none (KMIP 1.x).</summary>
    public ImmutableArray<string> Templates { get; init; } = [];

    /// <summary>What it holds; null for a template. The caller disposes of it after the operation.</summary>
    public required ObjectValue? Value { get; init; }

    /// <summary>Reads a Key Value that comes wrapped as a whole; null if the front door has no such encoding.</summary>
    public IKeyValueEncoding? KeyValueEncoding { get; init; }

    /// <summary>The key group it is to be in; null for the caller's home group.</summary>
    public GroupName? Group { get; init; }
}

/// <summary>The registered object.</summary>
/// <param name="Id">Its identity.</param>
public sealed record RegisterResponse(UniqueIdentifier Id);
