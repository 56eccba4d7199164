using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Objects;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Hash. From KMIP 1.2. KMIP 2.1 §6.1.24, 1.4 §4.37. Holds views of the message.</summary>
public readonly struct HashRequest : IRequestPayload<HashRequest, HashResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Hash;

    /// <summary>How; its Hashing Algorithm is needed.</summary>
    public CryptographicParameters CryptographicParameters { get; init; }

    /// <summary>What to hash: bytes, or from KMIP 2.0 on a reference to an earlier item's result (an Enumeration).</summary>
    public DataReference? Data { get; init; }

    /// <summary>Which stream this is a part of. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <summary>Whether it is a stream's first part. From KMIP 1.3.</summary>
    public bool? InitIndicator { get; init; }

    /// <summary>Whether it is a stream's last part. From KMIP 1.3.</summary>
    public bool? FinalIndicator { get; init; }

    /// <inheritdoc/>
    public static HashRequest Exchange<TCodec>(ref TCodec codec, in HashRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            CryptographicParameters = codec.Structure(Tag.CryptographicParameters, value.CryptographicParameters),
            Data = codec.OptionalData(Tag.Data, value.Data),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
            InitIndicator = codec.OptionalBoolean(Tag.InitIndicator, value.InitIndicator),
            FinalIndicator = codec.OptionalBoolean(Tag.FinalIndicator, value.FinalIndicator),
        };
}

/// <summary>The digest. Holds views of the message.</summary>
public readonly struct HashResponse : IWireStructure<HashResponse>
{
    /// <summary>The digest; only with the last part of a stream.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>Which stream this is a part of; absent with its last part. From KMIP 1.3.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <inheritdoc/>
    public static HashResponse Exchange<TCodec>(ref TCodec codec, in HashResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Data = codec.OptionalBytes(Tag.Data, value.Data),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
        };
}
