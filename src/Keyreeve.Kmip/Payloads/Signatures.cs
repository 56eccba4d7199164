using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Objects;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Sign. From KMIP 1.2. KMIP 2.1 §6.1.55, 1.4 §4.31. Holds views of the message.</summary>
public readonly struct SignRequest : IRequestPayload<SignRequest, SignResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Sign;

    /// <summary>The key; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>How; absent: as the key's attribute says.</summary>
    public CryptographicParameters? CryptographicParameters { get; init; }

    /// <summary>What to sign: bytes, or from KMIP 2.0 on a reference to an earlier item's result (an Enumeration).</summary>
    public DataReference? Data { get; init; }

    /// <summary>The digest of what to sign, computed by the client. From KMIP 1.4.</summary>
    public ReadOnlyMemory<byte>? DigestedData { get; init; }

    /// <summary>Which stream this is a part of. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <summary>Whether it is a stream's first part. From KMIP 1.3.</summary>
    public bool? InitIndicator { get; init; }

    /// <summary>Whether it is a stream's last part. From KMIP 1.3.</summary>
    public bool? FinalIndicator { get; init; }

    /// <inheritdoc/>
    public static SignRequest Exchange<TCodec>(ref TCodec codec, in SignRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            CryptographicParameters = codec.OptionalStructure(Tag.CryptographicParameters, value.CryptographicParameters),
            Data = codec.OptionalData(Tag.Data, value.Data),
            DigestedData = codec.OptionalBytes(Tag.DigestedData, value.DigestedData),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
            InitIndicator = codec.OptionalBoolean(Tag.InitIndicator, value.InitIndicator),
            FinalIndicator = codec.OptionalBoolean(Tag.FinalIndicator, value.FinalIndicator),
        };
}

/// <summary>The signature. Holds views of the message.</summary>
public readonly struct SignResponse : IWireStructure<SignResponse>
{
    /// <summary>The key.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>The signature; only with the last part of a stream.</summary>
    public ReadOnlyMemory<byte>? SignatureData { get; init; }

    /// <summary>Which stream this is a part of; absent with its last part. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <inheritdoc/>
    public static SignResponse Exchange<TCodec>(ref TCodec codec, in SignResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            SignatureData = codec.OptionalBytes(Tag.SignatureData, value.SignatureData),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
        };
}

/// <summary>Signature Verify. From KMIP 1.2. KMIP 2.1 §6.1.56, 1.4 §4.32. Holds views of the message.</summary>
public readonly struct SignatureVerifyRequest : IRequestPayload<SignatureVerifyRequest, SignatureVerifyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.SignatureVerify;

    /// <summary>The key; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>How; absent: as the key's attribute says.</summary>
    public CryptographicParameters? CryptographicParameters { get; init; }

    /// <summary>What was signed: bytes, or from KMIP 2.0 on a reference to an earlier item's result (an Enumeration).</summary>
    public DataReference? Data { get; init; }

    /// <summary>The digest of what was signed. From KMIP 1.4.</summary>
    public ReadOnlyMemory<byte>? DigestedData { get; init; }

    /// <summary>The signature.</summary>
    public ReadOnlyMemory<byte>? SignatureData { get; init; }

    /// <summary>Which stream this is a part of. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <summary>Whether it is a stream's first part. From KMIP 1.3.</summary>
    public bool? InitIndicator { get; init; }

    /// <summary>Whether it is a stream's last part. From KMIP 1.3.</summary>
    public bool? FinalIndicator { get; init; }

    /// <inheritdoc/>
    public static SignatureVerifyRequest Exchange<TCodec>(ref TCodec codec, in SignatureVerifyRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            CryptographicParameters = codec.OptionalStructure(Tag.CryptographicParameters, value.CryptographicParameters),
            Data = codec.OptionalData(Tag.Data, value.Data),
            DigestedData = codec.OptionalBytes(Tag.DigestedData, value.DigestedData),
            SignatureData = codec.OptionalBytes(Tag.SignatureData, value.SignatureData),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
            InitIndicator = codec.OptionalBoolean(Tag.InitIndicator, value.InitIndicator),
            FinalIndicator = codec.OptionalBoolean(Tag.FinalIndicator, value.FinalIndicator),
        };
}

/// <summary>Whether the signature is genuine. Holds views of the message.</summary>
public readonly struct SignatureVerifyResponse : IWireStructure<SignatureVerifyResponse>
{
    /// <summary>The key.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>Whether it is genuine; only with the last part of a stream.</summary>
    public ValidityIndicator? ValidityIndicator { get; init; }

    /// <summary>What was signed, where the signature itself holds it.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>Which stream this is a part of; absent with its last part. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <inheritdoc/>
    public static SignatureVerifyResponse Exchange<TCodec>(ref TCodec codec, in SignatureVerifyResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            ValidityIndicator = codec.OptionalEnumeration(Tag.ValidityIndicator, value.ValidityIndicator),
            Data = codec.OptionalBytes(Tag.Data, value.Data),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
        };
}
