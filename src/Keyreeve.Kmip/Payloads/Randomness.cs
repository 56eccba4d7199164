using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>RNG Retrieve. From KMIP 1.2. KMIP 2.1 §6.1.49, 1.4 §4.35.</summary>
public readonly struct RNGRetrieveRequest : IRequestPayload<RNGRetrieveRequest, RNGRetrieveResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.RNGRetrieve;

    /// <summary>How many bytes.</summary>
    public int DataLength { get; init; }

    /// <inheritdoc/>
    public static RNGRetrieveRequest Exchange<TCodec>(ref TCodec codec, in RNGRetrieveRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            DataLength = codec.Integer(Tag.DataLength, value.DataLength),
        };
}

/// <summary>Random bytes. Holds views of the message.</summary>
public readonly struct RNGRetrieveResponse : IWireStructure<RNGRetrieveResponse>
{
    /// <summary>The bytes; absent where they are for later items of the batch alone.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <inheritdoc/>
    public static RNGRetrieveResponse Exchange<TCodec>(ref TCodec codec, in RNGRetrieveResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Data = codec.OptionalBytes(Tag.Data, value.Data),
        };
}

/// <summary>RNG Seed. From KMIP 1.2. KMIP 2.1 §6.1.50, 1.4 §4.36. Holds views of the message.</summary>
public readonly struct RNGSeedRequest : IRequestPayload<RNGSeedRequest, RNGSeedResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.RNGSeed;

    /// <summary>What to stir in: bytes, or from KMIP 2.0 on a reference to an earlier item's result (an Enumeration).</summary>
    public DataReference? Data { get; init; }

    /// <inheritdoc/>
    public static RNGSeedRequest Exchange<TCodec>(ref TCodec codec, in RNGSeedRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Data = codec.OptionalData(Tag.Data, value.Data) ?? throw codec.Invalid("Data is missing"),
        };
}

/// <summary>How much of a seed was taken.</summary>
public readonly struct RNGSeedResponse : IWireStructure<RNGSeedResponse>
{
    /// <summary>How many bytes were taken.</summary>
    public int DataLength { get; init; }

    /// <inheritdoc/>
    public static RNGSeedResponse Exchange<TCodec>(ref TCodec codec, in RNGSeedResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            DataLength = codec.Integer(Tag.DataLength, value.DataLength),
        };
}
