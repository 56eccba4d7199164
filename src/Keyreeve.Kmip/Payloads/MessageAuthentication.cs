using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Objects;

namespace Keyreeve.Kmip.Payloads;

/// <summary>MAC. From KMIP 1.2. KMIP 2.1 §6.1.32, 1.4 §4.33. Holds views of the message.</summary>
public readonly struct MACRequest : IRequestPayload<MACRequest, MACResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.MAC;

    /// <summary>The key; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>How; absent: as the key's attribute says.</summary>
    public CryptographicParameters? CryptographicParameters { get; init; }

    /// <summary>What to authenticate: bytes, or from KMIP 2.0 on a reference to an earlier item's result (an Enumeration).</summary>
    public DataReference? Data { get; init; }

    /// <summary>Which stream this is a part of. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <summary>Whether it is a stream's first part. From KMIP 1.3.</summary>
    public bool? InitIndicator { get; init; }

    /// <summary>Whether it is a stream's last part. From KMIP 1.3.</summary>
    public bool? FinalIndicator { get; init; }

    /// <inheritdoc/>
    public static MACRequest Exchange<TCodec>(ref TCodec codec, in MACRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            CryptographicParameters = codec.OptionalStructure(Tag.CryptographicParameters, value.CryptographicParameters),
            Data = codec.OptionalData(Tag.Data, value.Data),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
            InitIndicator = codec.OptionalBoolean(Tag.InitIndicator, value.InitIndicator),
            FinalIndicator = codec.OptionalBoolean(Tag.FinalIndicator, value.FinalIndicator),
        };
}

/// <summary>The message authentication code. Holds views of the message.</summary>
public readonly struct MACResponse : IWireStructure<MACResponse>
{
    /// <summary>The key.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>The code; only with the last part of a stream.</summary>
    public ReadOnlyMemory<byte>? MACData { get; init; }

    /// <summary>Which stream this is a part of; absent with its last part. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <inheritdoc/>
    public static MACResponse Exchange<TCodec>(ref TCodec codec, in MACResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            MACData = codec.OptionalBytes(Tag.MACData, value.MACData),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
        };
}

/// <summary>MAC Verify. From KMIP 1.2. KMIP 2.1 §6.1.33, 1.4 §4.34. Holds views of the message.</summary>
public readonly struct MACVerifyRequest : IRequestPayload<MACVerifyRequest, MACVerifyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.MACVerify;

    /// <summary>The key; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>How; absent: as the key's attribute says.</summary>
    public CryptographicParameters? CryptographicParameters { get; init; }

    /// <summary>What was authenticated: bytes, or from KMIP 2.0 on a reference to an earlier item's result (an Enumeration).</summary>
    public DataReference? Data { get; init; }

    /// <summary>The code.</summary>
    public ReadOnlyMemory<byte>? MACData { get; init; }

    /// <summary>Which stream this is a part of. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <summary>Whether it is a stream's first part. From KMIP 1.3.</summary>
    public bool? InitIndicator { get; init; }

    /// <summary>Whether it is a stream's last part. From KMIP 1.3.</summary>
    public bool? FinalIndicator { get; init; }

    /// <inheritdoc/>
    public static MACVerifyRequest Exchange<TCodec>(ref TCodec codec, in MACVerifyRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            CryptographicParameters = codec.OptionalStructure(Tag.CryptographicParameters, value.CryptographicParameters),
            Data = codec.OptionalData(Tag.Data, value.Data),
            MACData = codec.OptionalBytes(Tag.MACData, value.MACData),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
            InitIndicator = codec.OptionalBoolean(Tag.InitIndicator, value.InitIndicator),
            FinalIndicator = codec.OptionalBoolean(Tag.FinalIndicator, value.FinalIndicator),
        };
}

/// <summary>Whether the code is genuine. Holds views of the message.</summary>
public readonly struct MACVerifyResponse : IWireStructure<MACVerifyResponse>
{
    /// <summary>The key.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>Whether it is genuine; only with the last part of a stream.</summary>
    public ValidityIndicator? ValidityIndicator { get; init; }

    /// <summary>Which stream this is a part of; absent with its last part. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <inheritdoc/>
    public static MACVerifyResponse Exchange<TCodec>(ref TCodec codec, in MACVerifyResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            ValidityIndicator = codec.OptionalEnumeration(Tag.ValidityIndicator, value.ValidityIndicator),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
        };
}
