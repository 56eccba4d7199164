using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Encrypts data under a key.</summary>
public sealed record EncryptRequest
{
    /// <summary>Which key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The Cryptographic Parameters, or null for those of the key.</summary>
    public StructureValue? CryptographicParameters { get; init; }

    /// <summary>The data; may be a slice of the caller's buffer, which stays unchanged until the operation has ended.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>IV, counter or nonce; null if the server is to choose it.</summary>
    public ReadOnlyMemory<byte>? IVCounterNonce { get; init; }

    /// <summary>Data that an authenticated mode authenticates along.</summary>
    public ReadOnlyMemory<byte> AuthenticatedEncryptionAdditionalData { get; init; }

    /// <summary>Whether the request is one of several for one message (Correlation Value, Init or Final Indicator).</summary>
    public bool IsStreaming { get; init; }
}

/// <summary>The encrypted data.</summary>
public sealed record EncryptResponse
{
    /// <summary>The key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The ciphertext.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>What the server chose; null if the caller chose it or there is none.</summary>
    public ReadOnlyMemory<byte>? IVCounterNonce { get; init; }

    /// <summary>The tag of an authenticated mode; null with others.</summary>
    public ReadOnlyMemory<byte>? AuthenticatedEncryptionTag { get; init; }
}
