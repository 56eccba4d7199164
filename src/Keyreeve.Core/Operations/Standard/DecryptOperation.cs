using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Decrypts data under a key.</summary>
public sealed record DecryptRequest
{
    /// <summary>Which key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The Cryptographic Parameters, or null for those of the key.</summary>
    public StructureValue? CryptographicParameters { get; init; }

    /// <summary>The ciphertext; may be a slice of the caller's buffer, which stays unchanged until the operation has ended.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>IV, counter or nonce.</summary>
    public ReadOnlyMemory<byte>? IVCounterNonce { get; init; }

    /// <summary>Data that was authenticated along.</summary>
    public ReadOnlyMemory<byte> AuthenticatedEncryptionAdditionalData { get; init; }

    /// <summary>The tag of an authenticated mode.</summary>
    public ReadOnlyMemory<byte>? AuthenticatedEncryptionTag { get; init; }

    /// <summary>Whether the request is one of several for one message (Correlation Value, Init or Final Indicator).</summary>
    public bool IsStreaming { get; init; }
}

/// <summary>The decrypted data.</summary>
public sealed record DecryptResponse
{
    /// <summary>The key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The plaintext.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }
}
