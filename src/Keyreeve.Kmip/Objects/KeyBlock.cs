using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Objects;

/// <summary>A key in a message: its format, its value, and how it is wrapped if it is. KMIP 2.1 §3.1. Holds views of the
/// message; nothing here prints them.</summary>
public readonly struct KeyBlock : IWireStructure<KeyBlock>
{
    /// <summary>How the key material is encoded.</summary>
    public KeyFormatType KeyFormatType { get; init; }

    /// <summary>How a point of an elliptic curve is compressed.</summary>
    public KeyCompressionType? KeyCompressionType { get; init; }

    /// <summary>The key itself; absent when the server does not hold it (Key Value Present is false).</summary>
    public KeyValue? KeyValue { get; init; }

    /// <summary>The algorithm, unless the key value tells.</summary>
    public CryptographicAlgorithm? CryptographicAlgorithm { get; init; }

    /// <summary>The length in bits, unless the key value tells.</summary>
    public int? CryptographicLength { get; init; }

    /// <summary>How the key value is wrapped, if it is.</summary>
    public KeyWrappingData? KeyWrappingData { get; init; }

    /// <inheritdoc/>
    public static KeyBlock Exchange<TCodec>(ref TCodec codec, in KeyBlock value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            KeyFormatType = codec.Enumeration(Tag.KeyFormatType, value.KeyFormatType),
            KeyCompressionType = codec.OptionalEnumeration(Tag.KeyCompressionType, value.KeyCompressionType),
            KeyValue = codec.Has(Tag.KeyValue, value.KeyValue.HasValue)
                ? Objects.KeyValue.ExchangeEither(ref codec, value.KeyValue.GetValueOrDefault())
                : null,
            CryptographicAlgorithm = codec.OptionalEnumeration(Tag.CryptographicAlgorithm, value.CryptographicAlgorithm),
            CryptographicLength = codec.OptionalInteger(Tag.CryptographicLength, value.CryptographicLength),
            KeyWrappingData = codec.OptionalObject(Tag.KeyWrappingData, value.KeyWrappingData),
        };
}

/// <summary>The key itself: wrapped, as bytes; or in clear, as material and attributes. KMIP 2.1 §3.2.</summary>
public readonly struct KeyValue : IWireStructure<KeyValue>
{
    /// <summary>The wrapped key, as a Byte String. When it is there, nothing else is.</summary>
    public ReadOnlyMemory<byte>? Wrapped { get; init; }

    /// <summary>The key material: a Byte String, or a structure for the transparent formats (fields such as
    /// <see cref="Tag.Key"/>, <see cref="Tag.Modulus"/>, <see cref="Tag.D"/>).</summary>
    public KmipValue KeyMaterial { get; init; }

    /// <summary>Attributes that go with the material.</summary>
    public AttributeList? Attributes { get; init; }

    /// <summary>A value in clear whose material is a Byte String; the memory is not copied.</summary>
    public static KeyValue FromBytes(ReadOnlyMemory<byte> keyMaterial) => new() { KeyMaterial = KmipValue.Bytes(keyMaterial) };

    /// <summary>A wrapped value; the memory is not copied.</summary>
    public static KeyValue FromWrapped(ReadOnlyMemory<byte> wrapped) => new() { Wrapped = wrapped };

    /// <inheritdoc/>
    public static KeyValue Exchange<TCodec>(ref TCodec codec, in KeyValue value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            KeyMaterial = codec.Value(Tag.KeyMaterial, value.KeyMaterial),
            Attributes = codec.AttributesInPlace(Tag.Attributes, value.Attributes),
        };

    /// <summary>spec: KMIP 2.1 §3.1 "Byte String: for wrapped Key Value; Structure: for plaintext Key Value".</summary>
    internal static KeyValue ExchangeEither<TCodec>(ref TCodec codec, in KeyValue value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var isWrapped = codec.IsReading ? codec.NextType == TtlvType.ByteString : value.Wrapped.HasValue;
        return isWrapped
            ? FromWrapped(codec.Bytes(Tag.KeyValue, value.Wrapped.GetValueOrDefault()))
            : codec.Structure(Tag.KeyValue, value);
    }
}
