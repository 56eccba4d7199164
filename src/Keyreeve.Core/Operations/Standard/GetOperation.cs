using Keyreeve.Core.Objects;

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
