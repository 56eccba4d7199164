using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Objects;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Encrypt. From KMIP 1.2. KMIP 2.1 §6.1.17, 1.4 §4.29. Holds views of the message.</summary>
public readonly struct EncryptRequest : IRequestPayload<EncryptRequest, EncryptResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Encrypt;

    /// <summary>The key; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>How; absent: as the key's attribute says.</summary>
    public CryptographicParameters? CryptographicParameters { get; init; }

    /// <summary>What to encrypt: bytes, or from KMIP 2.0 on a reference to an earlier item's result (an Enumeration).</summary>
    public DataReference? Data { get; init; }

    /// <summary>The initialization vector, counter or nonce.</summary>
    public ReadOnlyMemory<byte>? IVCounterNonce { get; init; }

    /// <summary>Which stream this is a part of. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <summary>Whether it is a stream's first part. From KMIP 1.3.</summary>
    public bool? InitIndicator { get; init; }

    /// <summary>Whether it is a stream's last part. From KMIP 1.3.</summary>
    public bool? FinalIndicator { get; init; }

    /// <summary>What is authenticated and not encrypted. From KMIP 1.4.</summary>
    public ReadOnlyMemory<byte>? AuthenticatedEncryptionAdditionalData { get; init; }

    /// <inheritdoc/>
    public static EncryptRequest Exchange<TCodec>(ref TCodec codec, in EncryptRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            CryptographicParameters = codec.OptionalStructure(Tag.CryptographicParameters, value.CryptographicParameters),
            Data = codec.OptionalData(Tag.Data, value.Data),
            IVCounterNonce = codec.OptionalBytes(Tag.IVCounterNonce, value.IVCounterNonce),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
            InitIndicator = codec.OptionalBoolean(Tag.InitIndicator, value.InitIndicator),
            FinalIndicator = codec.OptionalBoolean(Tag.FinalIndicator, value.FinalIndicator),
            AuthenticatedEncryptionAdditionalData = codec.OptionalBytes(Tag.AuthenticatedEncryptionAdditionalData, value.AuthenticatedEncryptionAdditionalData),
        };
}

/// <summary>What was encrypted. Holds views of the message.</summary>
public readonly struct EncryptResponse : IWireStructure<EncryptResponse>
{
    /// <summary>The key.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>The ciphertext.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>The initialization vector that the server made.</summary>
    public ReadOnlyMemory<byte>? IVCounterNonce { get; init; }

    /// <summary>Which stream this is a part of. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <summary>The authentication tag, of the last part. From KMIP 1.4.</summary>
    public ReadOnlyMemory<byte>? AuthenticatedEncryptionTag { get; init; }

    /// <inheritdoc/>
    public static EncryptResponse Exchange<TCodec>(ref TCodec codec, in EncryptResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            Data = codec.OptionalBytes(Tag.Data, value.Data),
            IVCounterNonce = codec.OptionalBytes(Tag.IVCounterNonce, value.IVCounterNonce),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
            AuthenticatedEncryptionTag = codec.OptionalBytes(Tag.AuthenticatedEncryptionTag, value.AuthenticatedEncryptionTag),
        };
}

/// <summary>Decrypt. From KMIP 1.2. KMIP 2.1 §6.1.11, 1.4 §4.30. Holds views of the message.</summary>
public readonly struct DecryptRequest : IRequestPayload<DecryptRequest, DecryptResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Decrypt;

    /// <summary>The key; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>How; absent: as the key's attribute says.</summary>
    public CryptographicParameters? CryptographicParameters { get; init; }

    /// <summary>What to decrypt: bytes, or from KMIP 2.0 on a reference to an earlier item's result (an Enumeration).</summary>
    public DataReference? Data { get; init; }

    /// <summary>The initialization vector, counter or nonce.</summary>
    public ReadOnlyMemory<byte>? IVCounterNonce { get; init; }

    /// <summary>Which stream this is a part of. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <summary>Whether it is a stream's first part. From KMIP 1.3.</summary>
    public bool? InitIndicator { get; init; }

    /// <summary>Whether it is a stream's last part. From KMIP 1.3.</summary>
    public bool? FinalIndicator { get; init; }

    /// <summary>What was authenticated and not encrypted. From KMIP 1.4.</summary>
    public ReadOnlyMemory<byte>? AuthenticatedEncryptionAdditionalData { get; init; }

    /// <summary>The authentication tag. From KMIP 1.4.</summary>
    public ReadOnlyMemory<byte>? AuthenticatedEncryptionTag { get; init; }

    /// <inheritdoc/>
    public static DecryptRequest Exchange<TCodec>(ref TCodec codec, in DecryptRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            CryptographicParameters = codec.OptionalStructure(Tag.CryptographicParameters, value.CryptographicParameters),
            Data = codec.OptionalData(Tag.Data, value.Data),
            IVCounterNonce = codec.OptionalBytes(Tag.IVCounterNonce, value.IVCounterNonce),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
            InitIndicator = codec.OptionalBoolean(Tag.InitIndicator, value.InitIndicator),
            FinalIndicator = codec.OptionalBoolean(Tag.FinalIndicator, value.FinalIndicator),
            AuthenticatedEncryptionAdditionalData = codec.OptionalBytes(Tag.AuthenticatedEncryptionAdditionalData, value.AuthenticatedEncryptionAdditionalData),
            AuthenticatedEncryptionTag = codec.OptionalBytes(Tag.AuthenticatedEncryptionTag, value.AuthenticatedEncryptionTag),
        };
}

/// <summary>What was decrypted. Holds views of the message.</summary>
public readonly struct DecryptResponse : IWireStructure<DecryptResponse>
{
    /// <summary>The key.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>The plaintext.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>Which stream this is a part of. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <inheritdoc/>
    public static DecryptResponse Exchange<TCodec>(ref TCodec codec, in DecryptResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            Data = codec.OptionalBytes(Tag.Data, value.Data),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
        };
}
